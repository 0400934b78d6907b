#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "tests/contract/store/harness.h"
#include "tests/unit/offline_store/disk_counter.h"

namespace {
std::atomic<std::uint64_t> syncs{0};
std::atomic<std::uint64_t> bytes_written{0};

ssize_t CountedWrite(int fd, const void* data, size_t size, off_t at) {
  bytes_written += size;
  return syscall(SYS_pwrite64, fd, data, size, at);
}
}  // namespace

// The executable's definitions come before libc's for every library in the process.
extern "C" {
int fsync(int fd) {
  ++syncs;
  return static_cast<int>(syscall(SYS_fsync, fd));
}
int fdatasync(int fd) {
  ++syncs;
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  return CountedWrite(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off_t at) {
  return CountedWrite(fd, data, size, at);
}
}

namespace edge::offline_store::testing {

DiskUse DiskUseSoFar() { return {syncs.load(), bytes_written.load()}; }

namespace {

constexpr std::size_t kPodBytes = 3000;

TEST_CASE("A burst of 100 pods costs at most 3 syncs", "[store]") {
  SqliteHarness harness;
  const DiskUse before = DiskUseSoFar();
  int done = 0;
  for (int i = 0; i < 100; ++i) {
    harness.store().Commit({PutPod("pod-" + std::to_string(i), 1, std::string(kPodBytes, 'x'))},
                           [&](const Status& status) { done += status.ok() ? 1 : 0; });
  }
  harness.Settle([&] { return done == 100; });
  const DiskUse after = DiskUseSoFar();
  INFO(after.syncs - before.syncs << " syncs, " << after.bytes_written - before.bytes_written
                                  << " bytes");
  CHECK(after.syncs - before.syncs >= 1);
  CHECK(after.syncs - before.syncs <= 3);
}

TEST_CASE("The counter sees the syncs of a commit", "[store]") {
  SqliteHarness harness;
  const DiskUse before = DiskUseSoFar();
  REQUIRE(CommitAndWait(harness, {PutMeta{"a", "b"}}).ok());
  CHECK(DiskUseSoFar().syncs > before.syncs);
  CHECK(DiskUseSoFar().bytes_written > before.bytes_written);
}

TEST_CASE("A redelivery of what is held writes nothing and syncs nothing", "[store]") {
  SqliteHarness harness;
  const Batch batch = {
      PutPod("till", 1, std::string(kPodBytes, 'x')), PutStatus{PodEntry("till", 9), "status"},
      PutTombstone{{PodEntry("old"), {1, 1}}}, PutFacts{{"uid", "facts"}}, PutMeta{"epoch", "1"}};
  REQUIRE(CommitAndWait(harness, batch).ok());
  const auto wal_size = std::filesystem::file_size(harness.path() + "-wal");
  const DiskUse before = DiskUseSoFar();
  REQUIRE(CommitAndWait(harness, batch).ok());
  PutObject newer_order = PutPod("till", 1, std::string(kPodBytes, 'x'));
  newer_order.object.order = {9, 9};
  REQUIRE(CommitAndWait(harness, {newer_order}).ok());
  REQUIRE(CommitAndWait(harness, {DeleteObject{PodEntry("gone").key, "gone"}, DeleteFacts{"gone"},
                                  AckStatus{"gone", 1}, AckEvents{100}})
              .ok());
  const DiskUse after = DiskUseSoFar();
  CHECK(after.syncs == before.syncs);
  CHECK(after.bytes_written == before.bytes_written);
  CHECK(std::filesystem::file_size(harness.path() + "-wal") == wal_size);
}

TEST_CASE("A changed prune rule or retention is written although the version is the same",
          "[store]") {
  SqliteHarness harness;
  PutObject put = PutPod("till");
  REQUIRE(CommitAndWait(harness, {put}).ok());
  put.object.retained = true;
  put.object.prune_rule = 2;
  REQUIRE(CommitAndWait(harness, {put}).ok());
  const Contents contents = harness.store().Load().value();
  CHECK(contents.objects[0].retained);
  CHECK(contents.objects[0].prune_rule == 2);
}

TEST_CASE("A status change costs less than 40 KB of flash", "[store]") {
  SqliteHarness harness;
  REQUIRE(CommitAndWait(harness, {PutStatus{PodEntry("till", 1), std::string(2000, 's')}}).ok());
  const DiskUse before = DiskUseSoFar();
  REQUIRE(CommitAndWait(harness, {PutStatus{PodEntry("till", 2), std::string(2000, 't')}}).ok());
  const DiskUse after = DiskUseSoFar();
  INFO(after.bytes_written - before.bytes_written << " bytes");
  CHECK(after.bytes_written - before.bytes_written < 40'000);
}

TEST_CASE("The log on disk stays bounded through many commits", "[store]") {
  Options options;
  options.max_wal_bytes = 256U << 10;
  SqliteHarness harness(options);
  for (int i = 0; i < 200; ++i) {
    REQUIRE(CommitAndWait(harness, {PutPod("till", std::uint8_t(i), std::string(8000, 'x'))}).ok());
  }
  CHECK(std::filesystem::file_size(harness.path() + "-wal") < 5 * options.max_wal_bytes);
}

}  // namespace
}  // namespace edge::offline_store::testing
