#include "cloudhub/adapters/embedded/watch_hub.h"

namespace edge::cloudhub::embedded {

struct WatchHub::Watcher : Subscription {
  Watcher(Selection selection_in, WatchSink sink_in)
      : selection(std::move(selection_in)), sink(std::move(sink_in)) {}
  const Selection selection;
  const WatchSink sink;
  bool ended = false;
};

/// A change's objects, parsed at most once for all watchers that need them.
struct WatchHub::Parsed {
  explicit Parsed(const Change& change_in) : change(change_in) {}

  const Json& Before(const kube::ResourceInfo& resource) {
    if (before.is_null()) before = Decode(resource, *change.before);
    return before;
  }
  const Json& After(const kube::ResourceInfo& resource) {
    if (after.is_null()) after = Decode(resource, *change.after);
    return after;
  }

  const Change& change;
  Json before, after;
};

WatchHub::WatchHub(ObjectStore& store) : store_(store) {
  store_.SetListener([this](const Change& change) { OnChange(change); });
}

WatchHub::~WatchHub() { store_.SetListener(nullptr); }

Result<std::shared_ptr<WatchHub::Subscription>> WatchHub::Subscribe(Selection selection,
                                                                    std::int64_t revision,
                                                                    WatchSink sink) {
  if (revision < store_.compacted()) {
    return Status(Code::kOutOfRange, "too old resource version: " + std::to_string(revision) +
                                         " (" + std::to_string(store_.compacted() + 1) + ")");
  }
  auto watcher = std::make_shared<Watcher>(std::move(selection), std::move(sink));
  for (const Change* change : store_.ChangesAfter(revision)) {
    Parsed parsed(*change);
    if (!watcher->ended) Deliver(*watcher, *change, parsed);
  }
  watchers_.push_back(watcher);
  return std::shared_ptr<Subscription>(std::move(watcher));
}

void WatchHub::OnChange(const Change& change) {
  Parsed parsed(change);
  for (auto it = watchers_.begin(); it != watchers_.end();) {
    const std::shared_ptr<Watcher> watcher = it->lock();
    if (watcher == nullptr || watcher->ended) {
      it = watchers_.erase(it);
      continue;
    }
    Deliver(*watcher, change, parsed);
    ++it;
  }
}

void WatchHub::Deliver(Watcher& watcher, const Change& change, Parsed& parsed) {
  const Selection& selection = watcher.selection;
  if (!selection.Covers(change.key)) return;
  bool was = change.before != nullptr;
  bool is = change.after != nullptr;
  if (!selection.selects_all()) {
    was = was && selection.Matches(parsed.Before(*selection.resource));
    is = is && selection.Matches(parsed.After(*selection.resource));
  }
  SelectedEvent event{"", change.revision, nullptr};
  if (is) {
    event.type = was ? "MODIFIED" : "ADDED";
    event.object = change.after;
  } else if (was) {
    event.type = "DELETED";
    // One that only left the selection goes out as it was in it, at the revision of leaving.
    event.object = change.final_state;
    if (event.object == nullptr) {
      Json left = parsed.Before(*selection.resource);
      left.erase("kind");
      left.erase("apiVersion");
      left["metadata"]["resourceVersion"] = std::to_string(change.revision);
      event.object =
          std::make_shared<const StoredObject>(StoredObject{change.revision, DumpJson(left)});
    }
  } else {
    return;
  }
  if (!watcher.sink(event)) watcher.ended = true;
}

}  // namespace edge::cloudhub::embedded
