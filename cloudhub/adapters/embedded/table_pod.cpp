#include <algorithm>

#include "cloudhub/adapters/embedded/tables.h"

namespace edge::cloudhub::embedded {
namespace {

/// What the STATUS and RESTARTS columns are made of; the rules are those of kubectl's printers.
struct PodSummary {
  std::string reason;
  std::int64_t ready = 0, total = 0;
  std::int64_t restarts = 0;
  WallTime last_restart{};
  bool initializing = false;
};

const Json kNoList = Json::array();

const Json& ListAt(const Json& object, std::initializer_list<std::string_view> path) {
  const Json* found = Find(object, path);
  return found != nullptr && found->is_array() ? *found : kNoList;
}

bool IsRestartable(const Json& pod, const std::string& init_container) {
  for (const Json& container : ListAt(pod, {"spec", "initContainers"})) {
    if (FindString(container, {"name"}) == init_container) {
      return FindString(container, {"restartPolicy"}) == "Always";
    }
  }
  return false;
}

void NoteRestarts(const Json& status, PodSummary& summary) {
  summary.restarts += FindInt(status, {"restartCount"});
  const auto ended = ParseTime(FindString(status, {"lastState", "terminated", "finishedAt"}));
  if (ended.ok()) summary.last_restart = std::max(summary.last_restart, *ended);
}

std::string TerminatedReason(const Json& terminated) {
  const std::string reason = FindString(terminated, {"reason"});
  if (!reason.empty()) return reason;
  const std::int64_t signal = FindInt(terminated, {"signal"});
  if (signal != 0) return "Signal:" + std::to_string(signal);
  return "ExitCode:" + std::to_string(FindInt(terminated, {"exitCode"}));
}

/// Why an init container still holds the pod up; empty when it does not.
std::string InitReason(const Json& status, bool restartable, std::size_t index, std::size_t count) {
  const Json* terminated = Find(status, {"state", "terminated"});
  if (terminated != nullptr && FindInt(*terminated, {"exitCode"}) == 0) return {};
  if (restartable && FindBool(status, {"started"})) return {};
  if (terminated != nullptr) return "Init:" + TerminatedReason(*terminated);
  const std::string waiting = FindString(status, {"state", "waiting", "reason"});
  if (!waiting.empty() && waiting != "PodInitializing") return "Init:" + waiting;
  return "Init:" + std::to_string(index) + "/" + std::to_string(count);
}

void SummarizeInit(const Json& pod, PodSummary& summary) {
  const std::size_t count = ListAt(pod, {"spec", "initContainers"}).size();
  PodSummary sidecars;
  std::size_t index = 0;
  for (const Json& status : ListAt(pod, {"status", "initContainerStatuses"})) {
    const bool restartable = IsRestartable(pod, FindString(status, {"name"}));
    NoteRestarts(status, summary);
    if (restartable) {
      NoteRestarts(status, sidecars);
      if (FindBool(status, {"started"}) && FindBool(status, {"ready"})) ++summary.ready;
    }
    const std::string reason = InitReason(status, restartable, index++, count);
    if (reason.empty()) continue;
    summary.reason = reason;
    summary.initializing = true;
    return;
  }
  // Once they are through, restarts of ordinary init containers no longer count.
  summary.restarts = sidecars.restarts;
  summary.last_restart = sidecars.last_restart;
}

void SummarizeContainers(const Json& pod, PodSummary& summary) {
  bool running = false;
  const Json& statuses = ListAt(pod, {"status", "containerStatuses"});
  for (auto it = statuses.rbegin(); it != statuses.rend(); ++it) {
    NoteRestarts(*it, summary);
    const std::string waiting = FindString(*it, {"state", "waiting", "reason"});
    const Json* terminated = Find(*it, {"state", "terminated"});
    if (!waiting.empty()) {
      summary.reason = waiting;
    } else if (terminated != nullptr) {
      summary.reason = TerminatedReason(*terminated);
    } else if (FindBool(*it, {"ready"}) && Find(*it, {"state", "running"}) != nullptr) {
      running = true;
      ++summary.ready;
    }
  }
  if (summary.reason == "Completed" && running) {
    summary.reason = ConditionStatus(pod, "Ready") == "True" ? "Running" : "NotReady";
  }
}

PodSummary Summarize(const Json& pod) {
  PodSummary summary;
  const std::string phase = FindString(pod, {"status", "phase"});
  summary.reason = FindString(pod, {"status", "reason"}, phase);
  for (const Json& condition : ListAt(pod, {"status", "conditions"})) {
    if (FindString(condition, {"type"}) == "PodScheduled" &&
        FindString(condition, {"reason"}) == "SchedulingGated") {
      summary.reason = "SchedulingGated";
    }
  }
  summary.total = static_cast<std::int64_t>(ListAt(pod, {"spec", "containers"}).size());
  for (const Json& container : ListAt(pod, {"spec", "initContainers"})) {
    if (FindString(container, {"restartPolicy"}) == "Always") ++summary.total;
  }
  SummarizeInit(pod, summary);
  if (!summary.initializing) SummarizeContainers(pod, summary);
  if (Find(pod, {"metadata", "deletionTimestamp"}) != nullptr) {
    const bool lost = FindString(pod, {"status", "reason"}) == "NodeLost";
    if (lost) {
      summary.reason = "Unknown";
    } else if (phase != "Failed" && phase != "Succeeded") {
      summary.reason = "Terminating";
    }
  }
  return summary;
}

std::string Restarts(const PodSummary& summary, WallTime now) {
  std::string text = std::to_string(summary.restarts);
  if (summary.restarts != 0 && summary.last_restart != WallTime{}) {
    text += " (" + HumanDuration(now - summary.last_restart) + " ago)";
  }
  return text;
}

std::string ReadinessGates(const Json& pod) {
  const Json& gates = ListAt(pod, {"spec", "readinessGates"});
  if (gates.empty()) return "<none>";
  std::size_t met = 0;
  for (const Json& gate : gates) {
    if (ConditionStatus(pod, FindString(gate, {"conditionType"})) == "True") ++met;
  }
  return std::to_string(met) + "/" + std::to_string(gates.size());
}

std::string PodIp(const Json& pod) {
  const Json& ips = ListAt(pod, {"status", "podIPs"});
  return OrNone(ips.empty() ? FindString(pod, {"status", "podIP"})
                            : FindString(ips.front(), {"ip"}));
}

Json PodCells(const Json& pod, WallTime now) {
  const PodSummary summary = Summarize(pod);
  return {FindString(pod, {"metadata", "name"}),
          std::to_string(summary.ready) + "/" + std::to_string(summary.total),
          summary.reason,
          Restarts(summary, now),
          AgeOfObject(pod, now),
          PodIp(pod),
          OrNone(FindString(pod, {"spec", "nodeName"})),
          OrNone(FindString(pod, {"status", "nominatedNodeName"})),
          ReadinessGates(pod)};
}

}  // namespace

TableKind PodTable() {
  return {{{"Name", "string", "name", 0},
           {"Ready"},
           {"Status"},
           {"Restarts"},
           {"Age"},
           {"IP", "string", "", 1},
           {"Node", "string", "", 1},
           {"Nominated Node", "string", "", 1},
           {"Readiness Gates", "string", "", 1}},
          PodCells};
}

}  // namespace edge::cloudhub::embedded
