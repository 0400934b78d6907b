#pragma once

#include <string>

#include "edged/agent/agent.h"
#include "tests/fakes/fake_store.h"
#include "tests/fault/kill/crashing_ports.h"

namespace edge::kill {

/// One process of the agent on ports that can kill it. Destroying it is its death: what it had not
/// committed is lost.
class AgentProcess {
 public:
  /// What outlives the process.
  struct Outside {
    CrashPoints& points;
    std::mutex& lock;
    Executor& executor;
    Random& random;
    fakes::FakeDisk& disk;
    edged::RuntimePorts runtime;
    edged::NodeFactsSource& facts;
    link::MqttClientFactory mqtt;
  };

  AgentProcess(edged::AgentOptions options, const Outside& outside)
      : doom_{outside.points, outside.lock, outside.points.Begin()},
        disk_store_(outside.executor, outside.disk),
        store_(doom_, disk_store_),
        sandboxes_(doom_, outside.runtime.sandboxes),
        containers_(doom_, outside.runtime.containers),
        images_(doom_, outside.runtime.images),
        info_(doom_, outside.runtime.info),
        events_(doom_, outside.runtime.events),
        volumes_(doom_, outside.runtime.volumes),
        facts_(doom_, outside.facts),
        agent_(std::move(options),
               {store_,
                {sandboxes_, containers_, images_, info_, events_, volumes_},
                facts_,
                Factory(doom_, outside.mqtt)},
               outside.executor, outside.random) {}

  Status Start() { return agent_.Start(); }
  const edged::Agent& agent() const { return agent_; }
  fakes::FakeStore& store() { return disk_store_; }

 private:
  static link::MqttClientFactory Factory(Doom doom, link::MqttClientFactory real) {
    return [doom, real = std::move(real)](link::MqttClient::Handlers handlers) {
      return std::make_unique<CrashingMqttClient>(doom, real, std::move(handlers));
    };
  }

  const Doom doom_;
  fakes::FakeStore disk_store_;
  CrashingStore store_;
  CrashingSandboxes sandboxes_;
  CrashingContainers containers_;
  CrashingImages images_;
  CrashingRuntimeInfo info_;
  CrashingEvents events_;
  CrashingVolumes volumes_;
  CrashingFacts facts_;
  edged::Agent agent_;
};

}  // namespace edge::kill
