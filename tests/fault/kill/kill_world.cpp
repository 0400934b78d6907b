#include "tests/fault/kill/kill_world.h"

#include <set>
#include <utility>

#include "cloudhub/core/resources.h"
#include "tests/fault/kill/agent_process.h"
#include "tests/unit/cloudhub_core/objects.h"

namespace edge::kill {
namespace {

constexpr const char* kNode = "till-1";
constexpr const char* kRootCa = "kube-root-ca.crt";
constexpr Duration kPatience = std::chrono::minutes(15);
/// More than a heartbeat interval.
constexpr Duration kQuiet = std::chrono::seconds(20);

edged::AgentOptions OptionsFor(const std::string& folder) {
  edged::AgentOptions options;
  options.version = "0.1.0";
  options.kubelet_version = "v1.36.0-edged.0.1.0";
  options.boot_id = "boot-1";
  options.node.node_name = kNode;
  options.node.layout = {folder + "/pods", folder + "/logs"};
  options.link.broker_urls = {"tls://mqtt.edge:8883"};
  options.link.cluster_name = "retail";
  options.link.node = kNode;
  return options;
}

Json PodManifest() {
  const Json price = {{{"name", "PRICE"},
                       {"valueFrom", {{"configMapKeyRef", {{"name", "prices"}, {"key", "tea"}}}}}}};
  const Json mounts = {{{"name", "config"}, {"mountPath", "/config"}},
                       {{"name", "keys"}, {"mountPath", "/keys"}},
                       {{"name", "api"}, {"mountPath", "/api"}}};
  const Json api = {{{"serviceAccountToken", {{"path", "token"}, {"expirationSeconds", 3607}}}},
                    {{"configMap", {{"name", kRootCa}}}}};
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", "till"}, {"namespace", "shop"}}},
          {"spec",
           {{"nodeName", kNode},
            {"restartPolicy", "Always"},
            {"serviceAccountName", "cashier"},
            {"initContainers", {{{"name", "init"}, {"image", "prepare:1"}}}},
            {"containers",
             {{{"name", "app"},
               {"image", "app:1"},
               {"env", price},
               {"volumeMounts", mounts},
               {"terminationMessagePolicy", "FallbackToLogsOnError"}},
              {{"name", "helper"}, {"image", "helper:1"}}}},
            {"volumes",
             {{{"name", "config"}, {"configMap", {{"name", "prices"}}}},
              {{"name", "keys"}, {"secret", {{"secretName", "keys"}}}},
              {{"name", "api"}, {"projected", {{"sources", api}}}}}}}}};
}

Json Configured(const char* kind, const char* name, Json data) {
  return {{"apiVersion", "v1"},
          {"kind", kind},
          {"metadata", {{"name", name}, {"namespace", "shop"}}},
          {"data", std::move(data)}};
}

}  // namespace

Result<edged::NodeFacts> FixedFacts::Read() {
  edged::NodeFacts facts;
  facts.hostname = kNode;
  facts.machine_id = "machine-1";
  facts.boot_id = "boot-1";
  facts.architecture = "amd64";
  facts.internal_ips = {"192.0.2.7"};
  facts.cpu_millicores = cpu_millicores;
  facts.memory_total_bytes = facts.memory_available_bytes = 1 << 30;
  facts.disk_total_bytes = facts.disk_available_bytes = 1 << 30;
  facts.pids_max = 32768;
  return facts;
}

KillWorld::KillWorld() {
  for (const char* image : {"prepare:1", "app:1", "app:2", "helper:1"}) {
    runtime_.registry.insert(std::string("docker.io/library/") + image);
  }
  runtime_.now = [this] { return executor_.clock().Wall().time_since_epoch().count(); };
  executor_.between = [this] { KeepAgentAlive(); };

  link::HubLinkOptions hub;
  hub.broker_urls = {"tls://mqtt.edge:8883"};
  hub.cluster_name = "retail";
  hub.hub_id = "hub-1";
  hub.cluster_uid = "cluster-1";
  cloudhub::MqttGateway::Handlers handlers;
  handlers.on_message = [this](const std::string& node, const sync::Header& header,
                               const sync::UpMessage& message) {
    fleet_->OnMessage(node, header, message);
  };
  handlers.on_bad_message = [this](const std::string& node, const Status& status) {
    fleet_->OnBadMessage(node, status);
  };
  handlers.on_enrol = [](const std::string&, const std::string&) {};
  handlers.on_connected = [] {};
  handlers.on_disconnected = [](const Status&) {};
  gateway_ = std::make_unique<cloudhub::MqttGateway>(executor_, random_, broker_.Factory(), hub,
                                                     cloudhub::SessionEnder::Options{},
                                                     std::move(handlers));
  fleet_ = std::make_unique<cloudhub::Fleet>(
      cloudhub::FleetOptions{"hub-1", {"cluster-1", "retail", "0.1.0"}}, api_, *gateway_, executor_,
      random_, [](const std::string&, const std::string&, const auto&) {});
  api_.Put(cloudhub::kEdgeNodes, cloudhub::MakeEdgeNode(kNode));
  fleet_->Start();
  gateway_->Start();
}

KillWorld::~KillWorld() = default;

void KillWorld::KillAgent() { agent_.reset(); }

void KillWorld::CutPower() {
  KillAgent();
  const std::lock_guard lock(lock_);
  runtime_.PowerCut();
}

void KillWorld::StartAgent() { started_ = true; }

fakes::FakeStore& KillWorld::store() { return agent_->store(); }

void KillWorld::KeepAgentAlive() {
  RunInitContainer();
  if (!started_ || (agent_ != nullptr && !points.dead())) return;
  agent_.reset();
  events_.listener = nullptr;
  const edged::RuntimePorts runtime{runtime_, runtime_, runtime_, runtime_, events_, volumes_};
  agent_ = std::make_unique<AgentProcess>(
      OptionsFor(folder_.path()), AgentProcess::Outside{points, lock_, executor_, random_, disk_,
                                                        runtime, facts_, broker_.Factory()});
  // An error is the death of this one too: the next turn starts another.
  static_cast<void>(agent_->Start());
}

/// The init container does its work as soon as it runs.
void KillWorld::RunInitContainer() {
  std::set<std::string> done;
  {
    const std::lock_guard lock(lock_);
    for (const auto* container : runtime_.Running()) {
      if (container->name == "init") done.insert(container->id);
    }
    for (const std::string& id : done) runtime_.Exit(id, 0);
  }
  for (const std::string& id : done) Tell(id);
}

void KillWorld::Tell(const std::string& id) {
  executor_.Post([this, id] {
    if (events_.listener) events_.listener({id, "/tasks/exit"});
  });
}

void KillWorld::CreatePod() {
  api_.Put(cloudhub::kConfigMaps, Configured("ConfigMap", "prices", {{"tea", "1.00"}}));
  api_.Put(cloudhub::kConfigMaps, Configured("ConfigMap", kRootCa, {{"ca.crt", "the CA"}}));
  api_.Put(cloudhub::kServiceAccounts,
           {{"metadata", {{"name", "cashier"}, {"namespace", "shop"}}}});
  api_.Put(cloudhub::kSecrets, Configured("Secret", "keys", {{"door", "c2VzYW1l"}}));
  api_.Put(cloudhub::kPods, PodManifest());
}

void KillWorld::ChangePrice(const std::string& price) {
  Json prices = api_.Peek(cloudhub::kConfigMaps, "shop", "prices");
  prices["data"]["tea"] = price;
  api_.Put(cloudhub::kConfigMaps, prices);
}

void KillWorld::Exit(const std::string& container, int code) {
  const std::string id = RunningId(container);
  {
    const std::lock_guard lock(lock_);
    runtime_.Exit(id, code);
  }
  Tell(id);
}

void KillWorld::ChangeImage(const std::string& image) {
  Json pod = Pod();
  pod["spec"]["containers"][0]["image"] = image;
  api_.Put(cloudhub::kPods, pod);
}

void KillWorld::DeletePod() {
  Json pod = Pod();
  pod["metadata"]["deletionTimestamp"] = FormatTime(executor_.clock().Wall());
  pod["metadata"]["deletionGracePeriodSeconds"] = 1;
  api_.Put(cloudhub::kPods, pod);
}

std::string KillWorld::Await(const std::function<std::string()>& disagreement) {
  const auto agreed = [&] { return disagreement().empty(); };
  if (!executor_.RunUntil(agreed, kPatience)) return disagreement();
  executor_.RunUntil([] { return false; }, kQuiet);
  // A regular report may be under way at that very moment.
  executor_.RunUntil(agreed, kQuiet);
  return disagreement();
}

Json KillWorld::Pod() const { return api_.Peek(cloudhub::kPods, "shop", "till"); }
std::string KillWorld::PodUid() const { return FindString(Pod(), {"metadata", "uid"}); }

std::string KillWorld::RunningId(const std::string& container) {
  const std::lock_guard lock(lock_);
  std::string id;
  for (const auto* running : runtime_.Running()) {
    if (running->name == container) id = id.empty() ? running->id : "several";
  }
  return id;
}

std::map<std::string, int> KillWorld::TakeCalls() {
  const std::lock_guard lock(lock_);
  std::map<std::string, int> counts;
  for (const std::string& call : std::exchange(runtime_.calls, {})) ++counts[call];
  return counts;
}

std::string KillWorld::QueueDisagreement() const {
  if (!disk_.statuses.empty()) return "statuses wait in the outbox";
  if (!disk_.events.empty()) return "events wait in the outbox";
  return {};
}

std::string KillWorld::NodeDisagreement() {
  const Json node = api_.Peek(cloudhub::kNodes, "", kNode);
  if (!node.is_object() || !node.contains("status")) return "the Node has no status";
  if (disk_.objects.size() != 1) return "the store does not hold the Node alone";
  return QueueDisagreement();
}

std::string KillWorld::ContainerDisagreement(const Json& status, const std::string& name,
                                             int restarts) {
  const std::string id = RunningId(name);
  if (id.empty() || id == "several") return name + ": not one container runs but \"" + id + "\"";
  if (!FindString(status, {"containerID"}).ends_with("//" + id)) {
    return name + ": the API says another container than " + id;
  }
  if (!FindBool(status, {"ready"})) return name + ": the API says not ready";
  if (FindInt(status, {"restartCount"}) != restarts) {
    return name + ": restartCount is " + std::to_string(FindInt(status, {"restartCount"}));
  }
  return {};
}

std::string KillWorld::StoreDisagreement() {
  const std::map<sync::Kind, Json> truth = {
      {sync::Kind::kPod, Pod()["spec"]},
      {sync::Kind::kConfigMap, api_.Peek(cloudhub::kConfigMaps, "shop", "prices")["data"]},
      {sync::Kind::kSecret, api_.Peek(cloudhub::kSecrets, "shop", "keys")["data"]}};
  // And the Node and the ConfigMap with the CA.
  if (disk_.objects.size() != truth.size() + 2) return "the store holds another number of objects";
  if (disk_.tokens.size() != 1) return "the store does not hold one token";
  for (const auto& [id, held] : disk_.objects) {
    if (id.first.name == kRootCa) continue;
    const auto wanted = truth.find(id.first.kind);
    if (wanted == truth.end()) continue;
    const Result<Json> json = ParseJson(held.bytes);
    const char* part = id.first.kind == sync::Kind::kPod ? "spec" : "data";
    if (held.retained || !json.ok() || (*json)[part] != wanted->second) {
      return "the store's " + id.first.name + " is not the API's";
    }
  }
  return {};
}

std::string KillWorld::PodDisagreement(int app_restarts) {
  if (auto wrong = QueueDisagreement(); !wrong.empty()) return wrong;
  const Json pod = Pod();
  const Json* statuses = Find(pod, {"status", "containerStatuses"});
  if (statuses == nullptr || statuses->size() != 2) return "the API has no container statuses";
  if (FindString(pod, {"status", "phase"}) != "Running") return "the API does not say Running";
  for (const Json& status : *statuses) {
    const std::string name = FindString(status, {"name"});
    const auto wrong = ContainerDisagreement(status, name, name == "app" ? app_restarts : 0);
    if (!wrong.empty()) return wrong;
  }
  if (const auto wrong = StoreDisagreement(); !wrong.empty()) return wrong;
  const std::lock_guard lock(lock_);
  if (!runtime_.violations.empty()) return runtime_.violations.front();
  if (runtime_.Running().size() != 2) return "something else runs";
  if (runtime_.sandboxes().size() != 1) return "there is not one sandbox";
  if (runtime_.sandboxes().begin()->second.ips.front() != FindString(pod, {"status", "podIP"})) {
    return "the API has another podIP";
  }
  const std::string image = pod["spec"]["containers"][0]["image"];
  for (const auto* running : runtime_.Running()) {
    if (running->name == "app" && !running->image.ends_with(image)) return "the old image runs";
  }
  const std::string token = volumes_.FileOf(PodUid(), "api", "token");
  if (!token.starts_with("token-")) return "the token's file says \"" + token + "\"";
  if (disk_.tokens.begin()->second.find(token) == std::string::npos) {
    return "the store has another token than the pod";
  }
  if (volumes_.FileOf(PodUid(), "api", "ca.crt") != "the CA") return "there is no CA certificate";
  const Json prices = api_.Peek(cloudhub::kConfigMaps, "shop", "prices");
  const std::string file = volumes_.FileOf(PodUid(), "config", "tea");
  return file == prices["data"]["tea"] ? "" : "the ConfigMap's volume says \"" + file + "\"";
}

std::string KillWorld::Leftovers() {
  if (Pod().is_object()) return "the API still has the pod";
  if (disk_.objects.size() != 1) return "the store does not hold the Node alone";
  if (!disk_.facts.empty()) return "the store still has facts of the pod";
  if (!disk_.tokens.empty()) return "the store still has a token of the pod";
  if (const auto wrong = QueueDisagreement(); !wrong.empty()) return wrong;
  const std::lock_guard lock(lock_);
  if (!runtime_.violations.empty()) return runtime_.violations.front();
  if (!runtime_.containers().empty()) return "a container is left";
  if (!runtime_.sandboxes().empty()) return "a sandbox is left";
  if (!volumes_.folders().empty()) return "the pod's folder is left";
  return agent_->agent().PodsJson().empty() ? "" : "the agent still works on the pod";
}

}  // namespace edge::kill
