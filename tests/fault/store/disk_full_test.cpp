#include <sys/mount.h>

#include <cstring>
#include <fstream>
#include <string>

#include "tests/contract/store/harness.h"

namespace edge::offline_store::testing {
namespace {

/// A file system of 2 MB; mounted() is false where the machine does not let us mount.
class SmallDisk {
 public:
  SmallDisk() { mounted_ = mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=2m") == 0; }
  ~SmallDisk() {
    if (mounted_) umount2(folder_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }
  std::string operator/(const std::string& name) const { return folder_ / name; }

  /// Writes until nothing fits any more.
  void Fill() const {
    std::ofstream file(folder_ / "ballast", std::ios::binary);
    const std::string block(4096, 'b');
    while (file.write(block.data(), 4096).flush()) {
    }
  }
  void Free() const { std::filesystem::remove(folder_ / "ballast"); }

 private:
  fakes::TempFolder folder_;
  bool mounted_ = false;
};

/// What CommitAndWait asks for, on a disk of its own.
class FullDiskHarness {
 public:
  explicit FullDiskHarness(const SmallDisk& disk) {
    options_.path = disk / "store.db";
    Open();
  }
  void Open() {
    store_.reset();
    auto opened = SqliteStore::Open(options_, runner_.loop(), random_);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    store_ = std::move(opened).value();
  }
  Store& store() { return *store_; }
  void Settle(const std::function<bool()>& is_so) { runner_.Until("the commit's callback", is_so); }

 private:
  LoopRunner runner_;
  SystemRandom random_;
  Options options_;
  std::unique_ptr<SqliteStore> store_;
};

#define SKIP_WITHOUT_MOUNT(disk)                                                      \
  if (!(disk).mounted()) {                                                            \
    WARN("skipped: a tmpfs cannot be mounted here (" << std::strerror(errno) << ")"); \
    return;                                                                           \
  }

TEST_CASE("A full disk fails commits clearly and the store recovers by itself", "[store]") {
  const SmallDisk disk;
  SKIP_WITHOUT_MOUNT(disk);
  FullDiskHarness harness(disk);
  REQUIRE(CommitAndWait(harness, {PutPod("held", 1, "kept")}).ok());
  disk.Fill();

  const Batch batch = {PutPod("new", 1, std::string(200'000, 'n')), PutMeta{"with", "it"}};
  const Status full = CommitAndWait(harness, batch);
  CHECK(full.code() == Code::kResourceExhausted);
  CHECK(full.ToString().find("store.db") != std::string::npos);
  CHECK_FALSE(full.next_step().empty());
  CHECK(harness.store().health() == Health::kDiskFull);
  CHECK_FALSE(harness.store().health_message().empty());

  const Contents contents = harness.store().Load().value();
  REQUIRE(contents.objects.size() == 1);
  CHECK(contents.objects[0].bytes == "kept");
  CHECK(contents.meta.empty());

  disk.Free();
  CHECK(CommitAndWait(harness, batch).ok());
  CHECK(harness.store().health() == Health::kGood);
  harness.Open();
  CHECK(harness.store().Load().value().objects.size() == 2);
}

TEST_CASE("A store opens on a full disk and gives what it holds", "[store]") {
  const SmallDisk disk;
  SKIP_WITHOUT_MOUNT(disk);
  FullDiskHarness harness(disk);
  REQUIRE(CommitAndWait(harness, {PutPod("held"), AppendEvent{"e"}}).ok());
  disk.Fill();
  harness.Open();
  CHECK(harness.store().Load().value().objects.size() == 1);
  CHECK(harness.store().Events(0, 10).value().size() == 1);
  CHECK(CommitAndWait(harness, {PutPod("held")}).ok());  // needs no write
}

TEST_CASE("A batch that does not fit does not take a small one down with it", "[store]") {
  const SmallDisk disk;
  SKIP_WITHOUT_MOUNT(disk);
  FullDiskHarness harness(disk);
  REQUIRE(CommitAndWait(harness, {PutPod("held")}).ok());
  Status large;
  harness.store().Commit({PutPod("large", 1, std::string(2'500'000, 'n'))},
                         [&](Status status) { large = std::move(status); });
  CHECK(CommitAndWait(harness, {PutPod("small")}).ok());
  CHECK(large.code() == Code::kResourceExhausted);
  CHECK(harness.store().Load().value().objects.size() == 2);
}

TEST_CASE("Event counters and sequences survive a commit that failed", "[store]") {
  const SmallDisk disk;
  SKIP_WITHOUT_MOUNT(disk);
  FullDiskHarness harness(disk);
  REQUIRE(CommitAndWait(harness, {AppendEvent{"first"}}).ok());
  disk.Fill();
  CHECK_FALSE(CommitAndWait(harness, {AppendEvent{std::string(500'000, 'e')}}).ok());
  CHECK(harness.store().Events(0, 10).value().size() == 1);
  disk.Free();
  REQUIRE(CommitAndWait(harness, {AppendEvent{"second"}}).ok());
  const auto rows = harness.store().Events(0, 10).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].bytes == "second");
  CHECK(rows[1].sequence > rows[0].sequence);
  CHECK(harness.store().DroppedEvents() == 0);
}

}  // namespace
}  // namespace edge::offline_store::testing
