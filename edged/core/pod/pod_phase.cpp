#include "edged/core/pod/pod_phase.h"

namespace edge::edged {
namespace {

const Json* StatusOf(const Json& statuses, const std::string& name) {
  for (const Json& status : statuses) {
    if (FindString(status, {"name"}) == name) return &status;
  }
  return nullptr;
}

bool Has(const Json* status, std::initializer_list<std::string_view> path) {
  return status != nullptr && Find(*status, path) != nullptr;
}

struct Counts {
  int pending_init = 0, pending_sidecars = 0, failed_init = 0;
  int unknown = 0, running = 0, waiting = 0, stopped = 0, succeeded = 0;
};

void CountInit(const Json* status, Counts* counts) {
  if (Has(status, {"state", "terminated"})) {
    counts->failed_init += FindInt(*status, {"state", "terminated", "exitCode"}) != 0 ? 1 : 0;
  } else if (Has(status, {"state", "waiting"}) && Has(status, {"lastState", "terminated"})) {
    const bool failed = FindInt(*status, {"lastState", "terminated", "exitCode"}) != 0;
    // One that succeeded in a sandbox that is gone has to run again.
    counts->failed_init += failed ? 1 : 0;
    counts->pending_init += failed ? 0 : 1;
  } else {
    ++counts->pending_init;
  }
}

void CountSidecar(const Json* status, Counts* counts) {
  if (Has(status, {"state", "running"})) {
    counts->pending_sidecars += FindBool(*status, {"started"}) ? 0 : 1;
    ++counts->running;
  } else if (Has(status, {"state", "waiting"}) && !Has(status, {"lastState", "terminated"})) {
    ++counts->pending_sidecars;
    ++counts->waiting;
  }
}

void CountContainer(const Json* status, Counts* counts) {
  if (Has(status, {"state", "running"})) {
    ++counts->running;
  } else if (Has(status, {"state", "terminated"})) {
    ++counts->stopped;
    counts->succeeded += FindInt(*status, {"state", "terminated", "exitCode"}) == 0 ? 1 : 0;
  } else if (Has(status, {"lastState", "terminated"})) {
    ++counts->stopped;
  } else {
    ++(status == nullptr ? counts->unknown : counts->waiting);
  }
}

bool AnyHasRun(const Pod& pod, const Json& statuses) {
  for (const Container& container : pod.containers) {
    const Json* status = StatusOf(statuses, container.name);
    if (Has(status, {"state", "running"}) || Has(status, {"state", "terminated"}) ||
        Has(status, {"lastState", "terminated"})) {
      return true;
    }
  }
  return false;
}

std::string PhaseOfStopped(const Pod& pod, const Counts& counts) {
  if (pod.restart == RestartPolicy::kAlways) return "Running";
  if (counts.stopped == counts.succeeded) return "Succeeded";
  return pod.restart == RestartPolicy::kNever ? "Failed" : "Running";
}

}  // namespace

std::string PodPhase(const Pod& pod, const Json& init_statuses, const Json& statuses) {
  Counts counts;
  for (const Container& container : pod.init_containers) {
    const Json* status = StatusOf(init_statuses, container.name);
    if (container.sidecar) {
      CountSidecar(status, &counts);
    } else {
      CountInit(status, &counts);
    }
  }
  for (const Container& container : pod.containers) {
    CountContainer(StatusOf(statuses, container.name), &counts);
  }
  if (counts.failed_init > 0 && pod.restart == RestartPolicy::kNever) return "Failed";
  if (counts.pending_init > 0 || counts.waiting > 0) return "Pending";
  if (counts.pending_sidecars > 0 && !AnyHasRun(pod, statuses)) return "Pending";
  if (counts.running > 0 && counts.unknown == 0) return "Running";
  if (counts.stopped > 0 && counts.unknown == 0) return PhaseOfStopped(pod, counts);
  return "Pending";
}

}  // namespace edge::edged
