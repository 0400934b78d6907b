#include "edged/core/event/node_events.h"

#include <algorithm>

namespace edge::edged {
namespace {

constexpr std::size_t kMostNamed = 5;

}  // namespace

std::optional<EventDraft> ForeignPodsEvent(const std::string& node,
                                           const std::vector<std::string>& foreign) {
  if (foreign.empty()) return std::nullopt;
  std::vector<std::string> names = foreign;
  std::sort(names.begin(), names.end());
  std::string some;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamed); ++i) {
    some += (i == 0 ? "" : ", ") + names[i];
  }
  if (names.size() > kMostNamed) {
    some += " and " + std::to_string(names.size() - kMostNamed) + " more";
  }
  // As kubelet writes of its Node: the name in place of the UID.
  return EventDraft{{"", "Node", "", node, node, ""},
                    true,
                    "ForeignPods",
                    "another node agent runs pods on this container runtime: " + some +
                        ". They are left alone, but two agents take each other's pods and images "
                        "for garbage: stop and disable the other one (kubelet, k3s, a second "
                        "edged), or give it a runtime of its own"};
}

}  // namespace edge::edged
