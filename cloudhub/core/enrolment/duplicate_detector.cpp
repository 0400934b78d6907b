#include "cloudhub/core/enrolment/duplicate_detector.h"

#include <algorithm>

namespace edge::cloudhub {

bool DuplicateDetector::OnHeartbeat(const std::string& session_id, BootTime now) {
  if (session_id == current_) return false;
  const auto known = std::find(ended_.begin(), ended_.end(), session_id);
  const bool back_again = known != ended_.end();
  if (back_again) ended_.erase(known);
  if (!current_.empty()) ended_.push_back(current_);
  if (ended_.size() > kRemembered) ended_.pop_front();
  current_ = session_id;
  if (back_again) last_sign_ = now;
  return back_again;
}

bool DuplicateDetector::Duplicated(BootTime now) const {
  return last_sign_ && now - *last_sign_ < kStands;
}

}  // namespace edge::cloudhub
