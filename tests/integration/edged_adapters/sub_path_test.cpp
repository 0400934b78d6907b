#include <filesystem>
#include <fstream>

#include "edged/adapters/fs/mounts.h"
#include "tests/integration/edged_adapters/pod_fixture.h"

namespace edge::edged {
namespace {

struct SubPathFixture : PodFixture {
  std::string root = temp.path() + "/data";
  std::string target = layout.SubPath("uid-1", "app", 0);

  SubPathFixture() { std::filesystem::create_directories(root); }

  Status Mount(const std::string& sub_path, bool make_folder = true) {
    ContainerFiles files;
    files.pod_uid = "uid-1";
    files.container = "app";
    files.message_file = false;
    files.sub_paths = {{0, root, sub_path, make_folder, std::nullopt}};
    return volumes.PrepareContainer(files);
  }
};

}  // namespace

TEST_CASE("A sub-path that is missing is made and mounted", "[fs]") {
  SubPathFixture pod;
  Must(pod.Mount("a/b"));
  std::ofstream(pod.target + "/x") << "1";
  CHECK(std::filesystem::exists(pod.root + "/a/b/x"));
  Must(pod.Mount("a/b"));
  CHECK(MountsBelow(pod.target)->size() == 1);
}

TEST_CASE("A file of a content volume is mounted by its key and follows an update", "[fs]") {
  SubPathFixture pod;
  Must(pod.volumes.Prepare(pod.Plan(Content({{"key", 0644, "one"}}))));
  pod.root = pod.Folder("config");
  Must(pod.Mount("key", false));
  CHECK(*ReadFile(pod.target) == "one");
  Must(pod.volumes.Update(pod.Plan(Content({{"key", 0644, "two"}}))));
  CHECK(*ReadFile(pod.target) == "one");
  Must(pod.Mount("key", false));
  CHECK(*ReadFile(pod.target) == "two");
  CHECK(MountsBelow(pod.target)->size() == 1);
}

TEST_CASE("Symbolic links cannot lead a sub-path out of its volume", "[fs]") {
  SubPathFixture pod;
  pod.temp.Write("secret/x", "host");
  std::filesystem::create_symlink("../secret", pod.root + "/relative");
  std::filesystem::create_symlink(pod.temp.path() + "/secret", pod.root + "/absolute");
  std::filesystem::create_symlink("/proc/self/root", pod.root + "/magic");
  for (const std::string path : {"relative", "absolute", "absolute/new", "relative/x", "magic"}) {
    const Status status = pod.Mount(path);
    INFO(path << ": " << status.ToString());
    CHECK(status.code() == Code::kFailedPrecondition);
    CHECK(status.message().find(path) != std::string::npos);
    CHECK(MountsBelow(pod.target)->empty());
  }
  CHECK_FALSE(std::filesystem::exists(pod.temp.path() + "/secret/new"));
}

TEST_CASE("A sub-path with parent parts is refused and a missing one of a read-only volume too",
          "[fs]") {
  SubPathFixture pod;
  CHECK(pod.Mount("../x").code() == Code::kInvalidArgument);
  CHECK(pod.Mount("/x").code() == Code::kInvalidArgument);
  const Status missing = pod.Mount("none", false);
  CHECK(missing.code() == Code::kFailedPrecondition);
  CHECK(missing.message().find("none") != std::string::npos);
}

}  // namespace edge::edged
