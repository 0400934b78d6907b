#include <sys/stat.h>

#include <string>

#include "tests/contract/store/harness.h"
#include "tests/unit/offline_store/disk_counter.h"

namespace edge::offline_store::testing {
namespace {

Options Eager() {
  Options options;
  options.first_good_copy_delay = std::chrono::milliseconds(1);
  options.good_copy_interval = std::chrono::milliseconds(1);
  return options;
}

bool HasCopy(const SqliteHarness& harness) {
  return std::filesystem::exists(harness.path() + ".good");
}

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

TEST_CASE("A good copy follows a change of the desired state", "[store]") {
  SqliteHarness harness(Eager());
  REQUIRE(CommitAndWait(harness, {PutPod("till")}).ok());
  harness.runner().Until("the good copy", [&] { return HasCopy(harness); });
}

TEST_CASE("Without a change of the desired state no copy is made at the end", "[store]") {
  SqliteHarness harness;
  REQUIRE(CommitAndWait(harness, {PutStatus{PodEntry("till"), "s"}, PutFacts{{"u", "f"}},
                                  AppendEvent{"e"}, PutMeta{"m", "v"}})
              .ok());
  harness.Close();
  CHECK_FALSE(HasCopy(harness));
}

TEST_CASE("A clean end makes the copy that is due and the next end makes none", "[store]") {
  SqliteHarness harness;
  REQUIRE(CommitAndWait(harness, {PutPod("till")}).ok());
  CHECK_FALSE(HasCopy(harness));
  harness.Close();
  REQUIRE(HasCopy(harness));
  std::filesystem::remove(harness.path() + ".good");
  harness.Open();
  harness.Close();
  CHECK_FALSE(HasCopy(harness));
}

TEST_CASE("Copies are not made more often than the interval allows", "[store]") {
  Options options;
  options.first_good_copy_delay = std::chrono::milliseconds(1);
  SqliteHarness harness(options);
  REQUIRE(CommitAndWait(harness, {PutPod("till", 1)}).ok());
  harness.runner().Until("the first copy", [&] { return HasCopy(harness); });
  const auto first = std::filesystem::last_write_time(harness.path() + ".good");
  for (std::uint8_t i = 2; i < 30; ++i) {
    REQUIRE(CommitAndWait(harness, {PutPod("till", i)}).ok());
  }
  CHECK(std::filesystem::last_write_time(harness.path() + ".good") == first);
}

TEST_CASE("The store and its log and its copy are readable by their owner alone", "[store]") {
  SqliteHarness harness;
  REQUIRE(CommitAndWait(harness, {PutPod("till")}).ok());
  CHECK(ModeOf(harness.path()) == 0600);
  CHECK(ModeOf(harness.path() + "-wal") == 0600);
  CHECK_FALSE(std::filesystem::exists(harness.path() + "-shm"));
  harness.Close();
  CHECK(ModeOf(harness.path() + ".good") == 0600);
}

TEST_CASE("A file left readable for all is closed at open", "[store]") {
  SqliteHarness harness;
  harness.Close();
  REQUIRE(chmod(harness.path().c_str(), 0644) == 0);
  harness.Open();
  CHECK(ModeOf(harness.path()) == 0600);
}

}  // namespace
}  // namespace edge::offline_store::testing
