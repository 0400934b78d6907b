#pragma once

#include <memory>
#include <string>

#include "cloudhub/adapters/embedded/api_types.h"
#include "cloudhub/adapters/embedded/negotiate.h"
#include "cloudhub/adapters/embedded/tables.h"
#include "cloudhub/adapters/embedded/watch_hub.h"
#include "common/executor.h"

namespace edge::cloudhub::embedded {

struct WatchOptions {
  Selection selection;
  ObjectFormat format;
  std::string include_object = "Metadata";
  std::int64_t revision = 0;      ///< follow what comes after it
  bool send_initial = false;      ///< first everything there is, as ADDED
  bool mark_initial_end = false;  ///< and then a bookmark that says so (sendInitialEvents)
  bool bookmarks = false;
  Duration timeout{};
};

/// One client's watch over HTTP: events as lines of JSON, until the client goes, the time is over,
/// or it falls too far behind.
///
/// Thread rule: the executor's thread.
class HttpWatch {
 public:
  static constexpr Duration kBookmarkPeriod = std::chrono::minutes(1);

  HttpWatch(WatchHub& hub, const ObjectStore& store, Executor& executor, WatchOptions options,
            ResponderPtr responder);
  ~HttpWatch();
  HttpWatch(const HttpWatch&) = delete;
  HttpWatch& operator=(const HttpWatch&) = delete;

  void Start();
  bool ended() const { return ended_ || responder_->closed(); }

 private:
  bool Send(const SelectedEvent& event);
  void SendInitial();
  void SendBookmark(bool initial_end);
  void SendError(const Answer& answer);
  void ScheduleBookmark();
  void End();
  std::string EncodeObject(const StoredObject& object);

  WatchHub& hub_;
  const ObjectStore& store_;
  Executor& executor_;
  const WatchOptions options_;
  const ResponderPtr responder_;
  std::shared_ptr<WatchHub::Subscription> subscription_;
  std::string initial_;  // events gathered into one chunk
  bool gathering_ = false;
  bool columns_sent_ = false;
  bool ended_ = false;
  Timer timeout_, bookmark_;
};

}  // namespace edge::cloudhub::embedded
