#include "edged/agent/broker_mover.h"

#include <algorithm>
#include <utility>

#include "common/json.h"
#include "common/log.h"

namespace edge::edged {
namespace {

constexpr Duration kMovePatience = std::chrono::minutes(10);
constexpr Duration kSaveInterval = std::chrono::minutes(1);
constexpr std::string_view kTls = "tls://";

std::int64_t SecondsOf(Duration time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

}  // namespace

BrokerMover::Urls BrokerMover::Start(const std::string& kept, Urls own) {
  own_ = std::move(own);
  Read(kept);
  if (trying_.empty()) return UrlsOf(moved_);
  LogInfo("trying to move to another broker, as before the restart", {{"BROKER", trying_}});
  Arm();
  return UrlsOf(trying_);
}

void BrokerMover::Read(const std::string& kept) {
  const Result<Json> row = ParseJson(kept);
  if (!row.ok() || !row->is_object() || !row->contains("own") || (*row)["own"] != Json(own_)) {
    return;
  }
  told_ = FindString(*row, {"told"});
  moved_ = FindString(*row, {"moved"});
  trying_ = FindString(*row, {"trying"});
  spent_ = std::chrono::seconds(FindInt(*row, {"spentSeconds"}));
}

BrokerMover::Urls BrokerMover::UrlsOf(const std::string& url) const {
  const bool own = url.empty() || std::find(own_.begin(), own_.end(), url) != own_.end();
  return own ? own_ : Urls{url};
}

void BrokerMover::OnWelcome(const std::string& broker_url) {
  // One that was on its way when we left says nothing of the new broker.
  if (!trying_.empty() && !connected_) return;
  if (!trying_.empty()) Arrive();
  if (broker_url == told_ || !broker_url.starts_with(kTls)) return;
  const std::string before = std::exchange(told_, broker_url);
  if (before.empty() || UrlsOf(broker_url) == UrlsOf(moved_)) return Save();
  Try(broker_url, before);
}

/// On disk first: a restart must not forget that it is a trial.
void BrokerMover::Try(const std::string& url, const std::string& told_before) {
  trying_ = url;
  spent_ = Duration::zero();
  trying_since_ = executor_.clock().Boot();
  connected_ = false;
  Save([this, told_before](const Status& kept) {
    if (!kept.ok()) {
      LogError("not moving to another broker: that cannot be kept", {{"WHY", kept.ToString()}});
      trying_.clear();
      told_ = told_before;  // the next Welcome has it moved
      return;
    }
    LogInfo("moving to another broker", {{"BROKER", trying_}});
    connected_ = false;
    Arm();
    move_(UrlsOf(trying_));
  });
}

void BrokerMover::Arm() {
  trying_since_ = executor_.clock().Boot();
  limit_ =
      executor_.After(std::max(kMovePatience - spent_, Duration::zero()), [this] { GoBack(); });
  KeepTime();
}

void BrokerMover::KeepTime() {
  minute_ = executor_.After(kSaveInterval, [this] {
    Save();
    KeepTime();
  });
}

Duration BrokerMover::Spent() const {
  return trying_.empty() ? Duration::zero() : spent_ + (executor_.clock().Boot() - trying_since_);
}

void BrokerMover::Arrive() {
  LogInfo("moved to another broker: a hub is there", {{"BROKER", trying_}});
  limit_.Cancel();
  minute_.Cancel();
  moved_ = std::exchange(trying_, {});
  Save();
}

void BrokerMover::GoBack() {
  LogWarning("back to the old broker: no hub has answered at the new one for ten minutes",
             {{"BROKER", trying_}});
  minute_.Cancel();
  trying_.clear();
  Save();
  move_(UrlsOf(moved_));
}

void BrokerMover::Save(std::function<void(const Status&)> done) {
  const Json row = {{"own", own_},
                    {"told", told_},
                    {"moved", moved_},
                    {"trying", trying_},
                    {"spentSeconds", SecondsOf(Spent())}};
  store_.Commit({offline_store::PutMeta{kMetaBroker, DumpJson(row)}},
                [done = std::move(done), alive = std::weak_ptr(alive_)](const Status& kept) {
                  if (!alive.expired() && done) done(kept);
                });
}

}  // namespace edge::edged
