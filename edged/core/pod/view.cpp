#include "edged/core/pod/view.h"

#include <algorithm>
#include <tuple>

#include "edged/core/pod/labels.h"

namespace edge::edged {

const SandboxInfo* CurrentSandbox(const ObservedPod& observed) {
  const auto rank = [&](const SandboxInfo& sandbox) {
    const auto running =
        std::count_if(observed.containers.begin(), observed.containers.end(),
                      [&](const ContainerInfo& container) {
                        return container.sandbox_id == sandbox.id && IsAlive(container);
                      });
    return std::make_tuple(running, sandbox.attempt, sandbox.created_at, sandbox.id);
  };
  const SandboxInfo* best = nullptr;
  for (const SandboxInfo& sandbox : observed.sandboxes) {
    if (sandbox.state != SandboxState::kReady) continue;
    if (best == nullptr || rank(*best) < rank(sandbox)) best = &sandbox;
  }
  return best;
}

bool IsReady(const ObservedPod& observed, const std::string& sandbox_id) {
  return std::any_of(observed.sandboxes.begin(), observed.sandboxes.end(),
                     [&](const SandboxInfo& sandbox) {
                       return sandbox.id == sandbox_id && sandbox.state == SandboxState::kReady;
                     });
}

std::vector<const ContainerInfo*> Instances(const ObservedPod& observed, const std::string& name) {
  std::vector<const ContainerInfo*> found;
  for (const ContainerInfo& container : observed.containers) {
    if (container.name == name) found.push_back(&container);
  }
  std::sort(found.begin(), found.end(), [](const ContainerInfo* a, const ContainerInfo* b) {
    return std::tie(a->attempt, a->created_at, a->id) > std::tie(b->attempt, b->created_at, b->id);
  });
  return found;
}

const ContainerInfo* Newest(const ObservedPod& observed, const std::string& name) {
  const auto instances = Instances(observed, name);
  return instances.empty() ? nullptr : instances.front();
}

std::string HashOf(const ContainerInfo& container) {
  const auto found = container.annotations.find(kAnnotationHash);
  return found == container.annotations.end() ? std::string() : found->second;
}

Termination TerminationOf(const ContainerInfo& container) {
  Termination end;
  end.container_id = container.id;
  end.attempt = container.attempt;
  end.exit_code = container.exit_code;
  end.reason = container.reason;
  if (end.reason.empty()) end.reason = container.exit_code == 0 ? "Completed" : "Error";
  end.message = container.message;
  end.started_at = container.started_at;
  end.finished_at = container.finished_at;
  end.image = container.image;
  end.image_ref = container.image_ref;
  return end;
}

}  // namespace edge::edged
