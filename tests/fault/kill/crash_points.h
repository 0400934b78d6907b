#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace edge::kill {

/// Where a simulated process can die, and whether it has. One lives through all processes of a
/// scenario; each process has an incarnation number, and what is left of a dead one is refused.
///
/// Thread rule: any thread.
class CrashPoints {
 public:
  /// A stage of the scenario and a point, "StartContainer:before" of a port.
  using Place = std::pair<std::string, std::string>;

  /// The process that makes this visit of the place (the first is 1) dies of it.
  void Arm(Place place, int visit) {
    armed_ = std::move(place);
    armed_visit_ = visit;
  }
  void EnterStage(const std::string& stage) {
    const std::lock_guard lock(mutex_);
    stage_ = stage;
  }
  /// A new process begins.
  int Begin() {
    const std::lock_guard lock(mutex_);
    dead_ = false;
    return ++incarnation_;
  }
  /// Whether the process lives on: false at the armed place and ever after.
  bool Visit(int incarnation, const std::string& point) {
    const std::lock_guard lock(mutex_);
    if (dead_ || incarnation != incarnation_) return false;
    const Place place(stage_, point);
    const int visit = ++visits_[place];
    if (visit == 1) order_.push_back(place);
    if (place != armed_ || visit != armed_visit_) return true;
    armed_ = {};
    dead_ = crashed_ = true;
    return false;
  }
  bool dead() const {
    const std::lock_guard lock(mutex_);
    return dead_;
  }
  /// Whether any process died.
  bool crashed() const {
    const std::lock_guard lock(mutex_);
    return crashed_;
  }
  /// Places in the order of their first visits, and how often they were visited.
  std::vector<std::pair<Place, int>> Visited() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<Place, int>> visited;
    for (const Place& place : order_) visited.emplace_back(place, visits_.at(place));
    return visited;
  }

 private:
  mutable std::mutex mutex_;
  Place armed_;
  int armed_visit_ = 0;
  std::string stage_;
  std::map<Place, int> visits_;
  std::vector<Place> order_;
  int incarnation_ = 0;
  bool dead_ = false, crashed_ = false;
};

/// One process's view of the points, with the lock under which the world is touched by its lanes.
struct Doom {
  CrashPoints& points;
  std::mutex& world;
  int incarnation;

  bool Pass(const std::string& point) const { return points.Visit(incarnation, point); }
};

}  // namespace edge::kill
