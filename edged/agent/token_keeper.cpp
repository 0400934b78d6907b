#include "edged/agent/token_keeper.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/log.h"
#include "common/retry.h"

namespace edge::edged {
namespace {

constexpr Duration kPatience = std::chrono::seconds(5);
/// A till that was off over the weekend has old tokens until it has asked: no news for anybody.
constexpr Duration kPatienceWithOld = std::chrono::minutes(1);
constexpr Duration kFirstAskAgain = std::chrono::seconds(5);
constexpr Duration kLastAskAgain = std::chrono::minutes(2);
/// Not every terminal of a fleet asks in the second in which the line comes back.
constexpr Duration kSpreadMissing = std::chrono::milliseconds(500);
constexpr Duration kSpreadRefresh = std::chrono::seconds(20);
/// What is due within a tenth of its life is refreshed with what is due now, and stored with it: an
/// idle terminal writes seldom to its flash.
constexpr int kTogether = 10;
constexpr Duration kTogetherAtMost = std::chrono::hours(1);
constexpr Duration kStoreTogether = std::chrono::seconds(2);
constexpr Duration kStoreAgain = std::chrono::seconds(30);
constexpr Duration kPodAtItsEnd = std::chrono::hours(24);

Duration Together(const TokenLife& life) {
  return std::min<Duration>(life.lifetime / kTogether, kTogetherAtMost);
}

}  // namespace

TokenKeeper::TokenKeeper(offline_store::Store& store, Executor& executor, Random& random,
                         std::string boot_id, Callbacks callbacks)
    : store_(store),
      executor_(executor),
      random_(random),
      boot_id_(std::move(boot_id)),
      callbacks_(std::move(callbacks)) {}

TokenKeeper::~TokenKeeper() {
  if (!unstored_.empty()) store_.Commit(TakeUnstored(), [](const Status&) {});
}

void TokenKeeper::Start(const std::vector<offline_store::HeldToken>& tokens,
                        const std::function<bool(const std::string& pod_uid)>& is_held) {
  offline_store::Batch gone;
  for (const offline_store::HeldToken& row : tokens) {
    if (!is_held(row.key.pod_uid)) {
      gone.push_back(offline_store::DeleteTokens{row.key.pod_uid});
      continue;
    }
    auto life =
        ReadTokenLife(row.bytes, boot_id_, executor_.clock().Boot(), executor_.clock().Wall());
    if (!life.ok()) {
      LogWarning("stored token not read",
                 {{"POD_UID", row.key.pod_uid}, {"WHY", life.status().ToString()}});
      continue;
    }
    Entry& entry = entries_[row.key];
    entry.life = *std::move(life);
    entry.ask_at = entry.life.refresh_at;
  }
  if (!gone.empty()) store_.Commit(std::move(gone), [](const Status&) {});
}

std::map<kube::TokenSource, TokenState> TokenKeeper::Want(const Pod& pod) {
  std::map<kube::TokenSource, TokenState> states;
  for (const Volume& volume : pod.volumes) {
    for (const VolumeSource& source : volume.sources) {
      if (!source.token) continue;
      const kube::TokenSource& what = source.token->what;
      const Entry& entry = Wanted(pod, what);
      states[what] =
          IsMissing(entry) ? TokenState{"", WhyMissing(entry)} : TokenState{entry.life.token, ""};
    }
  }
  return states;
}

const TokenKeeper::Entry& TokenKeeper::Wanted(const Pod& pod, const kube::TokenSource& what) {
  const sync::TokenKey key{pod.uid, what.audience,
                           static_cast<std::uint64_t>(what.expiration_seconds)};
  Entry& entry = entries_[key];
  if (!entry.request.name.empty()) return entry;
  entry.request = {key, pod.ns, pod.name,
                   pod.service_account.empty() ? "default" : pod.service_account};
  entry.wanted_since = executor_.clock().Boot();
  look_ = executor_.After(Duration::zero(), [this] { Look(); });
  return entry;
}

std::string TokenKeeper::WhyNoAnswer(const Entry& entry) const {
  if (!entry.refused.empty()) return entry.refused;
  return connected_ ? "the hub has not answered yet" : "there is no connection to the hub";
}

std::string TokenKeeper::WhyMissing(const Entry& entry) const {
  const bool on_its_way = entry.storing || (entry.refused.empty() && !entry.overdue);
  return on_its_way ? "" : WhyNoAnswer(entry);
}

void TokenKeeper::Forget(const std::string& pod_uid) {
  const auto is_its = [&](const auto& item) { return item.first.pod_uid == pod_uid; };
  if (std::erase_if(entries_, is_its) == 0) return;
  std::erase_if(unstored_, [&](const auto& key) { return key.pod_uid == pod_uid; });
  store_.Commit({offline_store::DeleteTokens{pod_uid}}, [](const Status& status) {
    if (!status.ok()) LogWarning("tokens of a gone pod not deleted", {{"WHY", status.ToString()}});
  });
}

void TokenKeeper::OnConnected() {
  connected_ = true;
  const BootTime now = executor_.clock().Boot();
  for (auto& [key, entry] : entries_) {
    const Duration spread = IsMissing(entry) ? kSpreadMissing : kSpreadRefresh;
    if (entry.asked == 0 && entry.ask_at > now) continue;
    entry.asked = std::min(entry.asked, 1);
    entry.ask_at = now + random_.Jitter(spread);
  }
  Arm();
}

void TokenKeeper::OnDisconnected() {
  connected_ = false;
  Arm();
}

void TokenKeeper::Look() {
  const BootTime now = executor_.clock().Boot();
  std::set<std::string> changed;
  for (auto& [key, entry] : entries_) {
    if (entry.request.name.empty()) continue;  // no pod wants it yet
    if (IsMissing(entry) && !entry.overdue && now >= entry.wanted_since + kPatience) {
      entry.overdue = true;
      changed.insert(key.pod_uid);
    }
    if (!IsMissing(entry) && !entry.told_old && now >= TellOldAt(entry)) TellOld(entry);
    if (connected_) AskIfDue(entry, now);
  }
  Arm();
  for (const std::string& uid : changed) callbacks_.on_change(uid);
}

void TokenKeeper::AskIfDue(Entry& entry, BootTime now) {
  const bool first = entry.asked == 0 && !IsMissing(entry);
  if (now + (first ? Together(entry.life) : Duration::zero()) < entry.ask_at) return;
  if (!callbacks_.is_live(entry.request.key.pod_uid)) {
    entry.ask_at = now + kPodAtItsEnd;
    return;
  }
  entry.ask_at = now + PauseBeforeRetry(random_, entry.asked++, kFirstAskAgain, kLastAskAgain);
  callbacks_.send(entry.request);
}

BootTime TokenKeeper::TellOldAt(const Entry& entry) {
  return std::max(entry.life.expires_at, entry.wanted_since + kPatienceWithOld);
}

void TokenKeeper::TellOld(Entry& entry) {
  entry.told_old = true;
  const sync::TokenRequest& request = entry.request;
  if (!callbacks_.is_live(request.key.pod_uid)) return;
  const std::string text =
      "the token of serviceaccount \"" + request.service_account +
      "\" has expired, and the pod keeps it until there is another: " + WhyNoAnswer(entry);
  LogWarning(text, {{"POD", request.ns + "/" + request.name}});
  callbacks_.on_event({{"v1", "Pod", request.ns, request.name, request.key.pod_uid, ""},
                       true,
                       "TokenExpired",
                       text});
}

void TokenKeeper::Arm() {
  std::optional<BootTime> next;
  const auto at = [&](BootTime time) { next = next ? std::min(*next, time) : time; };
  for (const auto& [key, entry] : entries_) {
    if (entry.request.name.empty()) continue;
    if (IsMissing(entry) && !entry.overdue) at(entry.wanted_since + kPatience);
    if (!IsMissing(entry) && !entry.told_old) at(TellOldAt(entry));
    if (connected_) at(entry.ask_at);
  }
  look_.Cancel();
  if (!next) return;
  look_ = executor_.After(std::max(*next - executor_.clock().Boot(), Duration::zero()),
                          [this] { Look(); });
}

void TokenKeeper::OnReply(const sync::TokenReply& reply) {
  const auto found = entries_.find(reply.key);
  if (found == entries_.end() || found->second.asked == 0) return;  // doubled, or the pod went
  Entry& entry = found->second;
  if (!reply.refused.empty()) {
    if (std::exchange(entry.refused, reply.refused) == reply.refused) return;
    LogWarning("no token for a pod", {{"POD", entry.request.ns + "/" + entry.request.name},
                                      {"SERVICE_ACCOUNT", entry.request.service_account},
                                      {"WHY", reply.refused}});
    if (IsMissing(entry)) callbacks_.on_change(reply.key.pod_uid);
    return;
  }
  const bool first = entry.life.token.empty();
  entry.life = NewTokenLife(reply.token, reply.lifetime_seconds, executor_.clock().Boot(),
                            executor_.clock().Wall());
  entry.ask_at = entry.life.refresh_at - random_.Jitter(Together(entry.life));
  entry.asked = 0;
  entry.refused.clear();
  entry.overdue = entry.told_old = false;
  if (first) {
    entry.storing = true;
    store_.Commit({RowOf(entry)},
                  [this, key = reply.key, alive = std::weak_ptr(alive_)](const Status& stored) {
                    if (!alive.expired()) Release(key, stored);
                  });
  } else {
    StoreSoon(reply.key, kStoreTogether);
  }
  Arm();
  if (!first) callbacks_.on_change(reply.key.pod_uid);
}

void TokenKeeper::Release(const sync::TokenKey& key, const Status& stored) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  found->second.storing = false;
  if (!stored.ok()) StoreSoon(key, kStoreAgain);
  Arm();
  callbacks_.on_change(key.pod_uid);
}

void TokenKeeper::StoreSoon(const sync::TokenKey& key, Duration wait) {
  unstored_.insert(key);
  if (store_due_.pending()) return;
  store_due_ = executor_.After(wait, [this] { StoreAll(); });
}

void TokenKeeper::StoreAll() {
  const std::set<sync::TokenKey> keys = unstored_;
  store_.Commit(TakeUnstored(), [this, keys, alive = std::weak_ptr(alive_)](const Status& stored) {
    if (alive.expired() || stored.ok()) return;
    LogWarning("tokens not kept, trying again", {{"WHY", stored.ToString()}});
    for (const sync::TokenKey& key : keys) StoreSoon(key, kStoreAgain);
  });
}

offline_store::Batch TokenKeeper::TakeUnstored() {
  offline_store::Batch batch;
  for (const sync::TokenKey& key : std::exchange(unstored_, {})) {
    const auto found = entries_.find(key);
    if (found != entries_.end()) batch.push_back(RowOf(found->second));
  }
  return batch;
}

offline_store::Change TokenKeeper::RowOf(const Entry& entry) const {
  return offline_store::PutToken{{entry.request.key, DumpTokenLife(entry.life, boot_id_)}};
}

}  // namespace edge::edged
