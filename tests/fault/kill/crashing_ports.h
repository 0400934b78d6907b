#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "edged/ports/node_facts.h"
#include "edged/ports/runtime.h"
#include "edged/ports/volumes.h"
#include "link/ports/mqtt_client.h"
#include "offline-store/store.h"
#include "tests/fault/kill/crash_points.h"

namespace edge::kill {

inline Status Killed() { return Unavailable("this process was killed"); }

/// The call, between its two points. Killed before: the call is not made. Killed after: it was
/// made, and nobody learns what came of it.
template <typename Call>
auto AroundCall(const Doom& doom, const std::string& name, Call call) -> decltype(call()) {
  if (!doom.Pass(name + ":before")) return Killed();
  auto answer = [&] {
    const std::lock_guard lock(doom.world);
    return call();
  }();
  if (!doom.Pass(name + ":after")) return Killed();
  return answer;
}

/// The same for what cannot fail.
template <typename Call>
auto AroundRead(const Doom& doom, const std::string& name, Call call) -> decltype(call()) {
  if (!doom.Pass(name + ":before")) return {};
  auto answer = call();
  if (!doom.Pass(name + ":after")) return {};
  return answer;
}

class CrashingSandboxes final : public edged::SandboxRuntime {
 public:
  CrashingSandboxes(Doom doom, SandboxRuntime& real) : doom_(doom), real_(real) {}
  Result<std::string> RunSandbox(const edged::SandboxConfig& config) override;
  Status StopSandbox(const std::string& id) override;
  Status RemoveSandbox(const std::string& id) override;
  Result<edged::SandboxInfo> SandboxStatus(const std::string& id) override;
  Result<std::vector<edged::SandboxInfo>> ListSandboxes() override;

 private:
  const Doom doom_;
  SandboxRuntime& real_;
};

class CrashingContainers final : public edged::ContainerRuntime {
 public:
  CrashingContainers(Doom doom, ContainerRuntime& real) : doom_(doom), real_(real) {}
  Result<std::string> CreateContainer(const std::string& sandbox_id,
                                      const edged::ContainerConfig& config,
                                      const edged::SandboxConfig& sandbox) override;
  Status StartContainer(const std::string& id) override;
  Status StopContainer(const std::string& id, std::chrono::seconds grace) override;
  Status RemoveContainer(const std::string& id) override;
  Result<edged::ContainerInfo> ContainerStatus(const std::string& id) override;
  Result<std::vector<edged::ContainerInfo>> ListContainers() override;

 private:
  const Doom doom_;
  ContainerRuntime& real_;
};

class CrashingImages final : public edged::ImageRuntime {
 public:
  CrashingImages(Doom doom, ImageRuntime& real) : doom_(doom), real_(real) {}
  Result<std::optional<edged::ImageInfo>> ImageStatus(const std::string& image) override;
  Result<std::string> PullImage(
      const std::string& image,
      const std::optional<edged::RegistryCredentials>& credentials) override;
  Result<std::vector<edged::ImageInfo>> ListImages() override;
  Status RemoveImage(const std::string& image) override;

 private:
  const Doom doom_;
  ImageRuntime& real_;
};

class CrashingRuntimeInfo final : public edged::RuntimeInfo {
 public:
  CrashingRuntimeInfo(Doom doom, RuntimeInfo& real) : doom_(doom), real_(real) {}
  Result<edged::RuntimeVersion> Version() override;
  Result<std::vector<edged::RuntimeCondition>> Conditions() override;
  Result<std::vector<std::string>> ForeignPods() override;

 private:
  const Doom doom_;
  RuntimeInfo& real_;
};

class CrashingEvents final : public edged::RuntimeEvents {
 public:
  CrashingEvents(Doom doom, RuntimeEvents& real) : doom_(doom), real_(real) {}
  void Subscribe(std::function<void(edged::RuntimeEvent)> on_event,
                 std::function<void()> on_gap) override;

 private:
  const Doom doom_;
  RuntimeEvents& real_;
};

class CrashingVolumes final : public edged::PodVolumes {
 public:
  CrashingVolumes(Doom doom, PodVolumes& real) : doom_(doom), real_(real) {}
  Status Prepare(const edged::VolumePlan& plan) override;
  Status Update(const edged::VolumePlan& plan) override;
  Status PrepareContainer(const edged::ContainerFiles& files) override;
  Result<std::string> ReadMessage(const std::string& pod_uid, const std::string& container,
                                  std::uint32_t attempt, std::size_t max_bytes) override;
  Result<std::string> ReadLogTail(const std::string& log_path, std::size_t max_lines,
                                  std::size_t max_bytes) override;
  Status Teardown(const std::string& pod_uid, const std::string& log_folder) override;
  Result<std::vector<std::string>> ListPods() override;

 private:
  const Doom doom_;
  PodVolumes& real_;
};

class CrashingFacts final : public edged::NodeFactsSource {
 public:
  CrashingFacts(Doom doom, NodeFactsSource& real) : doom_(doom), real_(real) {}
  Result<edged::NodeFacts> Read() override;

 private:
  const Doom doom_;
  NodeFactsSource& real_;
};

/// "Commit:before": the batch never reaches the disk. "Commit:after": it is on the disk, and its
/// callback never comes.
class CrashingStore final : public offline_store::Store {
 public:
  CrashingStore(Doom doom, Store& real) : doom_(doom), real_(real) {}
  Result<offline_store::Contents> Load() override;
  void Commit(offline_store::Batch batch, Committed done) override;
  Result<std::vector<offline_store::EventRow>> Events(std::uint64_t after,
                                                      std::size_t limit) override;
  Result<std::vector<offline_store::StatusRow>> Statuses(std::uint64_t after,
                                                         std::size_t limit) override;
  offline_store::WaitingRows CountWaiting() const override;
  std::uint64_t DroppedEvents() const override;
  std::string Id() const override;
  offline_store::Health health() const override;
  std::string health_message() const override;

 private:
  const Doom doom_;
  Store& real_;
};

/// "Publish:after": the broker took the message and its PUBACK found nobody. Besides, "on_message":
/// the process dies with a message in its hands.
class CrashingMqttClient final : public link::MqttClient {
 public:
  CrashingMqttClient(Doom doom, const link::MqttClientFactory& real, Handlers handlers);
  void Connect(const link::MqttOptions& options, Done done) override;
  void Subscribe(std::vector<link::MqttSubscription> subscriptions, Done done) override;
  void Publish(link::MqttMessage message, Done done) override;

 private:
  Done After(const std::string& point, Done done) const;

  const Doom doom_;
  std::unique_ptr<MqttClient> real_;
};

}  // namespace edge::kill
