#pragma once

#include <map>
#include <memory>
#include <string>

#include "cloudhub/adapters/kubernetes/call.h"
#include "cloudhub/adapters/kubernetes/call_gate.h"
#include "cloudhub/adapters/kubernetes/follower.h"
#include "cloudhub/adapters/kubernetes/impersonation.h"
#include "cloudhub/ports/kube_api.h"

namespace edge::cloudhub::kubernetes {

struct KubernetesOptions {
  Duration call_deadline = std::chrono::seconds(30);
  GateLimits gate;
  Impersonator::OnChange on_impersonation;  ///< null: nobody wants to know
};

/// The hub's port to a real API server. Calls go by turns, see CallGate. One that got no whole
/// answer by its deadline, which counts from when it was sent, is
/// kUnavailable, and may have been done; so is every call in a node's name while the hub may not
/// act as nodes.
///
/// Thread rule: the executor's thread. Watches go before it; calls under way when it goes are
/// dropped, without an answer.
class KubernetesApi final : public KubeApi {
 public:
  ~KubernetesApi() override { gate_.Close(); }
  KubernetesApi(HttpClient& http, Executor& executor, Random& random,
                KubernetesOptions options = {});
  /// Finds out how the hub may act as nodes.
  void Start() { impersonator_.Start(); }
  Impersonation impersonation() const { return impersonator_.found(); }

  void Get(const Actor& actor, const Resource& resource, const std::string& ns,
           const std::string& name, Done done) override;
  void Create(const Actor& actor, const Resource& resource, const Json& object, Done done) override;
  void CreateSub(const Actor& actor, const Resource& resource, const std::string& ns,
                 const std::string& name, const std::string& subresource, const Json& object,
                 Done done) override;
  void Update(const Actor& actor, const Resource& resource, const Json& object, Done done) override;
  void Patch(const Actor& actor, const Resource& resource, const std::string& ns,
             const std::string& name, const std::string& subresource, PatchType type,
             const Json& patch, Done done) override;
  void Delete(const Actor& actor, const Resource& resource, const std::string& ns,
              const std::string& name, const std::string& uid,
              std::optional<std::int64_t> grace_seconds, Done done) override;
  void DropWaiting(const Status& why) override { gate_.TurnAway(why); }
  std::unique_ptr<Watch> Follow(const Actor& actor, const Resource& resource,
                                const ListOptions& options,
                                std::function<void(const WatchEvent&)> on_event) override;

 private:
  void Send(const Actor& actor, const Result<std::string>& path, HttpRequest request, Done done);
  void Answer(Done done, Status status);

  CallGate gate_;
  Executor& executor_;
  Random& random_;
  const Duration call_deadline_;
  Impersonator impersonator_;
  TroubleLog troubles_;
  std::map<std::uint64_t, std::unique_ptr<Call>> calls_;
  std::uint64_t last_call_ = 0;
};

}  // namespace edge::cloudhub::kubernetes
