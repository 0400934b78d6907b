#include "cloudhub/standalone/scheduling.h"

#include <set>

#include "kube/node_selector.h"
#include "kube/references.h"

namespace edge::cloudhub::standalone {
namespace {

const Json kCordon = {{"key", kUnschedulableTaint}, {"effect", "NoSchedule"}};
constexpr std::int64_t kDefaultMaxPods = 110;

bool ToleratesUnschedulable(const Json& pod) {
  const Json* tolerations = Find(pod, {"spec", "tolerations"});
  if (tolerations == nullptr) return false;
  for (const Json& toleration : *tolerations) {
    if (kube::Tolerates(toleration, kCordon)) return true;
  }
  return false;
}

bool IsReady(const Json& node) {
  const Json* conditions = Find(node, {"status", "conditions"});
  if (conditions == nullptr) return false;
  for (const Json& condition : *conditions) {
    if (FindString(condition, {"type"}) == "Ready") {
      return FindString(condition, {"status"}) == "True";
    }
  }
  return false;
}

/// Protocol and number of every host port.
std::set<std::string> HostPorts(const Json& pod) {
  std::set<std::string> ports;
  const Json* containers = Find(pod, {"spec", "containers"});
  if (containers == nullptr) return ports;
  for (const Json& container : *containers) {
    const Json* list = Find(container, {"ports"});
    if (list == nullptr) continue;
    for (const Json& port : *list) {
      const std::int64_t number = FindInt(port, {"hostPort"});
      if (number > 0) {
        ports.insert(FindString(port, {"protocol"}, "TCP") + "/" + std::to_string(number));
      }
    }
  }
  return ports;
}

std::optional<std::string> WhyNoRoom(const Json& pod, const Json& node,
                                     const std::vector<const Json*>& held) {
  const Json* allocatable = Find(node, {"status", "allocatable"});
  const Json room = allocatable != nullptr ? *allocatable : Json::object();
  const auto max_pods = room.contains("pods") ? kube::Quantity::FromJson(room["pods"])
                                              : kube::Quantity::FromInt(kDefaultMaxPods);
  if (max_pods.ok() && static_cast<std::int64_t>(held.size()) >= max_pods->Value()) {
    return "Too many pods";
  }
  kube::ResourceList used;
  for (const Json* other : held) {
    for (const auto& [name, amount] : kube::PodRequests(*other)) used[name] += amount;
  }
  for (const auto& [name, amount] : kube::PodRequests(pod)) {
    if (amount.IsZero()) continue;
    const auto limit =
        room.contains(name) ? kube::Quantity::FromJson(room[name]) : kube::Quantity();
    if (!limit.ok() || used[name] + amount > *limit) return "Insufficient " + name;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> WhyNot(const Json& pod, const Json& node,
                                  const std::vector<const Json*>& held) {
  const Json* taint = kube::FirstUntoleratedTaint(pod, node);
  // The taint comes a moment after the field and goes a moment after it: it is the same thing.
  const bool cordoned = taint != nullptr && FindString(*taint, {"key"}) == kUnschedulableTaint;
  if (cordoned || (FindBool(node, {"spec", "unschedulable"}) && !ToleratesUnschedulable(pod))) {
    return "node(s) were unschedulable";
  }
  if (taint != nullptr) {
    return "node(s) had untolerated taint {" + FindString(*taint, {"key"}) + ": " +
           FindString(*taint, {"value"}) + "}";
  }
  if (!kube::NodeSelectorFits(pod, node)) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  if (!IsReady(node)) return "node(s) were not ready";
  const std::set<std::string> wanted = HostPorts(pod);
  for (const Json* other : held) {
    for (const std::string& port : HostPorts(*other)) {
      if (wanted.contains(port)) {
        return "node(s) didn't have free ports for the requested pod ports";
      }
    }
  }
  return WhyNoRoom(pod, node, held);
}

Placement ChooseNode(const Json& pod, const std::map<std::string, Json>& nodes,
                     const std::map<std::string, std::vector<const Json*>>& pods_by_node) {
  static const std::vector<const Json*> kNone;
  Placement best;
  std::size_t fewest = 0;
  std::map<std::string, int> reasons;
  for (const auto& [name, node] : nodes) {
    const auto it = pods_by_node.find(name);
    const auto& held = it == pods_by_node.end() ? kNone : it->second;
    if (const auto reason = WhyNot(pod, node, held)) {
      ++reasons[*reason];
    } else if (best.node.empty() || held.size() < fewest) {
      best.node = name;
      fewest = held.size();
    }
  }
  if (!best.node.empty()) return best;
  if (nodes.empty()) {
    best.message = "no nodes available to schedule pods";
    return best;
  }
  best.message = "0/" + std::to_string(nodes.size()) + " nodes are available:";
  const char* separator = " ";
  for (const auto& [reason, count] : reasons) {
    best.message += separator + std::to_string(count) + " " + reason;
    separator = ", ";
  }
  best.message += ".";
  return best;
}

}  // namespace edge::cloudhub::standalone
