#pragma once

#include <map>
#include <string>

#include "common/clock.h"

namespace edge::cloudhub::kubernetes {

/// Says once what thousands of watches run into together, and once that it is over.
///
/// Thread rule: one thread.
class TroubleLog {
 public:
  explicit TroubleLog(const Clock& clock) : clock_(clock) {}

  /// Logs `what` unless the trouble `key` is known, or was logged within five minutes.
  void Begins(const std::string& key, const std::string& what, const Status& why);
  /// Logs that it is over, if its beginning was logged.
  void IsOver(const std::string& key);

 private:
  struct Trouble {
    BootTime logged_at;
    std::string what;
    bool lasts = true;
  };

  const Clock& clock_;
  std::map<std::string, Trouble> known_;
};

}  // namespace edge::cloudhub::kubernetes
