// The network of the model, and what hubs do to the API.
#include <algorithm>
#include <utility>

#include "tests/model/world.h"

namespace edge::model {

using sync::GetAnswer;

void World::Post(Packet packet) {
  if (faults_) {
    if (!line_up_ || Chance(15)) return;
    past_.push_back(packet);
    if (past_.size() > 40) past_.pop_front();
    packet.due = now_ + random_.Jitter(std::chrono::seconds(Chance(10) ? 60 : 2));
    if (Chance(10)) packets_.push_back(packet);
  } else {
    packet.due = now_;
  }
  packets_.push_back(std::move(packet));
}

void World::SendUp(const std::vector<sync::UpMessage>& messages) {
  for (const sync::UpMessage& message : messages) {
    for (std::size_t hub = 0; hub < hubs_.size(); ++hub) {
      if (hubs_[hub].running()) Post({{node_.sync().cluster_uid(), "n1"}, message, hub, now_});
    }
  }
}

void World::SendDown(std::size_t hub, const sync::DownMessage& message) {
  Post({{hubs_[hub].truth().cluster_uid(), "n1"}, message, hub, now_});
}

void World::Deliver() {
  std::vector<Packet> due;
  for (auto& packet : packets_) {
    if (packet.due <= now_) due.push_back(packet);
  }
  std::erase_if(packets_, [this](const Packet& packet) { return packet.due <= now_; });
  if (faults_) {
    for (std::size_t i = due.size(); i > 1; --i) std::swap(due[i - 1], due[random_.Below(i)]);
  }
  for (const Packet& packet : due) DeliverOne(packet);
}

void World::DeliverOne(const Packet& packet) {
  if (const auto* down = std::get_if<sync::DownMessage>(&packet.message)) {
    // A node of no cluster takes the first that speaks (enrolment sees to that it is the right
    // one), and a lie from the node's own cluster is nothing that the link could see through.
    const std::string& held = node_.sync().cluster_uid();
    if (held.empty() && packet.header.cluster_uid != "home") return;
    if (packet.lie && held != "home") return;
    SendUp(node_.Receive(packet.header, *down, faults_));
    return;
  }
  if (!hubs_[packet.hub].running()) return;
  sync::UpMessage up = std::get<sync::UpMessage>(packet.message);
  if (const auto* report = std::get_if<sync::StatusReport>(&up)) {
    return OnStatusReport(packet.hub, *report);
  }
  if (const auto* whole = std::get_if<sync::Heartbeat>(&up)) {
    const auto& said = node_.Said(whole->session_id, whole->sequence);
    return Do(packet.hub, hubs_[packet.hub].Hear(up, said, now_));
  }
  if (const auto* unchanged = std::get_if<sync::HeartbeatUnchanged>(&up)) {
    if (packet.hub == old_hub_) return;
    const auto& said = node_.Said(unchanged->session_id, unchanged->sequence);
    return Do(packet.hub, hubs_[packet.hub].Hear(up, said, now_));
  }
  Do(packet.hub, hubs_[packet.hub].session().Receive(up, now_));
}

/// The holder writes to the API, then acks. (One whose Lease lapsed stops writing.)
void World::OnStatusReport(std::size_t hub, const sync::StatusReport& report) {
  if (hub != holder_ && hub != kStranger) return;
  Truth& truth = truths_[hub == kStranger ? 1 : 0];
  sync::StatusAck ack;
  for (const auto& row : report.rows) {
    if (truth.Live(row.entry.uid)) truth.statuses[row.entry.uid] = row.entry.version;
    ack.rows.push_back({row.entry.uid, row.sequence, {}});
  }
  SendDown(hub, ack);
}

void World::AnswerGets() {
  const auto due = [this](const PendingGet& get) { return get.due <= now_; };
  std::vector<PendingGet> ready;
  std::copy_if(gets_.begin(), gets_.end(), std::back_inserter(ready), due);
  std::erase_if(gets_, due);
  for (const PendingGet& get : ready) {
    if (!hubs_[get.hub].running()) continue;
    GetAnswer answer{get.request.entry, GetAnswer::What::kNotFound, {}};
    const auto& objects = hubs_[get.hub].truth().objects();
    if (const auto at = objects.find(answer.entry.key); at != objects.end()) {
      answer.what = GetAnswer::What::kFound;
      answer.uid = at->second.entry.uid;
    }
    if (faults_ && Chance(30)) {
      answer.what = mutation_ == Mutation::kErrorIsEvidence ? GetAnswer::What::kNotFound
                                                            : GetAnswer::What::kError;
    }
    if (mutation_ == Mutation::kAbsenceIsEvidence) answer.what = GetAnswer::What::kNotFound;
    Do(get.hub, hubs_[get.hub].session().Answer(answer, now_));
  }
}

void World::TickHubs() {
  for (std::size_t i = 0; i < hubs_.size(); ++i) {
    if (!hubs_[i].running()) continue;
    const auto due = hubs_[i].session().next_tick();
    if (due && *due <= now_) Do(i, hubs_[i].session().Tick(now_));
  }
}

void World::Heartbeat() {
  if (now_ < next_beat_) return;
  // In bursts too, so that there are some between which nothing has changed.
  next_beat_ = now_ + (faults_ && Chance(60) ? random_.Jitter(std::chrono::seconds(2)) : kBeat);
  SendUp({node_.Beat()});
  if (const auto report = node_.Report()) SendUp({*report});
}

void World::Do(std::size_t hub, const std::vector<sync::HubOutput>& outputs) {
  for (const sync::HubOutput& output : outputs) Do(hub, output);
}

void World::Do(std::size_t hub, const sync::HubOutput& output) {
  for (sync::DownMessage message : output.send) {
    if (auto* welcome = std::get_if<sync::Welcome>(&message)) {
      welcome->reads_unchanged = hub != old_hub_;
    }
    SendDown(hub, message);
  }
  for (const sync::GetRequest& request : output.gets) {
    const Duration delay = faults_ ? random_.Jitter(std::chrono::seconds(5)) : Duration::zero();
    gets_.push_back({hub, request, now_ + delay});
  }
  const bool may_raise = hub == holder_ || hub == kStranger;
  if (!output.raise_epoch_above || !may_raise || mutation_ == Mutation::kNoRaise) return;
  std::uint64_t& lease = lease_[hub == kStranger ? kStranger : 0];
  lease = std::max(lease, *output.raise_epoch_above) + 1;
  Do(hub, hubs_[hub].session().SetEpoch(lease, now_));
}

}  // namespace edge::model
