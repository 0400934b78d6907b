#include "edged/core/pod/fold_facts.h"

#include <algorithm>

#include "edged/core/pod/backoff.h"
#include "edged/core/pod/view.h"

namespace edge::edged {
namespace {

bool HasRun(const ContainerInfo& container) {
  return container.started_at > 0 && container.reason != "StartError" &&
         container.reason != "ContainerCannotRun";
}

// Another instance than before: what was current is history.
void TurnPage(const ContainerInfo& newest, ContainerFacts* facts) {
  facts->attempt = std::max(facts->attempt.value_or(0), newest.attempt);
  if (facts->current && facts->current->container_id != newest.id) {
    facts->last = facts->current;
    facts->current.reset();
  }
  const std::string hash = HashOf(newest);
  if (facts->hash == hash) return;
  facts->hash = hash;
  facts->ran = false;
  facts->crashes = 0;
  facts->retry_at.reset();
}

void FoldRunning(const ContainerInfo& newest, BootTime now, ContainerFacts* facts) {
  facts->ran = true;
  facts->retry_at.reset();
  if (facts->running != newest.id || !facts->running_since) {
    facts->running = newest.id;
    facts->running_since = now;
  }
  if (now - *facts->running_since >= kStableAfter) facts->crashes = 0;
}

void FoldExit(const ContainerInfo& newest, bool sandbox_ready, BootTime now,
              ContainerFacts* facts) {
  facts->current = TerminationOf(newest);
  facts->ran |= HasRun(newest);
  if (facts->counted == newest.id) return;
  facts->counted = newest.id;
  const bool stable = facts->running == newest.id && facts->running_since &&
                      now - *facts->running_since >= kStableAfter;
  facts->running.clear();
  facts->running_since.reset();
  if (stable) facts->crashes = 0;
  // What went down with its sandbox did not crash.
  if (!sandbox_ready) {
    facts->retry_at.reset();
    return;
  }
  facts->crashes = std::min(facts->crashes + 1, 1000);
  facts->retry_at = now + CrashDelay(facts->crashes);
}

void FoldContainer(const ObservedPod& observed, const Container& container, BootTime now,
                   PodFacts* facts) {
  const ContainerInfo* newest = Newest(observed, container.name);
  if (newest == nullptr) return;
  ContainerFacts& own = facts->containers[container.name];
  TurnPage(*newest, &own);
  if (newest->state == ContainerState::kRunning) FoldRunning(*newest, now, &own);
  if (newest->state == ContainerState::kExited) {
    FoldExit(*newest, IsReady(observed, newest->sandbox_id), now, &own);
  }
}

}  // namespace

PodFacts FoldFacts(const DesiredPod& desired, const ObservedPod& observed, const PodFacts& facts,
                   Now now) {
  PodFacts result = facts;
  for (const SandboxInfo& sandbox : observed.sandboxes) {
    result.sandbox_attempt = std::max(result.sandbox_attempt.value_or(0), sandbox.attempt);
  }
  if (desired.pod == nullptr) return result;
  for (const auto* list : {&desired.pod->init_containers, &desired.pod->containers}) {
    for (const Container& container : *list) {
      FoldContainer(observed, container, now.boot, &result);
    }
  }
  if (!desired.present) return result;
  if (!result.start_time) result.start_time = now.wall.time_since_epoch().count();
  if (!result.active_since) result.active_since = now.boot;
  return result;
}

}  // namespace edge::edged
