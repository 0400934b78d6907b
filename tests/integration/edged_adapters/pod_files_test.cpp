#include <filesystem>
#include <fstream>

#include "tests/integration/edged_adapters/pod_fixture.h"

namespace edge::edged {

TEST_CASE("A container gets its log folder and hosts file and message file", "[fs]") {
  PodFixture pod;
  ContainerFiles files;
  files.pod_uid = "uid-1";
  files.container = "app";
  files.attempt = 2;
  files.log_folder = pod.layout.LogFolder("shop", "till", "uid-1");
  files.hosts = "127.0.0.1 localhost\n";
  Must(pod.volumes.PrepareContainer(files));
  CHECK(std::filesystem::is_directory(files.log_folder + "/app"));
  CHECK(*ReadFile(pod.layout.HostsFile("uid-1")) == "127.0.0.1 localhost\n");
  CHECK((StatOf(pod.layout.HostsFile("uid-1")).st_mode & 07777) == 0644);
  CHECK((StatOf(pod.layout.MessageFile("uid-1", "app", 2)).st_mode & 07777) == 0666);
}

TEST_CASE("An unchanged hosts file keeps its inode because containers have it mounted", "[fs]") {
  PodFixture pod;
  ContainerFiles files;
  files.pod_uid = "uid-1";
  files.container = "app";
  files.hosts = "one\n";
  Must(pod.volumes.PrepareContainer(files));
  const auto inode = StatOf(pod.layout.HostsFile("uid-1")).st_ino;
  files.container = "second";
  Must(pod.volumes.PrepareContainer(files));
  CHECK(StatOf(pod.layout.HostsFile("uid-1")).st_ino == inode);
}

TEST_CASE("A termination message is read from its end and a written one survives a repeat",
          "[fs]") {
  PodFixture pod;
  CHECK(pod.volumes.ReadMessage("uid-1", "app", 0, 100)->empty());
  ContainerFiles files;
  files.pod_uid = "uid-1";
  files.container = "app";
  Must(pod.volumes.PrepareContainer(files));
  std::ofstream(pod.layout.MessageFile("uid-1", "app", 0)) << "out of paper";
  Must(pod.volumes.PrepareContainer(files));
  CHECK(*pod.volumes.ReadMessage("uid-1", "app", 0, 100) == "out of paper");
  CHECK(*pod.volumes.ReadMessage("uid-1", "app", 0, 5) == "paper");
}

TEST_CASE("The tail of a log is read without CRI's prefixes", "[fs]") {
  PodFixture pod;
  std::string log;
  for (int i = 0; i < 1000; ++i) {
    log += "2026-11-23T07:00:00.000000000Z stdout F line " + std::to_string(i) + "\n";
  }
  pod.temp.Write("app.log", log);
  CHECK(*pod.volumes.ReadLogTail(pod.temp.path() + "/app.log", 2, 100) == "line 998\nline 999\n");
  CHECK(*pod.volumes.ReadLogTail(pod.temp.path() + "/app.log", 80, 4) == "999\n");
  CHECK(pod.volumes.ReadLogTail(pod.temp.path() + "/none.log", 2, 100)->empty());
}

}  // namespace edge::edged
