#pragma once

#include <map>
#include <string>
#include <vector>

#include "edged/ports/volumes.h"

namespace edge::fakes {

/// Pods' folders in memory. Thread rule: one thread at a time.
class FakeVolumes final : public edged::PodVolumes {
 public:
  /// What each pod's folder holds, by UID.
  const std::map<std::string, edged::VolumePlan>& folders() const { return folders_; }
  /// Bytes of a file of a content volume; empty when it is not there.
  std::string FileOf(const std::string& uid, const std::string& volume,
                     const std::string& path) const {
    const auto folder = folders_.find(uid);
    if (folder == folders_.end()) return {};
    for (const edged::PodVolume& one : folder->second.volumes) {
      if (one.name != volume) continue;
      for (const edged::VolumeFile& file : one.files) {
        if (file.path == path) return file.bytes;
      }
    }
    return {};
  }

  Status Prepare(const edged::VolumePlan& plan) override {
    folders_[plan.pod_uid] = plan;
    return Status::Ok();
  }
  Status Update(const edged::VolumePlan& plan) override { return Prepare(plan); }
  Status PrepareContainer(const edged::ContainerFiles& files) override {
    folders_[files.pod_uid].pod_uid = files.pod_uid;
    return Status::Ok();
  }
  Result<std::string> ReadMessage(const std::string&, const std::string& container, std::uint32_t,
                                  std::size_t) override {
    return messages.count(container) != 0 ? messages.at(container) : std::string();
  }
  Result<std::string> ReadLogTail(const std::string&, std::size_t, std::size_t) override {
    return std::string("the last line of the log");
  }
  Status Teardown(const std::string& pod_uid, const std::string&) override {
    folders_.erase(pod_uid);
    return Status::Ok();
  }
  Result<std::vector<std::string>> ListPods() override {
    std::vector<std::string> uids;
    for (const auto& [uid, plan] : folders_) uids.push_back(uid);
    return uids;
  }

  std::map<std::string, std::string> messages;  ///< termination messages, by container

 private:
  std::map<std::string, edged::VolumePlan> folders_;
};

}  // namespace edge::fakes
