#include "cloudhub/core/fleet/node_registrar.h"

#include <utility>

#include "cloudhub/core/resources.h"

namespace edge::cloudhub {
namespace {

constexpr Duration kNodeRetry = std::chrono::seconds(5);

}  // namespace

std::string ProviderIdOf(const std::string& node, const std::string& cluster_name) {
  return "edge://" + cluster_name + "/" + node;
}

Json NodeManifest(const std::string& node, const std::string& cluster_name) {
  return {{"apiVersion", "v1"},
          {"kind", "Node"},
          {"metadata",
           {{"name", node},
            {"labels",
             {{"kubernetes.io/hostname", node},
              {"kubernetes.io/os", "linux"},
              {"node-role.kubernetes.io/edge", ""},
              {"node.kubernetes.io/exclude-from-external-load-balancers", "true"}}}}},
          {"spec", {{"providerID", ProviderIdOf(node, cluster_name)}}}};
}

NodeRegistrar::NodeRegistrar(std::string node, std::string cluster_name, KubeApi& api,
                             Executor& executor, std::function<void(const std::string&)> on_result)
    : node_(std::move(node)),
      cluster_name_(std::move(cluster_name)),
      api_(api),
      executor_(executor),
      on_result_(std::move(on_result)) {}

void NodeRegistrar::Ensure() {
  api_.Get({}, kNodes, "", node_, [this, alive = std::weak_ptr(alive_)](const Result<Json>& found) {
    if (!alive.expired()) OnFound(found);
  });
}

void NodeRegistrar::OnFound(const Result<Json>& found) {
  if (found.status().code() == Code::kNotFound) return Create();
  if (!found.ok()) return TryAgain(found.status());
  const std::string provider = FindString(*found, {"spec", "providerID"});
  registered_ = provider == ProviderIdOf(node_, cluster_name_);
  if (registered_) return on_result_("");
  on_result_("a Node named \"" + node_ + "\" exists with providerID \"" + provider +
             "\" and is not this terminal's: give the EdgeNode another name, or delete that Node");
}

void NodeRegistrar::Create() {
  api_.Create({}, kNodes, NodeManifest(node_, cluster_name_),
              [this, alive = std::weak_ptr(alive_)](const Result<Json>& created) {
                if (alive.expired()) return;
                registered_ = created.ok();
                if (registered_) return on_result_("");
                if (created.status().code() == Code::kAlreadyExists) return Ensure();
                TryAgain(created.status());
              });
}

void NodeRegistrar::TryAgain(const Status& status) {
  // One that is registered stays so while the API cannot say otherwise.
  if (!registered_) {
    on_result_("the Node could not be registered, trying again: " + status.ToString());
  }
  retry_ = executor_.After(kNodeRetry, [this] { Ensure(); });
}

}  // namespace edge::cloudhub
