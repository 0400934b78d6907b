#include <sys/mount.h>

#include <filesystem>

#include "edged/adapters/fs/mounts.h"
#include "edged/adapters/fs/remove_tree.h"
#include "tests/integration/edged_adapters/pod_fixture.h"

namespace edge::edged {

TEST_CASE("Teardown unmounts ours and leaves nothing but what links point to", "[fs]") {
  PodFixture pod;
  pod.temp.Write("outside/precious", "1");
  VolumePlan plan = pod.Plan(Content({{"password", 0400, "hush"}}, true));
  PodVolume cache;
  cache.name = "cache";
  plan.volumes.push_back(cache);
  Must(pod.volumes.Prepare(plan));
  ContainerFiles files;
  files.pod_uid = "uid-1";
  files.container = "app";
  files.log_folder = pod.layout.LogFolder("shop", "till", "uid-1");
  files.sub_paths = {{0, pod.Folder("cache"), "part", true, std::nullopt}};
  Must(pod.volumes.PrepareContainer(files));
  std::filesystem::create_symlink(pod.temp.path() + "/outside", pod.Folder("cache") + "/link");

  Must(pod.volumes.Teardown("uid-1", files.log_folder));
  CHECK_FALSE(std::filesystem::exists(pod.layout.PodFolder("uid-1")));
  CHECK_FALSE(std::filesystem::exists(files.log_folder));
  CHECK(std::filesystem::exists(pod.temp.path() + "/outside/precious"));
  CHECK(MountsBelow(pod.temp.path())->empty());
  Must(pod.volumes.Teardown("uid-1", files.log_folder));
}

TEST_CASE("Teardown never crosses a mount that is not ours", "[fs]") {
  PodFixture pod;
  pod.temp.Write("outside/precious", "1");
  PodVolume cache;
  cache.name = "cache";
  Must(pod.volumes.Prepare(pod.Plan(cache)));
  const std::string point = pod.Folder("cache") + "/foreign";
  std::filesystem::create_directories(point);
  REQUIRE(mount((pod.temp.path() + "/outside").c_str(), point.c_str(), nullptr, MS_BIND, nullptr) ==
          0);
  const Status status = pod.volumes.Teardown("uid-1", "");
  CHECK(status.code() == Code::kFailedPrecondition);
  CHECK(status.message().find(point) != std::string::npos);
  CHECK(std::filesystem::exists(pod.temp.path() + "/outside/precious"));
  REQUIRE(umount2(point.c_str(), 0) == 0);
  Must(pod.volumes.Teardown("uid-1", ""));
}

TEST_CASE("A tree is not removed across a file system's border", "[fs]") {
  const fakes::TempFolder temp;
  temp.Write("tree/a/file", "1");
  REQUIRE(mount("none", (temp.path() + "/tree/a").c_str(), "tmpfs", 0, nullptr) == 0);
  temp.Write("tree/a/kept", "1");
  CHECK(RemoveTree(temp.path() + "/tree").code() == Code::kFailedPrecondition);
  CHECK(std::filesystem::exists(temp.path() + "/tree/a/kept"));
  REQUIRE(umount2((temp.path() + "/tree/a").c_str(), 0) == 0);
  Must(RemoveTree(temp.path() + "/tree"));
  CHECK_FALSE(std::filesystem::exists(temp.path() + "/tree"));
}

TEST_CASE("A layout behind a symbolic link is torn down as well", "[fs]") {
  const fakes::TempFolder temp;
  std::filesystem::create_directories(temp.path() + "/real");
  std::filesystem::create_symlink("real", temp.path() + "/link");
  FsPodVolumes volumes(PodLayout{temp.path() + "/link/pods", temp.path() + "/logs"});
  const VolumePlan plan{"uid-1", {Content({{"password", 0400, "hush"}}, true)}};
  Must(volumes.Prepare(plan));
  CHECK(ReadFile(temp.path() + "/link/pods/uid-1/volumes/config/password").ok());
  Must(volumes.Teardown("uid-1", ""));
  CHECK_FALSE(std::filesystem::exists(temp.path() + "/real/pods/uid-1"));
}

TEST_CASE("Pods with a folder are listed and odd names are not", "[fs]") {
  PodFixture pod;
  CHECK(pod.volumes.ListPods()->empty());
  Must(pod.volumes.Prepare({"uid-2", {}}));
  Must(pod.volumes.Prepare({"uid-1", {}}));
  std::filesystem::create_directories(pod.layout.pods_root + "/.hidden");
  CHECK(*pod.volumes.ListPods() == std::vector<std::string>{"uid-1", "uid-2"});
  CHECK(pod.volumes.Prepare({"../x", {}}).code() == Code::kInvalidArgument);
  CHECK(pod.volumes.Teardown("..", "").code() == Code::kInvalidArgument);
}

}  // namespace edge::edged
