#include <algorithm>

#include "cloudhub/adapters/embedded/dependents.h"
#include "cloudhub/adapters/embedded/kind_rules.h"
#include "cloudhub/adapters/embedded/registry.h"
#include "cloudhub/adapters/embedded/status_answer.h"

namespace edge::cloudhub::embedded {
namespace {

bool IsImmortal(const std::string& ns) {
  return ns == "default" || ns == "kube-system" || ns == "kube-public";
}

std::optional<Answer> CheckPreconditions(const Target& target, const Json& object,
                                         const DeleteOptions& options) {
  // The API server's words for this name the kind where others name the resource.
  kube::ResourceInfo named = *target.resource;
  named.plural = named.kind;
  const auto differs = [&](const std::string& wanted, const char* member, const std::string& label,
                           const std::string& guess) -> std::optional<Answer> {
    const std::string have = FindString(object, {"metadata", member});
    if (wanted.empty() || wanted == have) return std::nullopt;
    return ConflictAnswer(named, target.name,
                          "the " + label + " in the precondition (" + wanted +
                              ") does not match the " + label + " in record (" + have + "). " +
                              guess);
  };
  if (auto refusal = differs(options.uid, "uid", "UID",
                             "The object might have been deleted and then recreated")) {
    return refusal;
  }
  return differs(options.resource_version, "resourceVersion", "ResourceVersion",
                 "The object might have been modified");
}

/// Whether the object's grace is running already. A second deletion may only shorten it, and only
/// when it says so.
bool KeepsItsGrace(const Json& object, const DeleteOptions& options) {
  const std::int64_t had = FindInt(object, {"metadata", "deletionGracePeriodSeconds"});
  return had > 0 && options.grace_seconds.value_or(had) >= had;
}

/// Seconds that a pod gets; nothing waits for one that no node has, or that has ended.
std::int64_t PodGrace(const Json& pod, const DeleteOptions& options) {
  const std::string phase = FindString(pod, {"status", "phase"});
  if (FindString(pod, {"spec", "nodeName"}).empty() || phase == "Failed" || phase == "Succeeded") {
    return 0;
  }
  const std::int64_t grace =
      options.grace_seconds.value_or(FindInt(pod, {"spec", "terminationGracePeriodSeconds"}, 30));
  return grace < 0 ? 1 : grace;
}

}  // namespace

Answer Registry::Delete(const Target& target, const DeleteOptions& options) {
  std::optional<Json> object = Load(target);
  if (!object) return NotFoundAnswer(*target.resource, target.name);
  if (auto refusal = CheckPreconditions(target, *object, options)) return *refusal;
  if (IsCore(*target.resource, "namespaces")) {
    return StartNamespaceEnd(target, std::move(*object), options);
  }
  if (IsCore(*target.resource, "pods")) {
    if (KeepsItsGrace(*object, options)) return {200, std::move(*object), {}};
    const std::int64_t grace = PodGrace(*object, options);
    if (grace > 0) return DeleteGracefully(target, std::move(*object), grace, options);
  }
  return DeleteNow(target, std::move(*object), options);
}

Answer Registry::DeleteGracefully(const Target& target, Json object, std::int64_t grace,
                                  const DeleteOptions& options) {
  Json& metadata = object["metadata"];
  WallTime end = clock_.Wall() + std::chrono::seconds(grace);
  if (metadata.contains("deletionTimestamp")) {
    const std::int64_t had = FindInt(metadata, {"deletionGracePeriodSeconds"});
    const auto old_end = ParseTime(FindString(metadata, {"deletionTimestamp"}));
    if (old_end.ok()) end = *old_end - std::chrono::seconds(had - grace);
  } else {
    metadata["generation"] = FindInt(metadata, {"generation"}) + 1;
  }
  metadata["deletionTimestamp"] = FormatTime(end);
  metadata["deletionGracePeriodSeconds"] = grace;
  if (!options.dry_run) {
    if (const Status stored = Store(KeyOf(target), object); !stored.ok()) return FromStatus(stored);
  }
  return {200, std::move(object), {}};
}

Answer Registry::DeleteNow(const Target& target, Json object, const DeleteOptions& options) {
  const kube::ResourceInfo& resource = *target.resource;
  Json& metadata = object["metadata"];
  const std::string uid = FindString(metadata, {"uid"});
  const Json* finalizers = Find(metadata, {"finalizers"});
  const bool held = finalizers != nullptr && !finalizers->empty();
  if (held && metadata.contains("deletionTimestamp") &&
      FindInt(metadata, {"deletionGracePeriodSeconds"}) == 0) {
    return {200, std::move(object), {}};
  }
  if (held || IsCore(resource, "pods")) {
    if (!metadata.contains("deletionTimestamp")) {
      metadata["deletionTimestamp"] = Now();
      if (TracksGeneration(resource)) {
        metadata["generation"] = FindInt(metadata, {"generation"}) + 1;
      }
    }
    metadata["deletionGracePeriodSeconds"] = 0;
  }
  if (!options.dry_run) {
    if (options.orphan) OrphanDependents(store_, uid);
    const Answer done = Finalize(KeyOf(target), resource, object);
    if (!done.ok() || held) return done;
  }
  if (ReturnsDeleted(resource)) return {200, std::move(object), {}};
  return SuccessAnswer(resource, target.name, uid);
}

Answer Registry::StartNamespaceEnd(const Target& target, Json object,
                                   const DeleteOptions& options) {
  if (IsImmortal(target.name)) {
    return ForbiddenAnswer(*target.resource, target.name, "this namespace may not be deleted");
  }
  if (!object["metadata"].contains("deletionTimestamp")) {
    object["metadata"]["deletionTimestamp"] = Now();
    object["status"]["phase"] = "Terminating";
    if (!options.dry_run) {
      const Status stored = Store(KeyOf(target), object);
      if (!stored.ok()) return FromStatus(stored);
    }
  }
  return {200, std::move(object), {}};
}

Answer Registry::DeleteCollection(const Selection& selection, const DeleteOptions& options) {
  const kube::ResourceInfo& resource = *selection.resource;
  Json items = Json::array();
  for (const auto& [key, stored] : store_.List(QualifiedResource(resource), selection.ns, {}, 0)) {
    Json object = Decode(resource, *stored);
    if (!selection.Covers(key) || !selection.Matches(object)) continue;
    const Answer done = Delete({&resource, key.ns, key.name, ""}, options);
    if (!done.ok() && done.code != 404) return done;
    items.push_back(std::move(object));
  }
  Answer answer;
  answer.body = {{"kind", std::string(resource.kind) + "List"},
                 {"apiVersion", ApiVersion(resource)},
                 {"metadata", {{"resourceVersion", std::to_string(store_.revision())}}},
                 {"items", std::move(items)}};
  return answer;
}

}  // namespace edge::cloudhub::embedded
