#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "cloudhub/adapters/embedded/object_store.h"
#include "cloudhub/adapters/embedded/selection.h"

namespace edge::cloudhub::embedded {

/// One event for one watcher: what it is to those who see only the selection.
struct SelectedEvent {
  std::string_view type;  ///< "ADDED", "MODIFIED", "DELETED"
  std::int64_t revision = 0;
  StoredPtr object;
};

/// Called on each event; false ends the watch.
using WatchSink = std::function<bool(const SelectedEvent&)>;

/// Sends the store's changes to the watches whose selection they concern. An object that enters a
/// selection is ADDED to it, one that leaves it is DELETED from it, whatever happened to it.
///
/// Thread rule: the executor's thread. A sink may end its own or other watches and may write.
class WatchHub {
 public:
  /// Watches for as long as it is held.
  class Subscription {
   public:
    virtual ~Subscription() = default;
  };

  explicit WatchHub(ObjectStore& store);
  ~WatchHub();
  WatchHub(const WatchHub&) = delete;
  WatchHub& operator=(const WatchHub&) = delete;

  /// Replays what the log has after `revision` into the sink, then follows.
  /// Errors: kOutOfRange where the log does not reach back so far.
  Result<std::shared_ptr<Subscription>> Subscribe(Selection selection, std::int64_t revision,
                                                  WatchSink sink);
  std::size_t size() const { return watchers_.size(); }

 private:
  struct Watcher;
  struct Parsed;
  void OnChange(const Change& change);
  static void Deliver(Watcher& watcher, const Change& change, Parsed& parsed);

  ObjectStore& store_;
  std::list<std::weak_ptr<Watcher>> watchers_;
};

}  // namespace edge::cloudhub::embedded
