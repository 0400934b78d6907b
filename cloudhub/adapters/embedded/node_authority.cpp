#include "cloudhub/adapters/embedded/node_authority.h"

#include <algorithm>
#include <array>

#include "cloudhub/adapters/embedded/status_answer.h"
#include "kube/references.h"

namespace edge::cloudhub::embedded {
namespace {

constexpr const char* kMirrorAnnotation = "kubernetes.io/config.mirror";
constexpr const char* kLeaseNamespace = "kube-node-lease";

Status Refuse(const std::string& node, const Target& target, std::string_view verb,
              const std::string& why) {
  return PermissionDenied(QualifiedResource(*target.resource) + " \"" + target.name +
                          "\" is forbidden: User \"system:node:" + node + "\" cannot " +
                          std::string(verb) + " it: " + why);
}

bool IsNamed(const Target& target, std::string_view plural) {
  return target.resource->plural == plural;
}

bool IsOwnLease(const std::string& node, const Target& target) {
  return IsNamed(target, "leases") && target.ns == kLeaseNamespace && target.name == node;
}

/// Labels under kubernetes.io that a node may put on itself; as NodeRestriction's.
bool MayLabel(std::string_view key) {
  const std::size_t slash = key.find('/');
  if (slash == std::string_view::npos) return true;
  const std::string_view domain = key.substr(0, slash);
  const auto ends = [&](std::string_view suffix) {
    return domain == suffix || (domain.size() > suffix.size() && domain.ends_with(suffix) &&
                                domain[domain.size() - suffix.size() - 1] == '.');
  };
  if (!ends("kubernetes.io") && !ends("k8s.io")) return true;
  if (ends("kubelet.kubernetes.io") || ends("node.kubernetes.io")) return true;
  constexpr std::array<std::string_view, 10> kAllowed = {
      "kubernetes.io/hostname",
      "kubernetes.io/os",
      "kubernetes.io/arch",
      "beta.kubernetes.io/os",
      "beta.kubernetes.io/arch",
      "beta.kubernetes.io/instance-type",
      "topology.kubernetes.io/zone",
      "topology.kubernetes.io/region",
      "failure-domain.beta.kubernetes.io/zone",
      "failure-domain.beta.kubernetes.io/region"};
  return std::find(kAllowed.begin(), kAllowed.end(), key) != kAllowed.end();
}

Json MemberOr(const Json& object, std::initializer_list<std::string_view> path) {
  const Json* found = Find(object, path);
  return found != nullptr ? *found : Json(nullptr);
}

/// Whether `object` sets a label that a node may not, unless `existing` has just that already.
bool SetsForeignLabel(const Json& object, const Json& existing) {
  const Json labels = MemberOr(object, {"metadata", "labels"});
  if (!labels.is_object()) return false;
  const Json had = MemberOr(existing, {"metadata", "labels"});
  for (const auto& [key, value] : labels.items()) {
    const bool same = had.is_object() && had.contains(key) && had[key] == value;
    if (!same && !MayLabel(key)) return true;
  }
  return false;
}

}  // namespace

Status NodeAuthority::CheckPod(const std::string& node, const Target& target,
                               std::string_view verb) const {
  const auto pod = registry_.Load(target);
  // One that is gone is no secret: the call itself says that it was not found.
  if (!pod || FindString(*pod, {"spec", "nodeName"}) == node) return Status::Ok();
  return Refuse(node, target, verb, "the pod is not bound to this node");
}

bool NodeAuthority::RefersTo(const std::string& node, const Target& target) const {
  using Kind = kube::Reference::Kind;
  const Kind kind = IsNamed(target, "secrets")      ? Kind::kSecret
                    : IsNamed(target, "configmaps") ? Kind::kConfigMap
                                                    : Kind::kServiceAccount;
  const kube::ResourceInfo& pods = *kube::FindResource("", "v1", "pods");
  const std::string bound = "\"nodeName\":\"" + node + "\"";
  for (const auto& [key, stored] : registry_.store().List("pods", target.ns, {}, 0)) {
    if (stored->bytes.find(bound) == std::string::npos) continue;
    const Json pod = Decode(pods, *stored);
    if (FindString(pod, {"spec", "nodeName"}) != node) continue;
    for (const kube::Reference& reference : kube::References(pod)) {
      if (reference.kind == kind && reference.name == target.name) return true;
    }
  }
  return false;
}

Status NodeAuthority::CheckGet(const std::string& node, const Target& target) const {
  if (IsNamed(target, "services") || IsOwnLease(node, target)) return Status::Ok();
  if (IsNamed(target, "nodes") && target.name == node) return Status::Ok();
  if (IsNamed(target, "pods")) return CheckPod(node, target, "get");
  const bool by_reference = IsNamed(target, "secrets") || IsNamed(target, "configmaps") ||
                            IsNamed(target, "serviceaccounts");
  if (by_reference && RefersTo(node, target)) return Status::Ok();
  return Refuse(node, target, "get",
                "no relationship found between node '" + node + "' and this object");
}

Status NodeAuthority::CheckFollow(const std::string& node, const Selection& selection) const {
  Target target{selection.resource, selection.ns, "", ""};
  if (const std::string* name = selection.fields.Exact("metadata.name")) target.name = *name;
  if (IsNamed(target, "pods")) {
    const std::string* bound = selection.fields.Exact("spec.nodeName");
    if (bound != nullptr && *bound == node) return Status::Ok();
    return Refuse(node, target, "watch", "can only watch pods with spec.nodeName=" + node);
  }
  return CheckGet(node, target);
}

Status NodeAuthority::CheckCreate(const std::string& node, const Target& target,
                                  const Json& object) const {
  if (IsNamed(target, "events") || IsOwnLease(node, target)) return Status::Ok();
  if (IsNamed(target, "nodes") && target.name == node) {
    if (!SetsForeignLabel(object, nullptr)) return Status::Ok();
    return Refuse(node, target, "create", "it sets labels that a node may not set");
  }
  if (IsNamed(target, "pods")) {
    const Json* annotations = Find(object, {"metadata", "annotations"});
    const bool mirror = annotations != nullptr && annotations->contains(kMirrorAnnotation);
    if (mirror && FindString(object, {"spec", "nodeName"}) == node) return Status::Ok();
    return Refuse(node, target, "create", "a node creates mirror pods of its own only");
  }
  return Refuse(node, target, "create", "a node does not create this kind");
}

Status NodeAuthority::CheckUpdate(const std::string& node, const Target& target,
                                  const Json& object) const {
  if (IsNamed(target, "events") || IsOwnLease(node, target)) return Status::Ok();
  if (IsNamed(target, "pods") && target.subresource == "status") {
    return CheckPod(node, target, "update");
  }
  if (IsNamed(target, "nodes") && target.name == node) {
    const Json existing = registry_.Load(target).value_or(Json::object());
    if (target.subresource.empty() &&
        MemberOr(object, {"spec", "taints"}) != MemberOr(existing, {"spec", "taints"})) {
      return Refuse(node, target, "update", "a node may not change its taints");
    }
    if (!SetsForeignLabel(object, existing)) return Status::Ok();
    return Refuse(node, target, "update", "it sets labels that a node may not set");
  }
  return Refuse(node, target, "update", "a node may write its own Node, Lease and pods' status");
}

Status NodeAuthority::CheckPatch(const std::string& node, const Target& target, PatchType type,
                                 const Json& patch) const {
  if (IsNamed(target, "events") || IsOwnLease(node, target)) return Status::Ok();
  const bool own_node = IsNamed(target, "nodes") && target.name == node;
  const bool pod_status = IsNamed(target, "pods") && target.subresource == "status";
  if (!own_node && !pod_status) {
    return Refuse(node, target, "patch", "a node may write its own Node, Lease and pods' status");
  }
  // What a JSON patch comes to is known only afterwards.
  if (type == PatchType::kJson) return Refuse(node, target, "patch", "as a JSON patch");
  if (pod_status) {
    if (Find(patch, {"metadata", "labels"}) != nullptr) {
      return Refuse(node, target, "patch", "a node may not change a pod's labels");
    }
    return CheckPod(node, target, "patch");
  }
  if (target.subresource.empty() && Find(patch, {"spec", "taints"}) != nullptr) {
    return Refuse(node, target, "patch", "a node may not change its taints");
  }
  const Json existing = registry_.Load(target).value_or(Json::object());
  if (!SetsForeignLabel(patch, existing)) return Status::Ok();
  return Refuse(node, target, "patch", "it sets labels that a node may not set");
}

Status NodeAuthority::CheckDelete(const std::string& node, const Target& target) const {
  if (IsOwnLease(node, target)) return Status::Ok();
  if (IsNamed(target, "pods")) return CheckPod(node, target, "delete");
  return Refuse(node, target, "delete", "a node deletes its own pods only");
}

}  // namespace edge::cloudhub::embedded
