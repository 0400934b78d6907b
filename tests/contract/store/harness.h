#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "common/loop.h"
#include "common/random.h"
#include "offline-store/sqlite_store.h"
#include "tests/fakes/fake_store.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/temp_folder.h"

namespace edge::offline_store::testing {

/// Runs a loop until something is so.
class LoopRunner {
 public:
  LoopRunner() : loop_(Loop::Create().value()) {}
  Loop& loop() { return *loop_; }

  /// Fails the test, naming `what`, when it is not so within ten seconds.
  void Until(const std::string& what, const std::function<bool()>& is_so) {
    const BootTime deadline = loop_->clock().Boot() + std::chrono::seconds(10);
    while (!is_so()) {
      if (loop_->clock().Boot() > deadline) FAIL("waited 10 s for " << what);
      const Timer tick = loop_->After(std::chrono::milliseconds(1), [this] { loop_->Stop(); });
      loop_->Run();
    }
  }

 private:
  std::unique_ptr<Loop> loop_;
};

/// A SqliteStore in a folder of its own that can be closed and opened again.
class SqliteHarness {
 public:
  SqliteHarness() : SqliteHarness(Options{}) {}
  explicit SqliteHarness(Options options) : options_(std::move(options)) {
    options_.path = folder_ / "store.db";
    Open();
  }

  Store& store() { return *store_; }
  Options& options() { return options_; }
  const std::string& path() const { return options_.path; }
  const fakes::TempFolder& folder() const { return folder_; }
  LoopRunner& runner() { return runner_; }

  void Close() { store_.reset(); }
  void Open() {
    auto opened = SqliteStore::Open(options_, runner_.loop(), random_);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    store_ = std::move(opened).value();
  }
  void Reopen() {
    Close();
    Open();
  }
  void Settle(const std::function<bool()>& is_so) { runner_.Until("the commit's callback", is_so); }

 private:
  fakes::TempFolder folder_;
  LoopRunner runner_;
  SeededRandom random_{static_cast<std::uint64_t>(getpid())};
  Options options_;
  std::unique_ptr<Store> store_;
};

/// The fake with the same face.
class FakeHarness {
 public:
  FakeHarness() { Open(); }
  Store& store() { return *store_; }
  void Open() { store_ = std::make_unique<fakes::FakeStore>(executor_, disk_); }
  void Reopen() {
    executor_.RunReady();
    Open();
  }
  void Settle(const std::function<bool()>& is_so) {
    executor_.RunReady();
    REQUIRE(is_so());
  }

 private:
  fakes::ManualExecutor executor_;
  fakes::FakeDisk disk_;
  std::unique_ptr<fakes::FakeStore> store_;
};

/// Commits and waits for the callback.
template <typename Harness>
Status CommitAndWait(Harness& harness, Batch batch) {
  bool called = false;
  Status outcome;
  harness.store().Commit(std::move(batch), [&](Status status) {
    outcome = std::move(status);
    called = true;
  });
  harness.Settle([&] { return called; });
  return outcome;
}

inline sync::Version VersionOf(std::uint8_t number) {
  sync::Version version{};
  version[0] = number;
  return version;
}

inline sync::Entry PodEntry(const std::string& name, std::uint8_t version = 1) {
  return {{sync::Kind::kPod, "shop", name}, "uid-of-" + name, VersionOf(version)};
}

inline PutObject PutPod(const std::string& name, std::uint8_t version = 1,
                        const std::string& bytes = "{}") {
  HeldObject object;
  object.entry = PodEntry(name, version);
  object.bytes = bytes;
  object.prune_rule = 1;
  object.order = {1, 1};
  return {object};
}

}  // namespace edge::offline_store::testing
