#include "cloudhub/adapters/kubernetes/kubernetes_api.h"

#include <utility>

#include "cloudhub/adapters/kubernetes/request_path.h"
#include "common/log.h"

namespace edge::cloudhub::kubernetes {
namespace {

HttpRequest RequestWith(const char* method, const Json& body,
                        const char* content_type = "application/json") {
  HttpRequest request;
  request.method = method;
  request.body = DumpJson(body);
  request.content_type = content_type;
  return request;
}

const char* ContentTypeOf(PatchType type) {
  switch (type) {
    case PatchType::kJson: return "application/json-patch+json";
    case PatchType::kMerge: return "application/merge-patch+json";
    case PatchType::kStrategicMerge: break;
  }
  return "application/strategic-merge-patch+json";
}

std::string InMetadata(const Json& object, const char* member) {
  return FindString(object, {"metadata", member});
}

/// A kind that comes of a CustomResourceDefinition: the API's own groups have no dot, or end so.
bool IsCustom(const Resource& resource) {
  return resource.group.find('.') != std::string::npos && !resource.group.ends_with(".k8s.io");
}

/// Ends the follower with itself. What cannot be asked for has none.
class FollowerWatch final : public Watch {
 public:
  explicit FollowerWatch(std::shared_ptr<Follower> follower) : follower_(std::move(follower)) {}
  FollowerWatch(const FollowerWatch&) = delete;
  FollowerWatch& operator=(const FollowerWatch&) = delete;
  ~FollowerWatch() override {
    if (follower_ != nullptr) follower_->Stop();
  }

 private:
  const std::shared_ptr<Follower> follower_;
};

}  // namespace

KubernetesApi::KubernetesApi(HttpClient& http, Executor& executor, Random& random,
                             KubernetesOptions options)
    : gate_(http, executor, options.gate),
      executor_(executor),
      random_(random),
      call_deadline_(options.call_deadline),
      impersonator_(gate_, executor, random, std::move(options.on_impersonation)),
      troubles_(executor.clock()) {}

void KubernetesApi::Answer(Done done, Status status) {
  executor_.Post([done = std::move(done), status = std::move(status)] { done(status); });
}

void KubernetesApi::Send(const Actor& actor, const Result<std::string>& path, HttpRequest request,
                         Done done) {
  if (!path.ok()) return Answer(std::move(done), path.status());
  auto headers = impersonator_.Headers(actor);
  if (!headers.ok()) return Answer(std::move(done), headers.status());
  request.target = *path;
  request.headers = std::move(*headers);
  request.node = actor.node;
  if (actor.urgent) request.lane = HttpLane::kUrgent;
  const std::uint64_t id = ++last_call_;
  auto call = std::make_unique<Call>(gate_, executor_, random_, std::move(request), call_deadline_,
                                     [this, id, done = std::move(done)](Result<Json> answer) {
                                       // The call, which holds this function's origin, goes first:
                                       // `done` may end this object.
                                       const auto ended = calls_.extract(id);
                                       done(std::move(answer));
                                     });
  Call& started = *call;
  calls_.emplace(id, std::move(call));
  started.Start();
}

void KubernetesApi::Get(const Actor& actor, const Resource& resource, const std::string& ns,
                        const std::string& name, Done done) {
  // No resourceVersion: etcd answers, and not a cache.
  Send(actor, ObjectPath(resource, ns, name), HttpRequest(), std::move(done));
}

void KubernetesApi::Create(const Actor& actor, const Resource& resource, const Json& object,
                           Done done) {
  Send(actor, CollectionPath(resource, InMetadata(object, "namespace")),
       RequestWith("POST", object), std::move(done));
}

void KubernetesApi::CreateSub(const Actor& actor, const Resource& resource, const std::string& ns,
                              const std::string& name, const std::string& subresource,
                              const Json& object, Done done) {
  Send(actor, ObjectPath(resource, ns, name, subresource), RequestWith("POST", object),
       std::move(done));
}

void KubernetesApi::Update(const Actor& actor, const Resource& resource, const Json& object,
                           Done done) {
  Send(actor, ObjectPath(resource, InMetadata(object, "namespace"), InMetadata(object, "name")),
       RequestWith("PUT", object), std::move(done));
}

void KubernetesApi::Patch(const Actor& actor, const Resource& resource, const std::string& ns,
                          const std::string& name, const std::string& subresource, PatchType type,
                          const Json& patch, Done done) {
  // A custom kind knows no strategic merge.
  if (type == PatchType::kStrategicMerge && IsCustom(resource)) type = PatchType::kMerge;
  Send(actor, ObjectPath(resource, ns, name, subresource),
       RequestWith("PATCH", patch, ContentTypeOf(type)), std::move(done));
}

void KubernetesApi::Delete(const Actor& actor, const Resource& resource, const std::string& ns,
                           const std::string& name, const std::string& uid,
                           std::optional<std::int64_t> grace_seconds, Done done) {
  Json options = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}};
  if (!uid.empty()) options["preconditions"]["uid"] = uid;
  if (grace_seconds) options["gracePeriodSeconds"] = *grace_seconds;
  Send(actor, ObjectPath(resource, ns, name), RequestWith("DELETE", options), std::move(done));
}

std::unique_ptr<Watch> KubernetesApi::Follow(const Actor& actor, const Resource& resource,
                                             const ListOptions& options,
                                             std::function<void(const WatchEvent&)> on_event) {
  auto path = CollectionPath(resource, options.ns);
  const Status node = actor.node.empty() ? Status::Ok() : CheckNodeName(actor.node);
  if (!path.ok() || !node.ok()) {
    LogError("cannot watch", {{"WHY", (path.ok() ? node : path.status()).ToString()}});
    return std::make_unique<FollowerWatch>(nullptr);
  }
  auto follower =
      std::make_shared<Follower>(FollowContext{gate_, executor_, random_, impersonator_, troubles_},
                                 actor, resource, std::move(*path), options, std::move(on_event));
  follower->Start();
  return std::make_unique<FollowerWatch>(std::move(follower));
}

}  // namespace edge::cloudhub::kubernetes
