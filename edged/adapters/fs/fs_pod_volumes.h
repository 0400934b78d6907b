#pragma once

#include <string>

#include "edged/ports/volumes.h"

namespace edge::edged {

/// Pods' volumes and files on the node's file system, laid out as PodLayout says.
///
/// Thread rule: any thread; calls for different pods may run at the same time, calls for one pod
/// one after another. Failure modes: see PodVolumes; secrets are refused (kFailedPrecondition) when
/// their folder is not on a tmpfs of ours.
class FsPodVolumes final : public PodVolumes {
 public:
  explicit FsPodVolumes(PodLayout layout);

  Status Prepare(const VolumePlan& plan) override;
  Status Update(const VolumePlan& plan) override;
  Status PrepareContainer(const ContainerFiles& files) override;
  Result<std::string> ReadMessage(const std::string& pod_uid, const std::string& container,
                                  std::uint32_t attempt, std::size_t max_bytes) override;
  Result<std::string> ReadLogTail(const std::string& log_path, std::size_t max_lines,
                                  std::size_t max_bytes) override;
  Status Teardown(const std::string& pod_uid, const std::string& log_folder) override;
  Result<std::vector<std::string>> ListPods() override;

 private:
  Status PrepareVolume(const std::string& uid, const PodVolume& volume);
  Status PrepareEmptyDir(const std::string& folder, const PodVolume& volume);
  Status PrepareContent(const std::string& folder, const PodVolume& volume);

  const PodLayout layout_;
};

}  // namespace edge::edged
