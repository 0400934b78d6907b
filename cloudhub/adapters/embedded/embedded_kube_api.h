#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloudhub/adapters/embedded/node_authority.h"
#include "cloudhub/adapters/embedded/registry.h"
#include "cloudhub/adapters/embedded/watch_hub.h"
#include "cloudhub/ports/kube_api.h"

namespace edge::cloudhub::embedded {

/// The hub's port to the API that is in the same process: the registry, called directly. The
/// resource {"", "v1", "bindings"} takes a Binding named like its pod, as the API server's does.
///
/// Thread rule: the executor's thread. Answers and events are posted. An answer may come after this
/// object is gone; a Watch must go before it.
class EmbeddedKubeApi final : public KubeApi {
 public:
  EmbeddedKubeApi(Registry& registry, WatchHub& hub, Executor& executor);

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
  /// Whether a node may watch is asked until it may, and not again once it has begun.
  std::unique_ptr<Watch> Follow(const Actor& actor, const Resource& resource,
                                const ListOptions& options,
                                std::function<void(const WatchEvent&)> on_event) override;

 private:
  void Answer(Done done, Result<Json> result);
  Result<Target> Resolve(const Resource& resource, const std::string& ns, const std::string& name,
                         const std::string& subresource) const;

  Registry& registry_;
  WatchHub& hub_;
  Executor& executor_;
  NodeAuthority authority_;
};

}  // namespace edge::cloudhub::embedded
