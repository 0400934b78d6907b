#include <filesystem>
#include <fstream>

#include "tests/integration/edged_adapters/pod_fixture.h"

namespace edge::edged {
namespace {

std::size_t Entries(const std::string& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

}  // namespace

TEST_CASE("A content volume shows its files through the data link", "[fs]") {
  PodFixture pod;
  Must(pod.volumes.Prepare(
      pod.Plan(Content({{"app.conf", 0640, "a=1"}, {"deep/er/x", 0600, "x"}}))));
  CHECK(pod.Read("config", "app.conf") == "a=1");
  CHECK(pod.Read("config", "deep/er/x") == "x");
  CHECK(S_ISLNK(StatOf(pod.Folder("config") + "/app.conf").st_mode));
  CHECK((StatOf(pod.Folder("config") + "/..data/app.conf").st_mode & 07777) == 0640);
  CHECK((StatOf(pod.Folder("config") + "/..data/deep/er/x").st_mode & 07777) == 0600);
}

TEST_CASE("An update swaps all files at once and removes what went", "[fs]") {
  PodFixture pod;
  Must(pod.volumes.Prepare(pod.Plan(Content({{"a", 0644, "1"}, {"b", 0644, "1"}}))));
  const std::string before = std::filesystem::read_symlink(pod.Folder("config") + "/..data");
  Must(pod.volumes.Update(pod.Plan(Content({{"a", 0644, "2"}, {"c", 0644, "2"}}))));
  CHECK(std::filesystem::read_symlink(pod.Folder("config") + "/..data") != before);
  CHECK(pod.Read("config", "a") == "2");
  CHECK(pod.Read("config", "b") == "<not_found>");
  CHECK(pod.Read("config", "c") == "2");
  // Two links, the data link and the data folder.
  CHECK(Entries(pod.Folder("config")) == 4);
}

TEST_CASE("A file that belongs to the pod's user stays its over an update", "[fs]") {
  PodFixture pod;
  VolumeFile token{"token", 0600, "one", 1234};
  Must(pod.volumes.Prepare(pod.Plan(Content({token}))));
  const auto held = [&] { return StatOf(pod.Folder("config") + "/..data/token"); };
  CHECK(held().st_uid == 1234);
  CHECK((held().st_mode & 07777) == 0600);
  const auto inode = held().st_ino;
  Must(pod.volumes.Update(pod.Plan(Content({token}))));
  CHECK(held().st_ino == inode);
  token.bytes = "two";
  Must(pod.volumes.Update(pod.Plan(Content({token}))));
  CHECK(pod.Read("config", "token") == "two");
  CHECK(held().st_uid == 1234);
  token.owner.reset();
  Must(pod.volumes.Update(pod.Plan(Content({token}))));
  CHECK(held().st_uid == geteuid());
}

TEST_CASE("A content volume that is as planned is not touched", "[fs]") {
  PodFixture pod;
  const VolumePlan plan = pod.Plan(Content({{"a", 0644, "1"}}));
  Must(pod.volumes.Prepare(plan));
  const struct stat before = StatOf(pod.Folder("config") + "/..data");
  Must(pod.volumes.Prepare(plan));
  Must(pod.volumes.Update(plan));
  const struct stat after = StatOf(pod.Folder("config") + "/..data");
  CHECK(before.st_ino == after.st_ino);
  CHECK(before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
}

TEST_CASE("A content volume that cannot be written says the same each time and leaves nothing",
          "[fs]") {
  PodFixture pod;
  Must(pod.volumes.Prepare(pod.Plan(Content({{"a", 0644, "1"}}))));
  const VolumePlan plan = pod.Plan(Content({{"a", 0644, "2"}, {std::string(300, 'n'), 0644, "x"}}));
  const Status first = pod.volumes.Update(plan), second = pod.volumes.Update(plan);
  REQUIRE_FALSE(first.ok());
  CHECK(first.ToString() == second.ToString());
  CHECK_THAT(first.message(), Catch::Contains(pod.Folder("config") + "/nnn"));
  CHECK(pod.Read("config", "a") == "1");
  CHECK(Entries(pod.Folder("config")) == 3);
}

TEST_CASE("A changed mode or byte or surplus file makes a new data folder", "[fs]") {
  PodFixture pod;
  Must(pod.volumes.Prepare(pod.Plan(Content({{"a", 0644, "1"}}))));
  Must(pod.volumes.Update(pod.Plan(Content({{"a", 0600, "1"}}))));
  CHECK((StatOf(pod.Folder("config") + "/..data/a").st_mode & 07777) == 0600);
  std::ofstream(pod.Folder("config") + "/..data/a") << "9";
  Must(pod.volumes.Update(pod.Plan(Content({{"a", 0600, "1"}}))));
  CHECK(pod.Read("config", "a") == "1");
  std::ofstream(pod.Folder("config") + "/..data/surplus") << "9";
  Must(pod.volumes.Update(pod.Plan(Content({{"a", 0600, "1"}}))));
  CHECK(pod.Read("config", "..data/surplus") == "<not_found>");
}

TEST_CASE("Remains of a swap that a crash cut short are cleared", "[fs]") {
  PodFixture pod;
  Must(pod.volumes.Prepare(pod.Plan(Content({{"a", 0644, "1"}}))));
  const std::string folder = pod.Folder("config");
  std::filesystem::create_directories(folder + "/..2026_01_01_00_00_00.half");
  std::ofstream(folder + "/..2026_01_01_00_00_00.half/a") << "ha";
  std::filesystem::create_symlink("..2026_01_01_00_00_00.half", folder + "/..data_tmp");
  Must(pod.volumes.Prepare(pod.Plan(Content({{"a", 0644, "1"}}))));
  CHECK(Entries(folder) == 3);
  CHECK(pod.Read("config", "a") == "1");
  std::filesystem::remove(folder + "/..data");
  Must(pod.volumes.Prepare(pod.Plan(Content({{"a", 0644, "1"}}))));
  CHECK(Entries(folder) == 3);
  CHECK(pod.Read("config", "a") == "1");
}

TEST_CASE("An empty content volume is an empty folder with a data link", "[fs]") {
  PodFixture pod;
  Must(pod.volumes.Prepare(pod.Plan(Content({}))));
  CHECK(Entries(pod.Folder("config")) == 2);
}

TEST_CASE("A file that would leave its volume is refused by name", "[fs]") {
  for (const std::string path : {"../x", "/etc/x", "a/../../x", "a//b", "", "..data", "a/."}) {
    PodFixture pod;
    const Status status = pod.volumes.Prepare(pod.Plan(Content({{path, 0644, "1"}})));
    INFO(path);
    CHECK(status.code() == Code::kInvalidArgument);
    CHECK(status.message().find("config") != std::string::npos);
  }
}

TEST_CASE("The group of fsGroup owns the files and can read them", "[fs]") {
  PodFixture pod;
  PodVolume volume = Content({{"a", 0400, "1"}});
  volume.fs_group = 2000;
  Must(pod.volumes.Prepare(pod.Plan(volume)));
  const struct stat file = StatOf(pod.Folder("config") + "/..data/a");
  CHECK(file.st_gid == 2000);
  CHECK((file.st_mode & 07777) == 0440);
  Must(pod.volumes.Prepare(pod.Plan(volume)));
  CHECK(StatOf(pod.Folder("config") + "/..data/a").st_ino == file.st_ino);
}

}  // namespace edge::edged
