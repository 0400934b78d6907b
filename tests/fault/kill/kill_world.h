#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "cloudhub/adapters/mqtt/mqtt_gateway.h"
#include "cloudhub/core/fleet/fleet.h"
#include "edged/ports/node_facts.h"
#include "tests/fakes/fake_kube_api.h"
#include "tests/fakes/fake_mqtt.h"
#include "tests/fakes/fake_runtime.h"
#include "tests/fakes/fake_store.h"
#include "tests/fakes/fake_volumes.h"
#include "tests/fakes/skipping_executor.h"
#include "tests/fakes/temp_folder.h"
#include "tests/fault/kill/crash_points.h"

namespace edge::kill {

class AgentProcess;

/// Runtime events as the test tells them, to whoever subscribed last.
struct ToldEvents final : edged::RuntimeEvents {
  void Subscribe(std::function<void(edged::RuntimeEvent)> on_event,
                 std::function<void()>) override {
    listener = std::move(on_event);
  }
  std::function<void(edged::RuntimeEvent)> listener;
};

struct FixedFacts final : edged::NodeFactsSource {
  Result<edged::NodeFacts> Read() override;
  std::atomic<std::int64_t> cpu_millicores = 2000;
};

/// A hub, a broker and a terminal's disk and runtime, which outlive every process of the agent, and
/// the agent: whenever it was killed, the next one starts at once.
///
/// Thread rule: one thread; the agent's lanes are its own.
class KillWorld {
 public:
  KillWorld();
  ~KillWorld();

  CrashPoints points;

  void StartAgent();
  void CreatePod();
  void ChangePrice(const std::string& price);
  /// The container exits by itself, with `code`, and leaves a message.
  void Exit(const std::string& container, int code);
  void ChangeImage(const std::string& image);
  void DeletePod();
  /// The agent dies where it stands.
  void KillAgent();
  /// And all that runs with it.
  void CutPower();
  void SetCpu(std::int64_t millicores) { facts_.cpu_millicores = millicores; }
  fakes::FakeKubeApi& api() { return api_; }
  fakes::FakeDisk& disk() { return disk_; }
  /// Of the agent that runs.
  fakes::FakeStore& store();
  /// Before the agent is started.
  void AddForeignPod(const std::string& name) { runtime_.foreign.push_back(name); }

  /// Runs until `disagreement` says nothing, and a heartbeat later, when it must still say nothing.
  /// What it says otherwise.
  std::string Await(const std::function<std::string()>& disagreement);

  /// What hub and node disagree on before there is a pod.
  std::string NodeDisagreement();
  /// What API, store and runtime disagree on while the pod is to run, with this many restarts of
  /// its container "app".
  std::string PodDisagreement(int app_restarts);
  /// What is left of the deleted pod anywhere.
  std::string Leftovers();

  /// How often the runtime was told that ("StartContainer app") since the last time of asking.
  std::map<std::string, int> TakeCalls();
  std::string RunningId(const std::string& container);

 private:
  void KeepAgentAlive();
  void RunInitContainer();
  void Tell(const std::string& id);
  std::string ContainerDisagreement(const Json& status, const std::string& name, int restarts);
  std::string StoreDisagreement();
  std::string QueueDisagreement() const;
  Json Pod() const;
  std::string PodUid() const;

  fakes::TempFolder folder_;
  fakes::SkippingExecutor executor_;
  SeededRandom random_{7};
  std::mutex lock_;
  fakes::FakeBroker broker_{executor_};
  fakes::FakeKubeApi api_{executor_};
  fakes::FakeRuntime runtime_;  // guarded by lock_
  fakes::FakeVolumes volumes_;  // guarded by lock_
  fakes::FakeDisk disk_;
  ToldEvents events_;
  FixedFacts facts_;
  std::unique_ptr<cloudhub::MqttGateway> gateway_;
  std::unique_ptr<cloudhub::Fleet> fleet_;
  std::unique_ptr<AgentProcess> agent_;
  bool started_ = false;
};

}  // namespace edge::kill
