#include "edged/core/pod/container_status.h"

#include <algorithm>

#include "edged/core/pod/view.h"

namespace edge::edged {
namespace {

Json Time(std::int64_t nanos) {
  if (nanos == 0) return nullptr;
  return FormatTime(WallTime(Duration(nanos)));
}

std::string IdOf(const std::string& id) { return id.empty() ? id : "containerd://" + id; }

Json Terminated(const Termination& end) {
  Json json = {{"exitCode", end.exit_code},
               {"startedAt", Time(end.started_at)},
               {"finishedAt", Time(end.finished_at)}};
  if (!end.container_id.empty()) json["containerID"] = IdOf(end.container_id);
  if (!end.reason.empty()) json["reason"] = end.reason;
  if (!end.message.empty()) json["message"] = end.message;
  return {{"terminated", std::move(json)}};
}

Json WaitingFor(const Waiting& waiting) {
  Json json = {{"reason", waiting.reason}};
  if (!waiting.message.empty()) json["message"] = waiting.message;
  return {{"waiting", std::move(json)}};
}

const Json* SpecOf(const Pod& pod, const Container& container) {
  const Json* list = Find(pod.json, {"spec", container.init ? "initContainers" : "containers"});
  if (list == nullptr || !list->is_array()) return nullptr;
  for (const Json& spec : *list) {
    if (FindString(spec, {"name"}) == container.name) return &spec;
  }
  return nullptr;
}

void AddResources(const Pod& pod, const Container& container, Json* status) {
  const Json* spec = SpecOf(pod, container);
  const Json* resources = spec == nullptr ? nullptr : Find(*spec, {"resources"});
  (*status)["resources"] = resources == nullptr ? Json::object() : *resources;
  const Json* requests = resources == nullptr ? nullptr : Find(*resources, {"requests"});
  if (requests != nullptr && !requests->empty()) (*status)["allocatedResources"] = *requests;
}

void AddMounts(const Container& container, Json* status) {
  if (container.mounts.empty()) return;
  Json mounts = Json::array();
  for (const VolumeMount& mount : container.mounts) {
    Json json = {{"name", mount.volume}, {"mountPath", mount.path}};
    if (mount.read_only) {
      json["readOnly"] = true;
      json["recursiveReadOnly"] = "Disabled";
    }
    mounts.push_back(std::move(json));
  }
  (*status)["volumeMounts"] = std::move(mounts);
}

// The instance before the newest: as the runtime still has it, else as we remember it.
std::optional<Termination> LastEnd(const ObservedPod& observed, const std::string& name,
                                   const ContainerFacts& facts) {
  const auto instances = Instances(observed, name);
  for (std::size_t i = 1; i < instances.size(); ++i) {
    if (instances[i]->state == ContainerState::kExited) return TerminationOf(*instances[i]);
  }
  return facts.last;
}

class StatusBuilder {
 public:
  StatusBuilder(const DesiredPod& desired, const ObservedPod& observed, const Plan& plan)
      : pod_(*desired.pod), observed_(observed), plan_(plan) {}

  Json Build(const Container& container) const {
    const auto found = plan_.facts.containers.find(container.name);
    const ContainerFacts facts =
        found == plan_.facts.containers.end() ? ContainerFacts() : found->second;
    const ContainerInfo* newest = Newest(observed_, container.name);
    Json status = {{"name", container.name},
                   {"image", container.image},
                   {"imageID", ""},
                   {"restartCount", facts.attempt.value_or(0)},
                   {"lastState", Json::object()}};
    AddMounts(container, &status);
    if (newest != nullptr || facts.current) AddResources(pod_, container, &status);
    SetState(container, newest, facts, &status);
    SetFlags(container, &status);
    return status;
  }

 private:
  void SetState(const Container& container, const ContainerInfo* newest,
                const ContainerFacts& facts, Json* status) const {
    std::optional<Termination> last = LastEnd(observed_, container.name, facts);
    Json& state = (*status)["state"];
    state = Default();
    if (newest != nullptr) {
      if (!newest->image.empty()) (*status)["image"] = newest->image;
      (*status)["imageID"] = newest->image_ref;
      (*status)["containerID"] = IdOf(newest->id);
      if (newest->state == ContainerState::kRunning) {
        state = {{"running", {{"startedAt", Time(newest->started_at)}}}};
      } else if (newest->state == ContainerState::kExited) {
        state = Terminated(TerminationOf(*newest));
      }
    } else if (facts.current) {
      if (!facts.current->image.empty()) (*status)["image"] = facts.current->image;
      (*status)["imageID"] = facts.current->image_ref;
      (*status)["containerID"] = IdOf(facts.current->container_id);
      state = Terminated(*facts.current);
    }
    Override(container, &state, &last);
    if (last) (*status)["lastState"] = Terminated(*last);
    if (state.contains("waiting") && facts.current && !last) {
      (*status)["lastState"] = Terminated(*facts.current);
    }
  }

  // Why it waits is more to the point than how it ended, which becomes lastState.
  void Override(const Container& container, Json* state, std::optional<Termination>* last) const {
    const auto waiting = plan_.waiting.find(container.name);
    if (waiting != plan_.waiting.end() && !state->contains("running")) {
      if (state->contains("terminated")) last->reset();
      *state = WaitingFor(waiting->second);
    }
  }

  Json Default() const {
    return WaitingFor({pod_.init_containers.empty() ? "ContainerCreating" : "PodInitializing", {}});
  }

  // Without probes what runs is started and ready; an init container is ready once it succeeded.
  void SetFlags(const Container& container, Json* status) const {
    const Json& state = (*status)["state"];
    const bool running = state.contains("running");
    (*status)["started"] = running;
    (*status)["ready"] = container.init && !container.sidecar
                             ? FindInt(state, {"terminated", "exitCode"}, -1) == 0
                             : running;
  }

  const Pod& pod_;
  const ObservedPod& observed_;
  const Plan& plan_;
};

}  // namespace

Json ContainerStatuses(const DesiredPod& desired, const ObservedPod& observed, const Plan& plan,
                       bool init) {
  const StatusBuilder builder(desired, observed, plan);
  Json statuses = Json::array();
  for (const Container& container : init ? desired.pod->init_containers : desired.pod->containers) {
    statuses.push_back(builder.Build(container));
  }
  if (!init) {
    std::sort(statuses.begin(), statuses.end(), [](const Json& a, const Json& b) {
      return a["name"].get_ref<const std::string&>() < b["name"].get_ref<const std::string&>();
    });
  }
  return statuses;
}

}  // namespace edge::edged
