#include "edged/core/pod/ended_containers.h"

#include <algorithm>

namespace edge::edged {
namespace {

// Waits, and never did anything else.
bool NeverBegan(const Json& container) {
  return Find(container, {"state", "waiting"}) != nullptr &&
         Find(container, {"lastState", "terminated"}) == nullptr;
}

void End(Json* container) {
  if (Find(*container, {"state", "terminated"}) != nullptr) return;
  (*container)["state"] = {
      {"terminated",
       {{"exitCode", 137},
        {"reason", "ContainerStatusUnknown"},
        {"message", "The container could not be located when the pod was terminated"},
        {"startedAt", nullptr},
        {"finishedAt", nullptr}}}};
}

bool Succeeded(const Json& container, const char* state) {
  const Json* end = Find(container, {state, "terminated"});
  return end != nullptr && FindInt(*end, {"exitCode"}, -1) == 0;
}

// Whether there was ever a reason to start the containers proper.
bool WasInitialized(const Json& init, const Json& containers) {
  if (init.empty()) return true;
  if (!std::all_of(containers.begin(), containers.end(), NeverBegan)) return true;
  const Json& last = init.back();
  return FindBool(last, {"started"}) || Succeeded(last, "state") || Succeeded(last, "lastState");
}

}  // namespace

void EndWaitingContainers(Json* status) {
  Json& init = (*status)["initContainerStatuses"];
  Json& containers = (*status)["containerStatuses"];
  const bool initialized = WasInitialized(init, containers);
  // Where none has begun, it is the first that failed to.
  std::size_t begun = init.size();
  while (begun > 1 && NeverBegan(init[begun - 1])) --begun;
  for (std::size_t i = 0; i < begun; ++i) End(&init[i]);
  if (!initialized) return;
  for (Json& container : containers) End(&container);
}

}  // namespace edge::edged
