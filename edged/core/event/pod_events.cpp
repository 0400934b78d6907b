#include "edged/core/event/pod_events.h"

#include <cstdio>

#include "edged/core/pod/pod_network.h"
#include "edged/core/pod/unsupported.h"

namespace edge::edged {
namespace {

EventDraft Draft(const DesiredPod& desired, const std::string& container, bool warning,
                 std::string reason, std::string message) {
  EventObject object;
  object.kind = "Pod";
  object.ns = desired.ns;
  object.name = desired.name;
  object.uid = desired.uid;
  const Container* spec = desired.pod == nullptr ? nullptr : desired.pod->FindContainer(container);
  if (spec != nullptr) {
    object.field_path =
        std::string(spec->init ? "spec.initContainers{" : "spec.containers{") + container + "}";
  }
  return {std::move(object), warning, std::move(reason), std::move(message)};
}

// As the manifest has it; the action carries the normalised name.
std::string ImageOf(const DesiredPod& desired, const Action& action) {
  const Container* spec =
      desired.pod == nullptr ? nullptr : desired.pod->FindContainer(action.container);
  return spec == nullptr ? action.image : spec->image;
}

// As Go prints a duration of milliseconds: "340ms", "1.2s".
std::string Took(Duration took) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  if (ms < 1000) return std::to_string(ms) + "ms";
  char text[32];
  std::snprintf(text, sizeof text, "%.3gs", static_cast<double>(ms) / 1000.0);
  return text;
}

std::vector<EventDraft> Failed(const DesiredPod& desired, const Action& action,
                               const Status& status) {
  const std::string& error = status.message();
  switch (action.kind) {
    case ActionKind::kPullImage:
      return {Draft(desired, action.container, true, "Failed",
                    "Failed to pull image \"" + ImageOf(desired, action) + "\": " + error),
              Draft(desired, action.container, true, "Failed", "Error: ErrImagePull")};
    case ActionKind::kCreateContainer:
    case ActionKind::kStartContainer:
      return {Draft(desired, action.container, true, "Failed", "Error: " + error)};
    case ActionKind::kRunSandbox:
      return {Draft(desired, {}, true, "FailedCreatePodSandBox",
                    "Failed to create pod sandbox: " + error)};
    case ActionKind::kPrepareVolumes:
    case ActionKind::kUpdateVolumes: return {Draft(desired, {}, true, "FailedMount", error)};
    case ActionKind::kStopContainer:
    case ActionKind::kStopSandbox:
      return {
          Draft(desired, action.container, true, "FailedKillPod", "error killing pod: " + error)};
    default: return {};
  }
}

std::string Pulled(const DesiredPod& desired, const Action& action, const Outcome& outcome,
                   Duration took) {
  const std::string size =
      outcome.image ? std::to_string(outcome.image->size_bytes) : std::string("0");
  return "Successfully pulled image \"" + ImageOf(desired, action) + "\" in " + Took(took) + " (" +
         Took(took) + " including waiting). Image size: " + size + " bytes.";
}

std::optional<EventDraft> OfWaiting(const DesiredPod& desired, const std::string& container,
                                    const Waiting& waiting) {
  if (waiting.reason == "CrashLoopBackOff") {
    return Draft(desired, container, true, "BackOff",
                 "Back-off restarting failed container " + container + " in pod " + desired.name +
                     "_" + desired.ns + "(" + desired.uid + ")");
  }
  if (waiting.reason == "ImagePullBackOff") {
    const Container* spec = desired.pod->FindContainer(container);
    return Draft(desired, container, false, "BackOff",
                 "Back-off pulling image \"" + (spec == nullptr ? "" : spec->image) + "\"");
  }
  if (waiting.reason == "ErrImageNeverPull") {
    return Draft(desired, container, true, "ErrImageNeverPull", waiting.message);
  }
  if (waiting.reason == "InvalidImageName") {
    return Draft(desired, container, true, "InspectFailed", waiting.message);
  }
  if (waiting.reason == "CreateContainerConfigError") {
    return Draft(desired, container, true, "Failed", "Error: " + waiting.message);
  }
  return std::nullopt;
}

}  // namespace

std::vector<EventDraft> EventsAtBegin(const DesiredPod& desired, const Action& action) {
  if (action.kind == ActionKind::kPullImage) {
    return {Draft(desired, action.container, false, "Pulling",
                  "Pulling image \"" + ImageOf(desired, action) + "\"")};
  }
  if (action.kind == ActionKind::kStopContainer) {
    return {Draft(desired, action.container, false, "Killing", action.message)};
  }
  return {};
}

std::vector<EventDraft> EventsAtFinish(const DesiredPod& desired, const Action& action,
                                       const Outcome& outcome, Duration took) {
  if (!outcome.status.ok()) {
    const bool gone = outcome.status.code() == Code::kNotFound;
    const bool stop =
        action.kind == ActionKind::kStopContainer || action.kind == ActionKind::kStopSandbox;
    return gone && stop ? std::vector<EventDraft>() : Failed(desired, action, outcome.status);
  }
  switch (action.kind) {
    case ActionKind::kPullImage:
      return {Draft(desired, action.container, false, "Pulled",
                    Pulled(desired, action, outcome, took))};
    case ActionKind::kCheckImage:
      if (!outcome.image) return {};
      return {
          Draft(desired, action.container, false, "Pulled",
                "Container image \"" + ImageOf(desired, action) + "\" already present on machine")};
    case ActionKind::kCreateContainer:
      return {Draft(desired, action.container, false, "Created", "Container created")};
    case ActionKind::kStartContainer:
      return {Draft(desired, action.container, false, "Started", "Container started")};
    default: return {};
  }
}

std::vector<EventDraft> EventsOfPlan(const DesiredPod& desired, const Plan& before,
                                     const Plan& after) {
  std::vector<EventDraft> events;
  if (after.sandbox_changed && !before.sandbox_changed) {
    events.push_back(Draft(desired, {}, false, "SandboxChanged",
                           "Pod sandbox changed, it will be killed and re-created."));
  }
  if (!after.volume_error.empty() && after.volume_error != before.volume_error) {
    events.push_back(Draft(desired, {}, true, "FailedMount", after.volume_error));
  }
  for (const auto& [container, waiting] : after.waiting) {
    const auto known = before.waiting.find(container);
    if (known != before.waiting.end() && known->second == waiting) continue;
    if (auto event = OfWaiting(desired, container, waiting)) events.push_back(std::move(*event));
  }
  return events;
}

std::vector<EventDraft> DnsEvent(const DesiredPod& desired, const NodeContext& node) {
  if (desired.pod == nullptr || !WantsClusterDns(*desired.pod) || !node.cluster_dns.empty()) {
    return {};
  }
  return {Draft(desired, {}, true, "MissingClusterDNS",
                "there is no cluster DNS on this node: instead of dnsPolicy " +
                    desired.pod->dns_policy +
                    " the pod gets the node's own resolver. Set dnsPolicy "
                    "to Default, or to None with a dnsConfig, to say so yourself")};
}

std::vector<EventDraft> UnsupportedEvent(const DesiredPod& desired) {
  if (desired.pod == nullptr) return {};
  std::string fields;
  for (const std::string& field : UnsupportedFields(desired.pod->json)) {
    fields += (fields.empty() ? "" : ", ") + field;
  }
  if (fields.empty()) return {};
  return {Draft(desired, {}, true, "UnsupportedField", "this node does not honour: " + fields)};
}

}  // namespace edge::edged
