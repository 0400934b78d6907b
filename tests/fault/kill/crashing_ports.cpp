#include "tests/fault/kill/crashing_ports.h"

namespace edge::kill {

Result<std::string> CrashingSandboxes::RunSandbox(const edged::SandboxConfig& config) {
  return AroundCall(doom_, "SandboxRuntime.RunSandbox", [&] { return real_.RunSandbox(config); });
}
Status CrashingSandboxes::StopSandbox(const std::string& id) {
  return AroundCall(doom_, "SandboxRuntime.StopSandbox", [&] { return real_.StopSandbox(id); });
}
Status CrashingSandboxes::RemoveSandbox(const std::string& id) {
  return AroundCall(doom_, "SandboxRuntime.RemoveSandbox", [&] { return real_.RemoveSandbox(id); });
}
Result<edged::SandboxInfo> CrashingSandboxes::SandboxStatus(const std::string& id) {
  return AroundCall(doom_, "SandboxRuntime.SandboxStatus", [&] { return real_.SandboxStatus(id); });
}
Result<std::vector<edged::SandboxInfo>> CrashingSandboxes::ListSandboxes() {
  return AroundCall(doom_, "SandboxRuntime.ListSandboxes", [&] { return real_.ListSandboxes(); });
}

Result<std::string> CrashingContainers::CreateContainer(const std::string& sandbox_id,
                                                        const edged::ContainerConfig& config,
                                                        const edged::SandboxConfig& sandbox) {
  return AroundCall(doom_, "ContainerRuntime.CreateContainer",
                    [&] { return real_.CreateContainer(sandbox_id, config, sandbox); });
}
Status CrashingContainers::StartContainer(const std::string& id) {
  return AroundCall(doom_, "ContainerRuntime.StartContainer",
                    [&] { return real_.StartContainer(id); });
}
Status CrashingContainers::StopContainer(const std::string& id, std::chrono::seconds grace) {
  return AroundCall(doom_, "ContainerRuntime.StopContainer",
                    [&] { return real_.StopContainer(id, grace); });
}
Status CrashingContainers::RemoveContainer(const std::string& id) {
  return AroundCall(doom_, "ContainerRuntime.RemoveContainer",
                    [&] { return real_.RemoveContainer(id); });
}
Result<edged::ContainerInfo> CrashingContainers::ContainerStatus(const std::string& id) {
  return AroundCall(doom_, "ContainerRuntime.ContainerStatus",
                    [&] { return real_.ContainerStatus(id); });
}
Result<std::vector<edged::ContainerInfo>> CrashingContainers::ListContainers() {
  return AroundCall(doom_, "ContainerRuntime.ListContainers",
                    [&] { return real_.ListContainers(); });
}

Result<std::optional<edged::ImageInfo>> CrashingImages::ImageStatus(const std::string& image) {
  return AroundCall(doom_, "ImageRuntime.ImageStatus", [&] { return real_.ImageStatus(image); });
}
Result<std::string> CrashingImages::PullImage(
    const std::string& image, const std::optional<edged::RegistryCredentials>& credentials) {
  return AroundCall(doom_, "ImageRuntime.PullImage",
                    [&] { return real_.PullImage(image, credentials); });
}
Result<std::vector<edged::ImageInfo>> CrashingImages::ListImages() {
  return AroundCall(doom_, "ImageRuntime.ListImages", [&] { return real_.ListImages(); });
}
Status CrashingImages::RemoveImage(const std::string& image) {
  return AroundCall(doom_, "ImageRuntime.RemoveImage", [&] { return real_.RemoveImage(image); });
}

Result<edged::RuntimeVersion> CrashingRuntimeInfo::Version() {
  return AroundCall(doom_, "RuntimeInfo.Version", [&] { return real_.Version(); });
}
Result<std::vector<edged::RuntimeCondition>> CrashingRuntimeInfo::Conditions() {
  return AroundCall(doom_, "RuntimeInfo.Conditions", [&] { return real_.Conditions(); });
}
Result<std::vector<std::string>> CrashingRuntimeInfo::ForeignPods() {
  return AroundCall(doom_, "RuntimeInfo.ForeignPods", [&] { return real_.ForeignPods(); });
}

void CrashingEvents::Subscribe(std::function<void(edged::RuntimeEvent)> on_event,
                               std::function<void()> on_gap) {
  if (!doom_.Pass("RuntimeEvents.Subscribe:before")) return;
  real_.Subscribe(
      [doom = doom_, on_event = std::move(on_event)](edged::RuntimeEvent event) {
        if (!doom.Pass("RuntimeEvents.on_event:before")) return;
        on_event(std::move(event));
        doom.Pass("RuntimeEvents.on_event:after");
      },
      std::move(on_gap));
  doom_.Pass("RuntimeEvents.Subscribe:after");
}

Status CrashingVolumes::Prepare(const edged::VolumePlan& plan) {
  return AroundCall(doom_, "PodVolumes.Prepare", [&] { return real_.Prepare(plan); });
}
Status CrashingVolumes::Update(const edged::VolumePlan& plan) {
  return AroundCall(doom_, "PodVolumes.Update", [&] { return real_.Update(plan); });
}
Status CrashingVolumes::PrepareContainer(const edged::ContainerFiles& files) {
  return AroundCall(doom_, "PodVolumes.PrepareContainer",
                    [&] { return real_.PrepareContainer(files); });
}
Result<std::string> CrashingVolumes::ReadMessage(const std::string& pod_uid,
                                                 const std::string& container,
                                                 std::uint32_t attempt, std::size_t max_bytes) {
  return AroundCall(doom_, "PodVolumes.ReadMessage",
                    [&] { return real_.ReadMessage(pod_uid, container, attempt, max_bytes); });
}
Result<std::string> CrashingVolumes::ReadLogTail(const std::string& log_path, std::size_t max_lines,
                                                 std::size_t max_bytes) {
  return AroundCall(doom_, "PodVolumes.ReadLogTail",
                    [&] { return real_.ReadLogTail(log_path, max_lines, max_bytes); });
}
Status CrashingVolumes::Teardown(const std::string& pod_uid, const std::string& log_folder) {
  return AroundCall(doom_, "PodVolumes.Teardown",
                    [&] { return real_.Teardown(pod_uid, log_folder); });
}
Result<std::vector<std::string>> CrashingVolumes::ListPods() {
  return AroundCall(doom_, "PodVolumes.ListPods", [&] { return real_.ListPods(); });
}

Result<edged::NodeFacts> CrashingFacts::Read() {
  return AroundCall(doom_, "NodeFactsSource.Read", [&] { return real_.Read(); });
}

Result<offline_store::Contents> CrashingStore::Load() {
  return AroundCall(doom_, "Store.Load", [&] { return real_.Load(); });
}
void CrashingStore::Commit(offline_store::Batch batch, Committed done) {
  if (!doom_.Pass("Store.Commit:before")) return;
  real_.Commit(std::move(batch), [doom = doom_, done = std::move(done)](const Status& status) {
    if (doom.Pass("Store.Commit:after") && done) done(status);
  });
}
Result<std::vector<offline_store::EventRow>> CrashingStore::Events(std::uint64_t after,
                                                                   std::size_t limit) {
  return AroundCall(doom_, "Store.Events", [&] { return real_.Events(after, limit); });
}
Result<std::vector<offline_store::StatusRow>> CrashingStore::Statuses(std::uint64_t after,
                                                                      std::size_t limit) {
  return AroundCall(doom_, "Store.Statuses", [&] { return real_.Statuses(after, limit); });
}
offline_store::WaitingRows CrashingStore::CountWaiting() const {
  return AroundRead(doom_, "Store.CountWaiting", [&] { return real_.CountWaiting(); });
}
std::uint64_t CrashingStore::DroppedEvents() const {
  return AroundRead(doom_, "Store.DroppedEvents", [&] { return real_.DroppedEvents(); });
}
std::string CrashingStore::Id() const {
  return AroundRead(doom_, "Store.Id", [&] { return real_.Id(); });
}
offline_store::Health CrashingStore::health() const {
  return AroundRead(doom_, "Store.health", [&] { return real_.health(); });
}
std::string CrashingStore::health_message() const {
  return AroundRead(doom_, "Store.health_message", [&] { return real_.health_message(); });
}

CrashingMqttClient::CrashingMqttClient(Doom doom, const link::MqttClientFactory& real,
                                       Handlers handlers)
    : doom_(doom) {
  Handlers guarded;
  guarded.on_message = [doom, told = std::move(handlers.on_message)](link::MqttMessage message) {
    if (!doom.Pass("MqttClient.on_message:before")) return;
    told(std::move(message));
    doom.Pass("MqttClient.on_message:after");
  };
  guarded.on_lost = [doom, told = std::move(handlers.on_lost)](const Status& why) {
    if (doom.Pass("MqttClient.on_lost:before")) told(why);
  };
  real_ = real(std::move(guarded));
}

link::MqttClient::Done CrashingMqttClient::After(const std::string& point, Done done) const {
  return [doom = doom_, point, done = std::move(done)](const Status& status) {
    if (doom.Pass(point) && done) done(status);
  };
}
void CrashingMqttClient::Connect(const link::MqttOptions& options, Done done) {
  if (!doom_.Pass("MqttClient.Connect:before")) return;
  real_->Connect(options, After("MqttClient.Connect:after", std::move(done)));
}
void CrashingMqttClient::Subscribe(std::vector<link::MqttSubscription> subscriptions, Done done) {
  if (!doom_.Pass("MqttClient.Subscribe:before")) return;
  real_->Subscribe(std::move(subscriptions), After("MqttClient.Subscribe:after", std::move(done)));
}
void CrashingMqttClient::Publish(link::MqttMessage message, Done done) {
  if (!doom_.Pass("MqttClient.Publish:before")) return;
  real_->Publish(std::move(message), After("MqttClient.Publish:after", std::move(done)));
}

}  // namespace edge::kill
