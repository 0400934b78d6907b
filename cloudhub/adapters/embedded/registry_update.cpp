#include "cloudhub/adapters/embedded/decode_object.h"
#include "cloudhub/adapters/embedded/kind_rules.h"
#include "cloudhub/adapters/embedded/registry.h"
#include "cloudhub/adapters/embedded/status_answer.h"
#include "kube/defaults.h"
#include "kube/patch.h"
#include "kube/validation.h"

namespace edge::cloudhub::embedded {
namespace {

/// The object's own claims about which object, and which version of it, it replaces.
std::optional<Answer> CheckIdentity(const Target& target, const Json& object,
                                    const Json& existing) {
  const kube::ResourceInfo& resource = *target.resource;
  const std::string name = FindString(object, {"metadata", "name"});
  if (name.empty()) {
    return BadRequestAnswer("the name of the object (" + target.name +
                            " based on URL) was undeterminable: name must be provided");
  }
  if (name != target.name) {
    return BadRequestAnswer("the name of the object (" + name +
                            ") does not match the name on the URL (" + target.name + ")");
  }
  const std::string ns = FindString(object, {"metadata", "namespace"}, target.ns);
  if (resource.namespaced && ns != target.ns) {
    return BadRequestAnswer(
        "the namespace of the provided object does not match the namespace sent on the request");
  }
  const std::string have_uid = FindString(existing, {"metadata", "uid"});
  if (const std::string uid = FindString(object, {"metadata", "uid"}, have_uid); uid != have_uid) {
    return ConflictAnswer(
        resource, target.name,
        "Precondition failed: UID in precondition: " + uid + ", UID in object meta: " + have_uid);
  }
  const std::string version = FindString(object, {"metadata", "resourceVersion"});
  if (version.empty() && NeedsResourceVersion(resource)) {
    return NoVersionAnswer(resource, target.name);
  }
  if (!version.empty() && version != FindString(existing, {"metadata", "resourceVersion"})) {
    return ModifiedAnswer(resource, target.name);
  }
  return std::nullopt;
}

/// A patch is of one object: it may name it, but not rename it.
void KeepIdentity(const Json& existing, Json& patched) {
  for (const char* member : {"kind", "apiVersion"}) {
    if (!patched.contains(member)) patched[member] = existing[member];
  }
  Json& metadata = patched["metadata"];
  if (!metadata.is_object()) metadata = Json::object();
  for (const char* member : {"name", "namespace", "uid", "resourceVersion"}) {
    if (!metadata.contains(member) && existing["metadata"].contains(member)) {
      metadata[member] = existing["metadata"][member];
    }
  }
}

Result<Json> ApplyPatch(const kube::ResourceInfo& resource, PatchType type, const Json& existing,
                        const Json& patch) {
  switch (type) {
    case PatchType::kJson: return kube::ApplyJsonPatch(existing, patch);
    case PatchType::kMerge: return kube::ApplyMergePatch(existing, patch);
    case PatchType::kStrategicMerge: break;
  }
  return kube::ApplyStrategicMergePatch(TypeOf(resource), existing, patch);
}

Answer PatchRefusal(const Status& status) {
  if (status.code() == Code::kUnimplemented) {
    return UnsupportedMediaAnswer("application/json-patch+json, application/merge-patch+json");
  }
  if (status.code() == Code::kFailedPrecondition) {
    return MakeStatus(
        422, "Invalid", "the server rejected our request due to an error in our request",
        {{"causes", Json::array({{{"message", status.message()}, {"field", "patch"}}})}});
  }
  return BadRequestAnswer(status.message());
}

bool HasFinalizers(const Json& object) {
  const Json* finalizers = Find(object, {"metadata", "finalizers"});
  return finalizers != nullptr && !finalizers->empty();
}

}  // namespace

Answer Registry::Update(const Target& target, Json object, const WriteOptions& options) {
  std::vector<std::string> warnings;
  if (auto refusal = DecodeObject(*target.resource, options, object, warnings)) {
    return *refusal;
  }
  const std::optional<Json> existing = Load(target);
  if (!existing) {
    if (CreatesOnUpdate(*target.resource) && target.subresource.empty()) {
      return Create(target, std::move(object), options);
    }
    return NotFoundAnswer(*target.resource, target.name);
  }
  if (auto refusal = CheckIdentity(target, object, *existing)) return *refusal;
  Answer answer = Replace(target, std::move(object), *existing, options);
  answer.warnings.insert(answer.warnings.end(), warnings.begin(), warnings.end());
  return answer;
}

Answer Registry::Patch(const Target& target, PatchType type, const Json& patch,
                       const WriteOptions& options) {
  const std::optional<Json> existing = Load(target);
  if (!existing) return NotFoundAnswer(*target.resource, target.name);
  Result<Json> patched = ApplyPatch(*target.resource, type, *existing, patch);
  if (!patched.ok()) return PatchRefusal(patched.status());
  if (!patched->is_object()) return BadRequestAnswer("the patch leaves no object");
  KeepIdentity(*existing, *patched);
  std::vector<std::string> warnings;
  if (auto refusal = DecodePatched(*target.resource, options, *patched, warnings)) {
    return *refusal;
  }
  const std::string uid = FindString(*patched, {"metadata", "uid"});
  if (uid != FindString(*existing, {"metadata", "uid"})) {
    return InvalidAnswer(*target.resource, target.name,
                         {kube::Invalid("metadata.uid", uid, "field is immutable")});
  }
  if (auto refusal = CheckIdentity(target, *patched, *existing)) return *refusal;
  Answer answer = Replace(target, std::move(*patched), *existing, options);
  answer.warnings.insert(answer.warnings.end(), warnings.begin(), warnings.end());
  return answer;
}

Answer Registry::Replace(const Target& target, Json object, const Json& existing,
                         const WriteOptions& options) {
  const kube::ResourceInfo& resource = *target.resource;
  PrepareForUpdate(resource, target.subresource, existing, object);
  kube::Default(TypeOf(resource), object);
  kube::FieldErrors errors =
      kube::Validate(TypeOf(resource), object, {.namespaced = resource.namespaced});
  const kube::FieldErrors changes = kube::ValidateUpdate(TypeOf(resource), object, existing);
  errors.insert(errors.end(), changes.begin(), changes.end());
  if (!errors.empty()) return InvalidAnswer(resource, target.name, errors);
  const std::string version = FindString(existing, {"metadata", "resourceVersion"});
  object["metadata"]["resourceVersion"] = version;
  if (object == existing || options.dry_run) return {200, std::move(object), {}};
  if (TracksGeneration(resource) && target.subresource.empty() && SpecDiffers(object, existing)) {
    object["metadata"]["generation"] = FindInt(existing, {"metadata", "generation"}) + 1;
  }
  if (object["metadata"].contains("deletionTimestamp") && !HasFinalizers(object) &&
      HasFinalizers(existing)) {
    return Finalize(KeyOf(target), resource, std::move(object));
  }
  if (const Status stored = Store(KeyOf(target), object); !stored.ok()) return FromStatus(stored);
  return {200, std::move(object), {}};
}

Answer Registry::Finalize(const StoreKey& key, const kube::ResourceInfo& resource, Json object) {
  const Json* remaining = Find(object, {"spec", "finalizers"});
  const bool content = IsCore(resource, "namespaces") && remaining && !remaining->empty();
  const bool grace = FindInt(object, {"metadata", "deletionGracePeriodSeconds"}) > 0;
  if (content || grace || HasFinalizers(object)) {
    if (const Status stored = Store(key, object); !stored.ok()) return FromStatus(stored);
    return {200, std::move(object), {}};
  }
  Json last = object;
  last.erase("kind");
  last.erase("apiVersion");
  if (const Status removed = store_.Remove(key, std::move(last)); !removed.ok()) {
    return FromStatus(removed);
  }
  return {200, std::move(object), {}};
}

}  // namespace edge::cloudhub::embedded
