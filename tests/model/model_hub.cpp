#include "tests/model/model_hub.h"

#include <algorithm>

#include "sync/digest.h"

namespace edge::model {

using sync::Entry;
using sync::HubOutput;
using sync::Kind;

ModelHub::ModelHub(const Truth& truth, Random& random, Mutation mutation)
    : truth_(truth), random_(random), mutation_(mutation) {}

HubOutput ModelHub::Start(std::uint64_t epoch, Cache cache, BootTime now) {
  config_ = {};
  config_.cluster_uid = truth_.cluster_uid();
  if (mutation_ == Mutation::kNoRetry) {
    config_.retry_first = config_.retry_limit = std::chrono::hours(24);
  }
  config_.max_in_flight = 1 + random_.Below(8);
  session_ = std::make_unique<sync::HubSession>(config_, *this, random_);
  Load(cache);
  return session_->SetEpoch(epoch, now);
}

void ModelHub::Load(Cache cache) {
  cache_ = cache;
  objects_.clear();
  desired_.reset();
  if (cache == Cache::kEmpty || cache == Cache::kUnsynced) return;
  // A lagging API server answers the list with how things were some events ago.
  const std::size_t lag = random_.Below(std::min<std::size_t>(truth_.log().size(), 8) + 1);
  position_ = truth_.log().size() - lag;
  for (std::size_t i = 0; i < position_; ++i) {
    const TruthEvent& event = truth_.log()[i];
    const Entry& entry = event.object.entry;
    if (event.deleted) {
      objects_.erase(entry.key);
    } else if (cache != Cache::kForbidden || entry.key.kind != Kind::kSecret) {
      objects_[entry.key] = event.object;
    }
  }
}

HubOutput ModelHub::Hear(sync::UpMessage beat, const sync::Heartbeat& said, BootTime now) {
  if (mutation_ == Mutation::kNoDigest) {
    sync::Heartbeat equal = said;
    equal.desired = sync::DigestOf(Desired(1));
    equal.status = sync::DigestOf(Statuses());
    return session_->Receive(equal, now);
  }
  auto* unchanged = std::get_if<sync::HeartbeatUnchanged>(&beat);
  if (unchanged != nullptr && mutation_ == Mutation::kAnyWholeHeartbeat) unchanged->whole = whole_;
  HubOutput out = session_->Receive(beat, now);
  if (!out.heard) return out;
  const auto& taken = session_->heartbeat();
  const bool whole =
      taken && taken->session_id == said.session_id && taken->sequence == said.sequence;
  if (whole && *taken != said) throw Violation{"a heartbeat was completed with another's digests"};
  if (unchanged == nullptr) {
    whole_ = said.sequence;
  } else {
    ++(whole ? completed_ : requested_);
  }
  if (mutation_ == Mutation::kNoHeartbeatRequest) {
    std::erase_if(out.send, [](const sync::DownMessage& message) {
      return std::holds_alternative<sync::HeartbeatRequest>(message);
    });
  }
  return out;
}

std::vector<HubOutput> ModelHub::Relist(Cache cache, BootTime now) {
  const auto before = Desired(1);
  Load(cache);
  std::vector<Entry> deleted;
  if (mutation_ == Mutation::kRelistDeletes) {
    for (const Entry& entry : before) {
      const auto at = objects_.find(entry.key);
      if (at == objects_.end() || at->second.entry.uid != entry.uid) deleted.push_back(entry);
    }
  }
  return Tell(before, deleted, false, now);
}

std::vector<HubOutput> ModelHub::Follow(std::size_t limit, BootTime now) {
  std::vector<HubOutput> outputs;
  if (cache_ != Cache::kHonest || !running()) return outputs;
  for (; limit > 0 && position_ < truth_.log().size(); --limit) {
    const auto before = Desired(1);
    desired_.reset();
    const TruthEvent& event = truth_.log()[position_++];
    const Entry& entry = event.object.entry;
    if (event.deleted) {
      objects_.erase(entry.key);
    } else {
      objects_[entry.key] = event.object;
    }
    const auto told =
        Tell(before, event.deleted ? std::vector<Entry>{entry} : std::vector<Entry>(), true, now);
    outputs.insert(outputs.end(), told.begin(), told.end());
  }
  return outputs;
}

/// What the fleet would tell the session after its cache changed.
std::vector<HubOutput> ModelHub::Tell(const std::vector<Entry>& before,
                                      const std::vector<Entry>& deleted, bool watch, BootTime now) {
  std::vector<HubOutput> outputs;
  if (!running()) return outputs;
  const auto after = Desired(1);
  for (const Entry& entry : deleted) outputs.push_back(session_->Deleted(entry, now));
  for (const Entry& entry : after) {
    if (std::find(before.begin(), before.end(), entry) == before.end()) {
      outputs.push_back(session_->Changed(entry, now));
    }
  }
  for (const Entry& entry : before) {
    if (!watch || entry.key.kind == Kind::kPod || Referenced(entry.key)) continue;
    outputs.push_back(session_->Unreferenced(entry, now));
  }
  return outputs;
}

bool ModelHub::Synced(Kind kind) const {
  if (cache_ == Cache::kUnsynced) return false;
  return cache_ != Cache::kForbidden || kind != Kind::kSecret;
}

std::vector<Entry> ModelHub::Desired(std::uint32_t) const {
  if (!desired_) desired_ = DesiredOf(objects_);
  return *desired_;
}

std::optional<sync::DesiredObject> ModelHub::Find(Kind kind, const std::string& uid,
                                                  std::uint32_t) const {
  for (const Entry& entry : Desired(1)) {
    if (entry.key.kind == kind && entry.uid == uid) return objects_.at(entry.key);
  }
  return std::nullopt;
}

bool ModelHub::Referenced(const sync::ObjectKey& key) const {
  for (const auto& [name, object] : objects_) {
    if (name.kind != Kind::kPod) continue;
    const auto keys = ModelReferences(*object.bytes).value();
    if (std::count(keys.begin(), keys.end(), key) > 0) return true;
  }
  return false;
}

std::vector<Entry> ModelHub::Statuses() const {
  std::vector<Entry> entries;
  for (const auto& [key, object] : objects_) {
    const auto at = truth_.statuses.find(object.entry.uid);
    if (at == truth_.statuses.end()) continue;
    entries.push_back({key, object.entry.uid, at->second});
  }
  return entries;
}

}  // namespace edge::model
