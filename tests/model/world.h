#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/random.h"
#include "tests/model/model_hub.h"
#include "tests/model/model_node.h"

namespace edge::model {

/// One run of the model: a node, two hub replicas of its cluster, a hub of another cluster, and a
/// network that loses, doubles, reorders and replays. Everything follows from the seed. There is
/// no wall clock in it because sync/ knows none: a clock that is set cannot touch it.
class World {
 public:
  World(std::uint64_t seed, Mutation mutation, bool trace);

  /// Faults, then calm. What broke; nullopt when nothing did.
  std::optional<std::string> Run();
  /// Heartbeats of calm until all was well.
  int settled_after() const { return settled_after_; }
  /// Short heartbeats that a hub could complete, and those that it could not.
  std::size_t completed() const;
  std::size_t requested() const;

 private:
  struct Packet {
    sync::Header header;
    std::variant<sync::DownMessage, sync::UpMessage> message;
    std::size_t hub = 0;  // the receiver of one that goes up
    BootTime due;
    bool lie = false;  // made up by the stranger: for a node of another cluster only
  };
  struct PendingGet {
    std::size_t hub;
    sync::GetRequest request;
    BootTime due;
  };

  void FaultStep();
  void NodeFault();
  void HubFault();
  void StrangerSpeaks();
  void Lie(const sync::DownMessage& message);
  void CalmDown();
  void CalmBeat();
  std::optional<std::string> Unsettled();

  void Deliver();
  void DeliverOne(const Packet& packet);
  void OnStatusReport(std::size_t hub, const sync::StatusReport& report);
  void AnswerGets();
  void TickHubs();
  void Heartbeat();
  void SendUp(const std::vector<sync::UpMessage>& messages);
  void SendDown(std::size_t hub, const sync::DownMessage& message);
  void Post(Packet packet);
  void Do(std::size_t hub, const sync::HubOutput& output);
  void Do(std::size_t hub, const std::vector<sync::HubOutput>& outputs);
  void StartHub(std::size_t hub, ModelHub::Cache cache);
  const Truth& Home();
  bool Chance(unsigned percent) { return random_.Below(100) < percent; }
  ModelHub::Cache AnyCache();
  void Note(const std::string& text) const;

  static constexpr std::size_t kStranger = 2;
  static constexpr std::size_t kNoHub = 3;
  static constexpr Duration kBeat = std::chrono::seconds(15);

  SeededRandom random_;
  const Mutation mutation_;
  const bool trace_;
  BootTime now_{std::chrono::hours(1)};
  std::array<Truth, 2> truths_;
  std::array<ModelHub, 3> hubs_;
  std::array<std::uint64_t, 3> lease_{};  // the highest epoch written, by cluster: index 0 and 2
  std::size_t holder_ = 0;
  ModelNode node_;
  std::vector<Disk> copies_;
  std::vector<Packet> packets_;
  std::deque<Packet> past_;
  std::vector<PendingGet> gets_;
  BootTime next_beat_{};
  std::size_t old_hub_ = kNoHub;  // of a version that does not read short heartbeats
  bool faults_ = true;
  bool line_up_ = true;
  bool moving_ = false;  // an operator confirms the stranger's cluster
  int settled_after_ = -1;
};

}  // namespace edge::model
