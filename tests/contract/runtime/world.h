#pragma once

#include <string>
#include <vector>

namespace edge::edged {

/// A throwaway containerd (tests/world) for one test. Needs root; throws std::runtime_error with
/// the script's words where it cannot be made.
class World {
 public:
  World();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const std::string& folder() const { return folder_; }
  std::string socket() const { return folder_ + "/run/containerd.sock"; }
  std::string store() const { return folder_ + "/var"; }
  /// Below it pods' cgroups are cleaned up with the world.
  std::string cgroup() const { return cgroup_; }

  void PowerCut() { Script("cut"); }
  void Start() { Script("start"); }
  void StopContainerd() { Script("stop"); }

 private:
  void Script(const std::string& command);

  std::string folder_, cgroup_;
};

}  // namespace edge::edged
