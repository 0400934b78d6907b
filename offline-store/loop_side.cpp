#include "offline-store/loop_side.h"

#include "common/log.h"

namespace edge::offline_store {

bool LoopSide::Gather(PendingBatch pending) {
  gathered_.push_back(std::move(pending));
  return gathered_.size() == 1;
}

void LoopSide::Finish(GroupResult result) {
  if (closed_) return;
  UpdateHealth(result);
  if (result.status.ok()) outbox_.Apply(std::move(result.delta));
  for (const Store::Committed& done : result.done) {
    if (closed_) return;  // an earlier callback destroyed the store
    if (done) done(result.status);
  }
}

void LoopSide::UpdateHealth(const GroupResult& result) {
  switch (result.status.code()) {
    case Code::kOk:
      // An empty store that took a broken one's place is whole again once the cloud has spoken.
      if (health_ == Health::kBroken && !result.put_an_object) return;
      return SetHealth(Health::kGood, "");
    case Code::kResourceExhausted: return SetHealth(Health::kDiskFull, result.status.ToString());
    default: return SetHealth(Health::kBroken, result.status.ToString());
  }
}

void LoopSide::SetHealth(Health health, std::string message) {
  const bool changed = health != health_;
  health_ = health;
  health_message_ = std::move(message);
  if (!changed) return;  // said once, not at every try
  if (health == Health::kGood) {
    LogInfo("the store keeps what it is given again");
  } else {
    LogError("the store cannot keep what it is given; running pods stay",
             {{"CAUSE", health_message_}});
  }
}

}  // namespace edge::offline_store
