#pragma once

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "common/file.h"
#include "edged/adapters/fs/fs_pod_volumes.h"
#include "tests/fakes/temp_folder.h"

namespace edge::edged {

inline void Must(const Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

/// One pod, "uid-1", under a temporary folder; torn down at the end.
struct PodFixture {
  fakes::TempFolder temp;
  PodLayout layout{temp.path() + "/pods", temp.path() + "/logs"};
  FsPodVolumes volumes{layout};

  ~PodFixture() { static_cast<void>(volumes.Teardown("uid-1", "")); }

  VolumePlan Plan(PodVolume volume) const { return {"uid-1", {std::move(volume)}}; }
  std::string Folder(const std::string& volume) const {
    return layout.VolumeFolder("uid-1", volume);
  }
  std::string Read(const std::string& volume, const std::string& file) const {
    const Result<std::string> text = ReadFile(Folder(volume) + "/" + file);
    return text.ok() ? *text : "<" + std::string(CodeName(text.status().code())) + ">";
  }
};

inline PodVolume Content(std::vector<VolumeFile> files, bool tmpfs = false) {
  PodVolume volume;
  volume.name = "config";
  volume.kind = VolumeKind::kContent;
  volume.tmpfs = tmpfs;
  volume.files = std::move(files);
  return volume;
}

inline struct stat StatOf(const std::string& path) {
  struct stat status = {};
  REQUIRE(lstat(path.c_str(), &status) == 0);
  return status;
}

}  // namespace edge::edged
