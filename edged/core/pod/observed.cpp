#include "edged/core/pod/observed.h"

#include <algorithm>

#include "edged/core/pod/backoff.h"

namespace edge::edged {
namespace {

template <typename Info>
void Upsert(std::vector<Info>* list, Info info) {
  for (Info& held : *list) {
    if (held.id != info.id) continue;
    held = std::move(info);
    return;
  }
  list->push_back(std::move(info));
}

// CRI's ContainerStatus does not say which sandbox the container is in: what was known stays. And
// a container that exited never runs again: an answer that was read before its exit is old news,
// however late it comes.
void UpsertContainer(std::vector<ContainerInfo>* list, ContainerInfo info,
                     const std::string& sandbox_id) {
  if (info.sandbox_id.empty()) info.sandbox_id = sandbox_id;
  for (const ContainerInfo& held : *list) {
    if (held.id != info.id) continue;
    if (held.state == ContainerState::kExited && info.state != ContainerState::kExited) return;
    if (info.sandbox_id.empty()) info.sandbox_id = held.sandbox_id;
  }
  Upsert(list, std::move(info));
}

template <typename Info>
void Erase(std::vector<Info>* list, const std::string& id) {
  std::erase_if(*list, [&](const Info& info) { return info.id == id; });
}

bool OutcomeUnknown(Code code) {
  return code == Code::kDeadlineExceeded || code == Code::kUnavailable ||
         code == Code::kCancelled || code == Code::kUnknown || code == Code::kAborted;
}

bool ChangesRuntime(ActionKind kind) {
  switch (kind) {
    case ActionKind::kRunSandbox:
    case ActionKind::kStopSandbox:
    case ActionKind::kRemoveSandbox:
    case ActionKind::kCreateContainer:
    case ActionKind::kStartContainer:
    case ActionKind::kStopContainer:
    case ActionKind::kRemoveContainer: return true;
    default: return false;
  }
}

bool GoneIsDone(ActionKind kind) {
  return kind == ActionKind::kStopSandbox || kind == ActionKind::kRemoveSandbox ||
         kind == ActionKind::kStopContainer || kind == ActionKind::kRemoveContainer;
}

void FoldImage(ObservedPod& observed, const Action& action, const Outcome& outcome, BootTime now) {
  ImageFact& fact = observed.images[action.image];
  fact.known = true;
  fact.checked_at = now;
  if (action.kind == ActionKind::kPullImage) {
    observed.pulled[action.container] = action.attempt;
    fact.present = true;
    fact.ref = outcome.image_ref;
    if (outcome.image) fact.info = *outcome.image;
    if (fact.ref.empty()) fact.ref = action.image;
    return;
  }
  fact.present = outcome.image.has_value();
  fact.info = outcome.image.value_or(ImageInfo());
  fact.ref = fact.present ? fact.info.id : std::string();
}

void FoldSuccess(ObservedPod& observed, const Action& action, const Outcome& outcome,
                 BootTime now) {
  switch (action.kind) {
    case ActionKind::kLook: break;  // ApplyLook brought it
    case ActionKind::kCheckImage:
    case ActionKind::kPullImage: FoldImage(observed, action, outcome, now); break;
    case ActionKind::kPrepareVolumes:
      observed.volumes_on_disk = true;
      observed.volumes_version = action.version;
      break;
    case ActionKind::kUpdateVolumes: observed.volumes_version = action.version; break;
    case ActionKind::kTeardownVolumes:
      observed.volumes_on_disk = false;
      observed.volumes_version.clear();
      break;
    case ActionKind::kRemoveSandbox:
      Erase(&observed.sandboxes, action.id);
      std::erase_if(observed.containers,
                    [&](const ContainerInfo& info) { return info.sandbox_id == action.id; });
      break;
    case ActionKind::kRemoveContainer: Erase(&observed.containers, action.id); break;
    case ActionKind::kStopSandbox: observed.stopped.insert(action.id); [[fallthrough]];
    case ActionKind::kRunSandbox:
      if (outcome.sandbox) Upsert(&observed.sandboxes, *outcome.sandbox);
      observed.needs_look |= !outcome.sandbox.has_value();
      break;
    case ActionKind::kCreateContainer:
    case ActionKind::kStartContainer:
    case ActionKind::kStopContainer:
      if (outcome.container) {
        UpsertContainer(&observed.containers, *outcome.container, action.sandbox_id);
      }
      observed.needs_look |= !outcome.container.has_value();
      break;
  }
}

// An image that could not be used may have been removed since it was checked, and one that could
// not be pulled may be imported by hand: look before the next try.
void ForgetImage(ObservedPod& observed, const Action& action) {
  if (action.kind != ActionKind::kCreateContainer && action.kind != ActionKind::kPullImage) return;
  const auto found = observed.images.find(action.image);
  if (found == observed.images.end()) return;
  if (action.kind == ActionKind::kCreateContainer || !found->second.present) {
    found->second.known = false;
  }
}

}  // namespace

std::string_view ActionName(ActionKind kind) {
  switch (kind) {
    case ActionKind::kLook: return "Look";
    case ActionKind::kCheckImage: return "CheckImage";
    case ActionKind::kPullImage: return "PullImage";
    case ActionKind::kPrepareVolumes: return "PrepareVolumes";
    case ActionKind::kUpdateVolumes: return "UpdateVolumes";
    case ActionKind::kTeardownVolumes: return "TeardownVolumes";
    case ActionKind::kRunSandbox: return "RunSandbox";
    case ActionKind::kStopSandbox: return "StopSandbox";
    case ActionKind::kRemoveSandbox: return "RemoveSandbox";
    case ActionKind::kCreateContainer: return "CreateContainer";
    case ActionKind::kStartContainer: return "StartContainer";
    case ActionKind::kStopContainer: return "StopContainer";
    case ActionKind::kRemoveContainer: return "RemoveContainer";
  }
  return "?";
}

std::string Action::Key() const {
  switch (kind) {
    case ActionKind::kLook: return "look";
    case ActionKind::kCheckImage: return "check/" + image;
    case ActionKind::kPullImage: return "image/" + image;
    case ActionKind::kPrepareVolumes:
    case ActionKind::kUpdateVolumes:
    case ActionKind::kTeardownVolumes: return "volumes";
    case ActionKind::kRunSandbox: return "sandbox";
    case ActionKind::kStopSandbox:
    case ActionKind::kRemoveSandbox: return "sandbox/" + id;
    case ActionKind::kCreateContainer:
    case ActionKind::kStartContainer: return "container/" + container;
    case ActionKind::kStopContainer: return "stop/" + id;
    case ActionKind::kRemoveContainer: return "remove/" + id;
  }
  return "?";
}

void Begin(ObservedPod& observed, const Action& action, BootTime now) {
  observed.in_flight[action.Key()] = {action, now};
  // Cleared now and not when the answer comes: what happens meanwhile needs another look.
  if (action.kind == ActionKind::kLook) observed.needs_look = false;
}

void Finish(ObservedPod& observed, const Action& action, const Outcome& outcome, BootTime now) {
  const std::string key = action.Key();
  // Whatever came of it, files may be there.
  if (action.kind == ActionKind::kCreateContainer || action.kind == ActionKind::kPrepareVolumes) {
    observed.volumes_on_disk = true;
  }
  // Of two stops of one container the one with the shorter grace counts as in flight.
  const auto held = observed.in_flight.find(key);
  if (held != observed.in_flight.end() && held->second.action == action) {
    observed.in_flight.erase(held);
  }
  const Code code = outcome.status.code();
  // A look that is under way may answer with what was before.
  if (ChangesRuntime(action.kind) && observed.in_flight.count("look") != 0) {
    observed.needs_look = true;
  }
  if (outcome.status.ok() || (code == Code::kNotFound && GoneIsDone(action.kind))) {
    observed.failures.erase(key);
    FoldSuccess(observed, action, outcome, now);
    if (!outcome.status.ok()) observed.needs_look = true;
    return;
  }
  Failure& failure = observed.failures[key];
  const bool first_teardown = action.kind == ActionKind::kTeardownVolumes &&
                              failure.action.kind != ActionKind::kTeardownVolumes;
  if (first_teardown) failure.count = 0;  // what failed before was their making
  failure.action = action;
  failure.status = outcome.status;
  failure.count = std::min(failure.count + 1, 1000);
  failure.at = now;
  failure.retry_at = now + (action.kind == ActionKind::kPullImage ? PullDelay(failure.count)
                                                                  : RetryDelay(failure.count));
  ForgetImage(observed, action);
  // A refusal may also mean that the runtime holds what we asked it to make (a name that is taken),
  // or lost what we acted on.
  observed.needs_look |=
      ChangesRuntime(action.kind) || action.kind == ActionKind::kLook || OutcomeUnknown(code);
}

void ApplyLook(ObservedPod& observed, std::vector<SandboxInfo> sandboxes,
               std::vector<ContainerInfo> containers) {
  observed.looked = true;
  observed.sandboxes = std::move(sandboxes);
  observed.containers = std::move(containers);
}

void ApplyContainer(ObservedPod& observed, ContainerInfo container) {
  UpsertContainer(&observed.containers, std::move(container), "");
}

}  // namespace edge::edged
