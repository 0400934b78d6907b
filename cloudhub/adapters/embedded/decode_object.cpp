#include "cloudhub/adapters/embedded/decode_object.h"

#include "cloudhub/adapters/embedded/status_answer.h"
#include "kube/decode.h"
#include "kube/schema.h"

namespace edge::cloudhub::embedded {
namespace {

std::string CannotBeHandled(const kube::ResourceInfo& resource, const std::string& kind) {
  return kind + " in version \"" + std::string(resource.version) + "\" cannot be handled as a " +
         std::string(resource.kind) + ": ";
}

std::optional<Answer> CheckUnknown(const kube::ResourceInfo& resource, FieldValidation validation,
                                   const std::string& prefix, Json& object,
                                   std::vector<std::string>& warnings) {
  const kube::Type& type = TypeOf(resource);
  const std::vector<std::string> unknown = kube::UnknownFields(type, object);
  if (unknown.empty()) return std::nullopt;
  if (validation == FieldValidation::kStrict) {
    return BadRequestAnswer(prefix + kube::StrictDecodingError(unknown));
  }
  if (validation == FieldValidation::kWarn) {
    for (const std::string& field : unknown) {
      warnings.push_back("unknown field \"" + field + "\"");
    }
  }
  kube::PruneUnknown(type, object);
  return std::nullopt;
}

std::optional<Answer> CheckKind(const kube::ResourceInfo& resource, const Json& object) {
  if (!object.is_object()) return BadRequestAnswer("the body is not a JSON object");
  const std::string kind = FindString(object, {"kind"});
  const std::string version = FindString(object, {"apiVersion"});
  for (const auto& [member, text] : {std::pair("Kind", &kind), std::pair("apiVersion", &version)}) {
    if (text->empty()) {
      return BadRequestAnswer("Object '" + std::string(member) + "' is missing in '" +
                              DumpJson(object).substr(0, 500) + "'");
    }
  }
  if (version != ApiVersion(resource)) {
    return BadRequestAnswer("the API version in the data (" + version +
                            ") does not match the expected API version (" + ApiVersion(resource) +
                            ")");
  }
  if (kind != resource.kind) {
    return BadRequestAnswer(CannotBeHandled(resource, kind) + "the URL is for another kind");
  }
  return std::nullopt;
}

}  // namespace

const kube::Type& TypeOf(const kube::ResourceInfo& resource) {
  // Every resource line of the table names a type of the table.
  return *kube::Schema::Get().FindType(resource.type_name);
}

std::optional<Answer> DecodeObject(const kube::ResourceInfo& resource, FieldValidation validation,
                                   Json& object, std::vector<std::string>& warnings) {
  if (auto refusal = CheckKind(resource, object)) return refusal;
  const std::string prefix = CannotBeHandled(resource, std::string(resource.kind));
  if (const Status types = kube::CheckTypes(TypeOf(resource), object); !types.ok()) {
    return BadRequestAnswer(prefix + types.message());
  }
  return CheckUnknown(resource, validation, prefix, object, warnings);
}

std::optional<Answer> DecodePatched(const kube::ResourceInfo& resource, FieldValidation validation,
                                    Json& object, std::vector<std::string>& warnings) {
  if (auto refusal = CheckKind(resource, object)) return refusal;
  if (const Status types = kube::CheckTypes(TypeOf(resource), object); !types.ok()) {
    return MakeStatus(422, "Invalid", types.message());
  }
  return CheckUnknown(resource, validation, "", object, warnings);
}

}  // namespace edge::cloudhub::embedded
