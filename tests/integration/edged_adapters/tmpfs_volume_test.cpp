#include <sys/mount.h>
#include <sys/statvfs.h>

#include <fstream>

#include "edged/adapters/fs/mounts.h"
#include "tests/integration/edged_adapters/pod_fixture.h"

namespace edge::edged {
namespace {

std::size_t MountsOn(const std::string& folder) {
  const auto mounts = MountsBelow(folder);
  REQUIRE(mounts.ok());
  return mounts->size();
}

}  // namespace

TEST_CASE("Secrets are on a tmpfs and never on the disk below", "[fs]") {
  PodFixture pod;
  Must(pod.volumes.Prepare(pod.Plan(Content({{"password", 0400, "hush"}}, true))));
  CHECK(pod.Read("config", "password") == "hush");
  CHECK(IsTmpfsMount(pod.Folder("config")).value());
  REQUIRE(umount2(pod.Folder("config").c_str(), 0) == 0);
  CHECK(pod.Read("config", "..data/password") == "<not_found>");
}

TEST_CASE("A secret volume whose mount a reboot took is mounted again", "[fs]") {
  PodFixture pod;
  const VolumePlan plan = pod.Plan(Content({{"password", 0400, "hush"}}, true));
  Must(pod.volumes.Prepare(plan));
  REQUIRE(umount2(pod.Folder("config").c_str(), 0) == 0);
  Must(pod.volumes.Prepare(plan));
  Must(pod.volumes.Prepare(plan));
  CHECK(MountsOn(pod.Folder("config")) == 1);
  CHECK(pod.Read("config", "password") == "hush");
}

TEST_CASE("An emptyDir in memory has its size and group", "[fs]") {
  PodFixture pod;
  PodVolume volume;
  volume.name = "cache";
  volume.tmpfs = true;
  volume.size_limit_bytes = 1 << 20;
  volume.fs_group = 2000;
  Must(pod.volumes.Prepare(pod.Plan(volume)));
  struct statvfs system = {};
  REQUIRE(statvfs(pod.Folder("cache").c_str(), &system) == 0);
  CHECK(system.f_blocks * system.f_frsize == 1 << 20);
  CHECK(StatOf(pod.Folder("cache")).st_gid == 2000);
  CHECK((StatOf(pod.Folder("cache")).st_mode & 07777) == 02777);
}

TEST_CASE("An emptyDir is made once and keeps its contents", "[fs]") {
  PodFixture pod;
  PodVolume volume;
  volume.name = "cache";
  Must(pod.volumes.Prepare(pod.Plan(volume)));
  CHECK((StatOf(pod.Folder("cache")).st_mode & 07777) == 0777);
  std::ofstream(pod.Folder("cache") + "/kept") << "yes";
  Must(pod.volumes.Prepare(pod.Plan(volume)));
  Must(pod.volumes.Update(pod.Plan(volume)));
  CHECK(pod.Read("cache", "kept") == "yes");
}

TEST_CASE("mountinfo is read with its escapes and by whole names", "[fs]") {
  const auto mounts = ParseMounts(
      "36 35 98:0 / /pods/a rw - tmpfs edged rw\n"
      "37 35 98:0 / /pods/a\\040b rw - ext4 /dev/x rw\n"
      "38 35 98:0 / /pods/ab rw shared:1 master:2 - tmpfs x rw\n"
      "39 36 98:0 / /pods/a/volumes/v rw shared:1 - tmpfs x rw\n"
      "garbage\n",
      "/pods/a");
  REQUIRE(mounts.size() == 2);
  CHECK(mounts[0].path == "/pods/a");
  CHECK(mounts[1].path == "/pods/a/volumes/v");
  CHECK(mounts[1].type == "tmpfs");
  CHECK(ParseMounts("37 35 98:0 / /pods/a\\040b rw - ext4 x rw\n", "/pods/a b").size() == 1);
}

}  // namespace edge::edged
