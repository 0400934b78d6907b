#include "cloudhub/adapters/embedded/follow.h"

#include "cloudhub/adapters/embedded/status_answer.h"
#include "common/log.h"

namespace edge::cloudhub::embedded {
namespace {

constexpr Duration kRetryPeriod = std::chrono::seconds(1);

}  // namespace

FollowWatch::FollowWatch(const ObjectStore& store, WatchHub& hub, Executor& executor,
                         Selection selection, OnEvent on_event)
    : store_(store),
      hub_(hub),
      executor_(executor),
      selection_(std::move(selection)),
      on_event_(std::make_shared<OnEvent>(std::move(on_event))) {}

void FollowWatch::Begin(std::function<Status()> allowed) {
  const Status verdict = allowed();
  if (verdict.ok()) return Subscribe();
  LogDebug("a watch must wait: " + verdict.message());
  Post(WatchEvent::Type::kRefused, nullptr);
  retry_ = executor_.After(kRetryPeriod, [this, allowed = std::move(allowed)] { Begin(allowed); });
}

void FollowWatch::Subscribe() {
  const kube::ResourceInfo& resource = *selection_.resource;
  for (const auto& [key, stored] : store_.List(QualifiedResource(resource), selection_.ns, {}, 0)) {
    if (!selection_.Covers(key)) continue;
    if (!selection_.selects_all() && !selection_.Matches(Decode(resource, *stored))) continue;
    Post(WatchEvent::Type::kAdded, stored);
  }
  Post(WatchEvent::Type::kSynced, nullptr);
  auto subscribed = hub_.Subscribe(selection_, store_.revision(), [this](const SelectedEvent& e) {
    Send(e);
    return true;
  });
  // The present revision is always in reach of the log.
  subscription_ = std::move(*subscribed);
}

void FollowWatch::Send(const SelectedEvent& event) {
  const auto type = event.type == "ADDED"      ? WatchEvent::Type::kAdded
                    : event.type == "MODIFIED" ? WatchEvent::Type::kModified
                                               : WatchEvent::Type::kDeleted;
  Post(type, event.object);
}

void FollowWatch::Post(WatchEvent::Type type, StoredPtr object) {
  executor_.Post([weak = std::weak_ptr(on_event_), type, object = std::move(object),
                  resource = selection_.resource] {
    // The copy keeps the function alive should it destroy its own watch.
    const auto on_event = weak.lock();
    if (on_event == nullptr) return;
    WatchEvent event;
    event.type = type;
    if (object != nullptr) event.object = Decode(*resource, *object);
    (*on_event)(event);
  });
}

}  // namespace edge::cloudhub::embedded
