#include "cloudhub/adapters/embedded/registry.h"
#include "cloudhub/adapters/embedded/status_answer.h"

namespace edge::cloudhub::embedded {

std::optional<Answer> Registry::AdmitToNamespace(const Target& target) const {
  if (!target.resource->namespaced) return std::nullopt;
  const kube::ResourceInfo& namespaces = *kube::FindResource("", "v1", "namespaces");
  const auto ns = Load({&namespaces, "", target.ns, ""});
  if (!ns) return NotFoundAnswer(namespaces, target.ns);
  if (Find(*ns, {"metadata", "deletionTimestamp"}) == nullptr) return std::nullopt;
  Answer refusal = ForbiddenAnswer(
      *target.resource, target.name,
      "unable to create new content in namespace " + target.ns + " because it is being terminated");
  refusal.body["details"]["causes"] =
      Json::array({{{"reason", "NamespaceTerminating"},
                    {"message", "namespace " + target.ns + " is being terminated"},
                    {"field", "metadata.namespace"}}});
  return refusal;
}

std::optional<Answer> Registry::AdmitPod(const Target& target, const Json& pod) const {
  const kube::ResourceInfo& pods = *target.resource;
  // A mirror pod has none.
  const std::string account = FindString(pod, {"spec", "serviceAccountName"});
  if (!account.empty() && store_.Get({"serviceaccounts", target.ns, account}) == nullptr) {
    return ForbiddenAnswer(pods, target.name,
                           "error looking up service account " + target.ns + "/" + account +
                               ": serviceaccount \"" + account + "\" not found");
  }
  // The two that every cluster has are all that there are here.
  const std::string priority = FindString(pod, {"spec", "priorityClassName"});
  if (!priority.empty() && priority != "system-node-critical" &&
      priority != "system-cluster-critical") {
    return ForbiddenAnswer(pods, target.name,
                           "no PriorityClass with name " + priority + " was found");
  }
  return std::nullopt;
}

}  // namespace edge::cloudhub::embedded
