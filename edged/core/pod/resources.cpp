#include "edged/core/pod/resources.h"

#include <algorithm>

#include "kube/quantity.h"
#include "kube/references.h"

namespace edge::edged {
namespace {

constexpr std::int64_t kPeriodMicros = 100000;
constexpr std::int64_t kMinQuotaMicros = 1000;
constexpr std::int64_t kMinShares = 2, kMaxShares = 262144;

Result<kube::Quantity> Get(const std::map<std::string, std::string>& list, const char* resource) {
  const auto found = list.find(resource);
  return kube::Quantity::Parse(found == list.end() ? "0" : found->second);
}

std::int64_t Shares(std::int64_t milli) {
  return std::clamp(std::min(milli, kMaxShares * 1000) * 1024 / 1000, kMinShares, kMaxShares);
}

std::int64_t Quota(std::int64_t milli) {
  constexpr std::int64_t kMostMilli = 1'000'000'000;
  return std::max(std::min(milli, kMostMilli) * kPeriodMicros / 1000, kMinQuotaMicros);
}

bool IsCritical(const Pod& pod) { return pod.priority_class == "system-node-critical"; }

// kubelet's heuristic: what asks for a tenth of the machine's memory is killed after what asks for
// a twentieth; Guaranteed pods last, BestEffort first.
std::int64_t OomScore(const Pod& pod, std::int64_t memory_request, const NodeContext& node) {
  constexpr std::int64_t kGuaranteed = -997, kBestEffort = 1000;
  const std::string_view qos = kube::QosClass(pod.json);
  if (IsCritical(pod) || qos == "Guaranteed") return kGuaranteed;
  if (qos == "BestEffort" || node.memory_bytes == 0) return kBestEffort;
  const double part = static_cast<double>(memory_request) / static_cast<double>(node.memory_bytes);
  const auto score = 1000 - static_cast<std::int64_t>(1000 * part);
  return std::clamp<std::int64_t>(score, 1000 + kGuaranteed, kBestEffort - 1);
}

}  // namespace

Result<LinuxResources> BuildResources(const Pod& pod, const Container& container,
                                      const NodeContext& node) {
  EDGE_ASSIGN_OR_RETURN(const kube::Quantity cpu_limit, Get(container.limits, "cpu"));
  EDGE_ASSIGN_OR_RETURN(const kube::Quantity memory_limit, Get(container.limits, "memory"));
  EDGE_ASSIGN_OR_RETURN(kube::Quantity cpu_request, Get(container.requests, "cpu"));
  EDGE_ASSIGN_OR_RETURN(const kube::Quantity memory_request, Get(container.requests, "memory"));
  if (container.requests.count("cpu") == 0) cpu_request = cpu_limit;

  LinuxResources resources;
  resources.cpu_shares = Shares(cpu_request.MilliValue());
  if (!cpu_limit.IsZero() && node.cfs_quota) {
    resources.cpu_period = kPeriodMicros;
    resources.cpu_quota = Quota(cpu_limit.MilliValue());
  }
  resources.memory_limit_bytes = memory_limit.Value();
  resources.oom_score_adj = OomScore(pod, memory_request.Value(), node);
  return resources;
}

}  // namespace edge::edged
