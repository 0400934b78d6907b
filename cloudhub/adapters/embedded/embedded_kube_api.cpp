#include "cloudhub/adapters/embedded/embedded_kube_api.h"

#include "cloudhub/adapters/embedded/follow.h"
#include "cloudhub/adapters/embedded/kind_rules.h"
#include "cloudhub/adapters/embedded/status_answer.h"
#include "common/log.h"

namespace edge::cloudhub::embedded {
namespace {

Result<Json> ToResult(embedded::Answer answer) {
  if (!answer.ok()) return ToStatus(answer);
  return std::move(answer.body);
}

/// The hub's own code may leave out what the resource says already.
Json WithKind(const kube::ResourceInfo& resource, Json object) {
  if (!object.is_object()) return object;
  if (!object.contains("kind")) object["kind"] = resource.kind;
  if (!object.contains("apiVersion")) object["apiVersion"] = ApiVersion(resource);
  return object;
}

std::string NameIn(const Json& object) { return FindString(object, {"metadata", "name"}); }
std::string NamespaceIn(const Json& object) {
  return FindString(object, {"metadata", "namespace"});
}

/// A watch of a kind that is not served.
class NoWatch final : public Watch {};

}  // namespace

EmbeddedKubeApi::EmbeddedKubeApi(Registry& registry, WatchHub& hub, Executor& executor)
    : registry_(registry), hub_(hub), executor_(executor), authority_(registry) {}

void EmbeddedKubeApi::Answer(Done done, Result<Json> result) {
  executor_.Post(
      [done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
}

Result<Target> EmbeddedKubeApi::Resolve(const Resource& resource, const std::string& ns,
                                        const std::string& name,
                                        const std::string& subresource) const {
  const kube::ResourceInfo* info =
      kube::FindResource(resource.group, resource.version, resource.plural);
  if (info == nullptr) {
    return NotFound("the embedded API serves no " + resource.plural + " of group \"" +
                    resource.group + "\" version \"" + resource.version + "\"");
  }
  return Target{info, info->namespaced ? ns : "", name, subresource};
}

void EmbeddedKubeApi::Get(const Actor& actor, const Resource& resource, const std::string& ns,
                          const std::string& name, Done done) {
  const auto target = Resolve(resource, ns, name, "");
  if (!target.ok()) return Answer(std::move(done), target.status());
  const Status allowed =
      actor.node.empty() ? Status::Ok() : authority_.CheckGet(actor.node, *target);
  Answer(std::move(done), allowed.ok() ? ToResult(registry_.Get(*target)) : allowed);
}

void EmbeddedKubeApi::Create(const Actor& actor, const Resource& resource, const Json& object,
                             Done done) {
  const bool binds = resource == Resource{"", "v1", "bindings"};
  const auto target = Resolve(binds ? Resource{"", "v1", "pods"} : resource, NamespaceIn(object),
                              NameIn(object), "");
  if (!target.ok()) return Answer(std::move(done), target.status());
  if (binds) {
    if (!actor.node.empty()) return Answer(std::move(done), PermissionDenied("nodes do not bind"));
    return Answer(std::move(done), ToResult(registry_.Bind(*target, object, {})));
  }
  const Status allowed =
      actor.node.empty() ? Status::Ok() : authority_.CheckCreate(actor.node, *target, object);
  if (!allowed.ok()) return Answer(std::move(done), allowed);
  Answer(std::move(done),
         ToResult(registry_.Create(*target, WithKind(*target->resource, object), {})));
}

void EmbeddedKubeApi::CreateSub(const Actor&, const Resource& resource, const std::string& ns,
                                const std::string& name, const std::string& subresource,
                                const Json&, Done done) {
  Answer(std::move(done),
         Unimplemented("the API that cloudhub embeds has no " + resource.plural + "/" +
                           subresource + " (asked of " + ns + "/" + name + ")",
                       "take the serviceAccountToken source out of the pod's volumes: tokens are "
                       "for a Kubernetes cluster"));
}

void EmbeddedKubeApi::Update(const Actor& actor, const Resource& resource, const Json& object,
                             Done done) {
  const auto target = Resolve(resource, NamespaceIn(object), NameIn(object), "");
  if (!target.ok()) return Answer(std::move(done), target.status());
  const Status allowed =
      actor.node.empty() ? Status::Ok() : authority_.CheckUpdate(actor.node, *target, object);
  if (!allowed.ok()) return Answer(std::move(done), allowed);
  Answer(std::move(done),
         ToResult(registry_.Update(*target, WithKind(*target->resource, object), {})));
}

void EmbeddedKubeApi::Patch(const Actor& actor, const Resource& resource, const std::string& ns,
                            const std::string& name, const std::string& subresource, PatchType type,
                            const Json& patch, Done done) {
  const auto target = Resolve(resource, ns, name, subresource);
  if (!target.ok()) return Answer(std::move(done), target.status());
  const Status allowed =
      actor.node.empty() ? Status::Ok() : authority_.CheckPatch(actor.node, *target, type, patch);
  if (!allowed.ok()) return Answer(std::move(done), allowed);
  // A custom kind knows no strategic merge, here as on a real server.
  if (type == PatchType::kStrategicMerge && target->resource->custom) type = PatchType::kMerge;
  Answer(std::move(done), ToResult(registry_.Patch(*target, type, patch, {})));
}

void EmbeddedKubeApi::Delete(const Actor& actor, const Resource& resource, const std::string& ns,
                             const std::string& name, const std::string& uid,
                             std::optional<std::int64_t> grace_seconds, Done done) {
  const auto target = Resolve(resource, ns, name, "");
  if (!target.ok()) return Answer(std::move(done), target.status());
  const Status allowed =
      actor.node.empty() ? Status::Ok() : authority_.CheckDelete(actor.node, *target);
  if (!allowed.ok()) return Answer(std::move(done), allowed);
  DeleteOptions options;
  options.grace_seconds = grace_seconds;
  options.uid = uid;
  Answer(std::move(done), ToResult(registry_.Delete(*target, options)));
}

std::unique_ptr<Watch> EmbeddedKubeApi::Follow(const Actor& actor, const Resource& resource,
                                               const ListOptions& options,
                                               std::function<void(const WatchEvent&)> on_event) {
  const auto target = Resolve(resource, options.ns, "", "");
  auto selection = target.ok() ? Selection::Make(*target->resource, target->ns,
                                                 options.label_selector, options.field_selector)
                               : Result<Selection>(target.status());
  if (!selection.ok()) {
    LogError("cannot watch: " + selection.status().ToString(), {{"KIND", resource.plural}});
    return std::make_unique<NoWatch>();
  }
  auto watch = std::make_unique<FollowWatch>(registry_.store(), hub_, executor_, *selection,
                                             std::move(on_event));
  watch->Begin([this, node = actor.node, selection = *selection] {
    return node.empty() ? Status::Ok() : authority_.CheckFollow(node, selection);
  });
  return watch;
}

}  // namespace edge::cloudhub::embedded
