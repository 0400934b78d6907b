#include "tests/model/world.h"

#include <algorithm>
#include <iostream>

#include "sync/digest.h"
#include "sync/heartbeat_shortener.h"
#include "sync/prune.h"

namespace edge::model {

using sync::Entry;
using sync::Kind;

namespace {

constexpr int kFaultSteps = 120;
// Sooner than every heartbeat without exception would be a whole one.
constexpr int kCalmBeats = static_cast<int>(sync::HeartbeatShortener::kWholeEvery) - 1;
constexpr int kCalmBeatsOfOldHub = 60;  // which has nothing to ask for a whole one with

}  // namespace

std::size_t World::completed() const {
  return hubs_[0].completed() + hubs_[1].completed() + hubs_[2].completed();
}

std::size_t World::requested() const {
  return hubs_[0].requested() + hubs_[1].requested() + hubs_[2].requested();
}

World::World(std::uint64_t seed, Mutation mutation, bool trace)
    : random_(seed),
      mutation_(mutation),
      trace_(trace),
      truths_{Truth("home"), Truth("away")},
      hubs_{ModelHub(truths_[0], random_, mutation), ModelHub(truths_[0], random_, mutation),
            ModelHub(truths_[1], random_, mutation)},
      node_(random_, mutation, [this](const std::string& cluster, const std::string& uid) {
        return std::any_of(truths_.begin(), truths_.end(), [&](const Truth& truth) {
          return truth.cluster_uid() == cluster && truth.Live(uid);
        });
      }) {
  for (Truth& truth : truths_) truth.Seed(random_);
  if (Chance(20)) old_hub_ = random_.Below(2);
}

std::optional<std::string> World::Run() {
  try {
    StartHub(0, ModelHub::Cache::kHonest);
    // In some worlds the other cluster's hub gets hold of the line as well.
    if (Chance(30)) StartHub(kStranger, AnyCache());
    for (int step = 0; step < kFaultSteps; ++step) FaultStep();
    CalmDown();
    std::optional<std::string> unsettled = "never looked";
    const int patience = old_hub_ == kNoHub ? kCalmBeats : kCalmBeatsOfOldHub;
    for (int beat = 0; beat < patience && unsettled; ++beat) {
      CalmBeat();
      unsettled = Unsettled();
      settled_after_ = beat + 1;
    }
    if (unsettled) return "did not converge: " + *unsettled;
  } catch (const Violation& violation) {
    return violation.what;
  }
  return std::nullopt;
}

void World::FaultStep() {
  now_ += std::chrono::milliseconds(100) + random_.Jitter(std::chrono::seconds(3));
  if (Chance(20)) truths_[0].Step(random_);
  if (Chance(5)) truths_[1].Step(random_);
  if (Chance(5)) line_up_ = !line_up_;
  if (Chance(2)) packets_.clear();  // the broker lost its queues
  if (Chance(10) && !past_.empty()) {
    Packet again = past_[random_.Below(past_.size())];
    again.due = now_;
    packets_.push_back(std::move(again));
  }
  NodeFault();
  HubFault();
  StrangerSpeaks();
  for (std::size_t i = 0; i < hubs_.size(); ++i) Do(i, hubs_[i].Follow(random_.Below(4), now_));
  if (Chance(40)) node_.ChangeStatus();
  if (Chance(10) && !truths_[0].statuses.empty()) {  // a controller overwrites a status
    truths_[0].statuses.begin()->second = sync::VersionOf("a controller's");
  }
  AnswerGets();
  Deliver();
  if (Chance(50)) SendUp(node_.FinishCommit(faults_));
  TickHubs();
  Heartbeat();
  node_.Check();
}

void World::NodeFault() {
  if (Chance(3)) copies_.push_back(node_.disk());
  if (Chance(4)) {
    Note("node restarts");
    node_.Restart();
  } else if (Chance(1) && !copies_.empty()) {
    Note("node gets an older copy of its store");
    node_.Replace(copies_[random_.Below(copies_.size())]);
  } else if (random_.Below(200) == 0) {
    Note("node is re-imaged");
    node_.Replace(Disk());
  }
}

void World::HubFault() {
  if (Chance(3)) {
    Note("holder restarts");
    StartHub(holder_, AnyCache());
  } else if (Chance(3)) {
    Note("handover");
    holder_ = 1 - holder_;
    StartHub(holder_, AnyCache());  // and the other one goes on speaking
  }
  if (Chance(5)) hubs_[1 - holder_].Stop();
  for (std::size_t i = 0; i < hubs_.size(); ++i) {
    if (hubs_[i].running() && Chance(4)) {
      Note("relist of hub " + std::to_string(i));
      Do(i, hubs_[i].Relist(Chance(60) ? ModelHub::Cache::kHonest : AnyCache(), now_));
    }
  }
  if (hubs_[kStranger].running() && random_.Below(400) == 0) moving_ = true;
  if (moving_) Do(kStranger, hubs_[kStranger].session().ConfirmFrom("home", now_));
}

/// What a hub of another cluster could send at its worst.
void World::StrangerSpeaks() {
  if (!hubs_[kStranger].running() || !Chance(15) || moving_) return;
  const sync::Order order{lease_[kStranger], 100000 + random_.Below(100000)};
  if (Chance(30)) return Lie(sync::Welcome{order.epoch, "away", "", 15, ""});
  if (Chance(50) && !truths_[1].objects().empty()) {
    return Lie(sync::Put{truths_[1].objects().begin()->second, 1, order});
  }
  if (node_.disk().objects.empty()) return;
  auto at = node_.disk().objects.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(random_.Below(node_.disk().objects.size())));
  Lie(sync::Remove{at->second.entry, order, sync::Evidence::kGetNotFound});
}

void World::Lie(const sync::DownMessage& message) {
  Packet packet{{"away", "n1"}, message, kStranger, now_};
  packet.lie = true;
  Post(std::move(packet));
}

void World::CalmDown() {
  Note("calm");
  faults_ = false;
  line_up_ = true;
  packets_.clear();
  if (!moving_) hubs_[kStranger].Stop();
  hubs_[1 - holder_].Stop();
  if (!hubs_[holder_].running()) StartHub(holder_, ModelHub::Cache::kHonest);
  for (std::size_t i = 0; i < hubs_.size(); ++i) {
    if (hubs_[i].running()) Do(i, hubs_[i].Relist(ModelHub::Cache::kHonest, now_));
  }
}

void World::CalmBeat() {
  for (int i = 0; i < 15; ++i) {
    now_ += kBeat / 15;
    if (i == 0 && settled_after_ < 0) node_.ChangeStatus();
    for (std::size_t hub = 0; hub < hubs_.size(); ++hub) Do(hub, hubs_[hub].Follow(1000, now_));
    AnswerGets();
    Deliver();
    SendUp(node_.FinishCommit(faults_));
    TickHubs();
    Heartbeat();
    if (packets_.empty() && gets_.empty() && !node_.sync().committing()) {
      now_ = std::max(now_, next_beat_ - kBeat / 15);
      i = 15;
    }
  }
  node_.Check();
}

const Truth& World::Home() {
  return node_.sync().cluster_uid() == "away" ? truths_[1] : truths_[0];
}

std::optional<std::string> World::Unsettled() {
  const std::size_t hub = Home().cluster_uid() == "away" ? kStranger : holder_;
  if (!hubs_[hub].running()) return "no hub speaks for the node's cluster";
  if (node_.sync().committing()) return "a commit is under way";
  if (hubs_[hub].session().pending() > 0) return "objects are pending";
  const sync::Heartbeat beat = [this] {
    sync::Heartbeat filled;
    node_.sync().Fill(&filled);
    return filled;
  }();
  if (beat.unwelcomed) return "the node was not welcomed";
  if (beat.desired != sync::DigestOf(Home().Desired())) return "desired state differs";
  for (const auto& [id, object] : node_.disk().objects) {
    if (object.retained && Home().Live(id.second)) return "a live object is held as retained";
    if (id.first != Kind::kPod) continue;
    const auto at = node_.disk().statuses.find(id.second);
    if (at == node_.disk().statuses.end()) continue;
    const auto reported = Home().statuses.find(id.second);
    if (reported == Home().statuses.end() || reported->second != at->second.version) {
      return "status of " + id.second + " differs";
    }
  }
  return std::nullopt;
}

void World::StartHub(std::size_t hub, ModelHub::Cache cache) {
  const std::size_t lease = hub == kStranger ? kStranger : 0;
  if (mutation_ != Mutation::kNoRaise || lease_[lease] == 0) ++lease_[lease];
  Do(hub, hubs_[hub].Start(lease_[lease], cache, now_));
}

ModelHub::Cache World::AnyCache() {
  using Cache = ModelHub::Cache;
  static constexpr Cache kAll[] = {Cache::kHonest, Cache::kHonest, Cache::kEmpty, Cache::kForbidden,
                                   Cache::kUnsynced};
  return kAll[random_.Below(std::size(kAll))];
}

void World::Note(const std::string& text) const {
  if (trace_) std::cerr << now_.time_since_epoch().count() / 1000000 << " ms: " << text << "\n";
}

}  // namespace edge::model
