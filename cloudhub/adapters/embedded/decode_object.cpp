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

std::optional<Answer> CheckFields(const kube::ResourceInfo& resource, const WriteOptions& options,
                                  const std::string& prefix, Json& object,
                                  std::vector<std::string>& warnings) {
  const kube::Type& type = TypeOf(resource);
  const std::vector<std::string> unknown = kube::UnknownFields(type, object);
  std::vector<std::string> faults;
  faults.reserve(unknown.size() + options.duplicates.size());
  for (const std::string& path : unknown) faults.push_back("unknown field \"" + path + "\"");
  for (const std::string& path : options.duplicates) {
    faults.push_back("duplicate field \"" + path + "\"");
  }
  if (options.validation == FieldValidation::kStrict && !faults.empty()) {
    return BadRequestAnswer(prefix + kube::StrictDecodingError(faults));
  }
  if (options.validation == FieldValidation::kWarn) {
    warnings.insert(warnings.end(), faults.begin(), faults.end());
  }
  if (unknown.empty()) return std::nullopt;
  kube::PruneUnknown(type, object);
  return std::nullopt;
}

std::optional<Answer> CheckKind(const kube::ResourceInfo& resource, Json& object) {
  if (!object.is_object()) return BadRequestAnswer("the body is not a JSON object");
  // The URL says what it is, unless its kind is a custom one.
  if (!resource.custom) {
    if (FindString(object, {"kind"}).empty()) object["kind"] = resource.kind;
    if (FindString(object, {"apiVersion"}).empty()) object["apiVersion"] = ApiVersion(resource);
  }
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

std::optional<Answer> DecodeObject(const kube::ResourceInfo& resource, const WriteOptions& options,
                                   Json& object, std::vector<std::string>& warnings) {
  if (auto refusal = CheckKind(resource, object)) return refusal;
  const std::string prefix = CannotBeHandled(resource, std::string(resource.kind));
  if (const Status types = kube::CheckTypes(TypeOf(resource), object); !types.ok()) {
    return BadRequestAnswer(prefix + types.message());
  }
  return CheckFields(resource, options, prefix, object, warnings);
}

std::optional<Answer> DecodePatched(const kube::ResourceInfo& resource, const WriteOptions& options,
                                    Json& object, std::vector<std::string>& warnings) {
  if (auto refusal = CheckKind(resource, object)) {
    return InvalidPatchAnswer(FindString(refusal->body, {"message"}));
  }
  if (const Status types = kube::CheckTypes(TypeOf(resource), object); !types.ok()) {
    return InvalidPatchAnswer(types.message());
  }
  auto refusal = CheckFields(resource, options, "", object, warnings);
  if (refusal) return InvalidPatchAnswer(FindString(refusal->body, {"message"}));
  return std::nullopt;
}

}  // namespace edge::cloudhub::embedded
