#include "cloudhub/core/fleet/node_pulse.h"

#include <utility>

#include "cloudhub/core/resources.h"
#include "common/log.h"

namespace edge::cloudhub {

NodePulse::NodePulse(std::string node, KubeApi& api, Executor& executor, Random& random,
                     Duration interval)
    : node_(std::move(node)), api_(api), executor_(executor), interval_(interval) {
  // A hub that starts does not write all Nodes at once.
  next_ = executor.clock().Boot() + interval / 2 + random.Jitter(interval / 2);
}

void NodePulse::Beat(WallTime heard, const std::string& ready) {
  const BootTime now = executor_.clock().Boot();
  if (interval_ == Duration::zero() || now < next_ || (ready != "True" && ready != "False")) return;
  next_ = now + interval_;
  Json conditions = Json::array();
  for (const char* type : {"MemoryPressure", "DiskPressure", "PIDPressure", "Ready"}) {
    conditions.push_back({{"type", type}, {"lastHeartbeatTime", FormatTime(heard)}});
  }
  // Merged by type: all else stays.
  api_.Patch({node_}, kNodes, "", node_, "status", PatchType::kStrategicMerge,
             {{"status", {{"conditions", std::move(conditions)}}}},
             [node = node_](const Result<Json>& done) {
               if (done.ok()) return;  // else the next one is an interval away
               LogDebug("heartbeat times of a Node not written",
                        {{"NODE", node}, {"WHY", done.status().ToString()}});
             });
}

}  // namespace edge::cloudhub
