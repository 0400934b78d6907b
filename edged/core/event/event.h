#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/json.h"

namespace edge::edged {

/// The object that an event is about.
struct EventObject {
  std::string api_version = "v1", kind, ns, name, uid;
  std::string field_path;  ///< "spec.containers{app}"; may be empty
  auto operator<=>(const EventObject&) const = default;
};

/// An event before it has a name and times.
struct EventDraft {
  EventObject object;
  bool warning = false;
  std::string reason, message;
  bool operator==(const EventDraft&) const = default;
};

/// Turns drafts into core/v1 Events as kubelet's recorder writes them: a repeat of the same object,
/// type, reason and message is the same Event with a higher count. Keeps the 256 newest.
/// Thread rule: one thread.
class EventRecorder {
 public:
  explicit EventRecorder(std::string node) : node_(std::move(node)) {}
  /// The Event to send up: a new object, or the known one with its count raised (same name).
  Json Record(const EventDraft& draft, WallTime now);

 private:
  struct Known {
    std::string name;
    std::int64_t count = 0;
    WallTime first{};
    std::uint64_t used = 0;
  };
  void DropOldest();

  const std::string node_;
  std::map<std::string, Known> known_;
  std::uint64_t clock_ = 0;
};

}  // namespace edge::edged
