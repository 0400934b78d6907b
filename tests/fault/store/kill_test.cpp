#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <string>

#include "tests/contract/store/harness.h"

namespace edge::offline_store::testing {
namespace {

/// Batch number n puts one value under two names; half a batch would leave them different.
Batch Pair(std::uint32_t number) {
  HeldObject left = PutPod("left", 1, std::to_string(number)).object;
  left.entry.version = VersionOf(0);
  for (std::size_t i = 0; i < 4; ++i) left.entry.version[i] = std::uint8_t(number >> (8 * i));
  HeldObject right = left;
  right.entry.key.name = "right";
  right.entry.uid = "uid-of-right";
  return {PutObject{left}, PutStatus{left.entry, std::to_string(number)},
          AppendEvent{std::string(300, 'e')}, PutObject{right}};
}

/// The process that is killed: commits without end, and writes each acked number to `acks`.
[[noreturn]] void CommitForever(const Options& options, std::uint32_t first, int acks) {
  auto loop = Loop::Create().value();
  SystemRandom random;
  auto opened = SqliteStore::Open(options, *loop, random);
  if (!opened.ok()) _exit(3);
  auto store = std::move(opened).value();
  std::uint32_t next = first;
  std::function<void()> commit = [&] {
    const std::uint32_t number = next++;
    store->Commit(Pair(number), [&, number](const Status& status) {
      if (!status.ok()) _exit(4);
      if (write(acks, &number, sizeof(number)) != sizeof(number)) _exit(5);
      commit();
    });
  };
  for (int i = 0; i < 5; ++i) loop->Post([&] { commit(); });
  loop->Run();
  _exit(6);
}

/// Starts it, kills it `delay` after its first ack, and gives the last number that it acked.
std::uint32_t RunAndKill(const Options& options, std::uint32_t first, Duration delay) {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const UniqueFd acks(ends[0]);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) CommitForever(options, first, ends[1]);
  close(ends[1]);
  std::uint32_t acked = 0;
  REQUIRE(read(acks.get(), &acked, sizeof(acked)) == sizeof(acked));
  const SystemClock clock;
  const BootTime end = clock.Boot() + delay;
  while (clock.Boot() < end) {
    REQUIRE(read(acks.get(), &acked, sizeof(acked)) == sizeof(acked));
  }
  REQUIRE(kill(child, SIGKILL) == 0);
  while (read(acks.get(), &acked, sizeof(acked)) == sizeof(acked)) {
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  return acked;
}

void CheckConsistent(SqliteHarness& harness, std::uint32_t acked) {
  const Contents contents = harness.store().Load().value();
  REQUIRE(contents.objects.size() == 2);
  CHECK(contents.objects[0].bytes == contents.objects[1].bytes);
  REQUIRE(contents.statuses.size() == 1);
  CHECK(contents.statuses[0].bytes == contents.objects[0].bytes);
  const auto held = std::strtoul(contents.objects[0].bytes.c_str(), nullptr, 10);
  CHECK(held >= acked);
  CHECK(held <= acked + 5);
  const std::uint64_t events = harness.store().Events(0, 2000).value().size();
  CHECK(events + harness.store().DroppedEvents() == held);
}

TEST_CASE("A kill at any moment loses no acked commit and leaves no half batch", "[store]") {
  const int rounds = std::getenv("EDGE_LONG") != nullptr ? 300 : 25;
  Options options;
  options.max_wal_bytes = 200'000;  // checkpoints and copies are in the way of the kill too
  options.first_good_copy_delay = std::chrono::milliseconds(1);
  options.good_copy_interval = std::chrono::milliseconds(5);
  SqliteHarness harness(options);
  const std::string id = harness.store().Id();
  harness.Close();
  SeededRandom random(20261123);
  std::uint32_t held = 0;
  for (int round = 0; round < rounds; ++round) {
    INFO("round " << round);
    const Duration delay = random.Jitter(std::chrono::milliseconds(60));
    const std::uint32_t acked = RunAndKill(harness.options(), held + 1, delay);
    harness.Open();
    CheckConsistent(harness, acked);
    CHECK(harness.store().Id() == id);
    held = std::uint32_t(harness.store().Events(0, 2000).value().size() +
                         harness.store().DroppedEvents());
    harness.Close();
  }
}

}  // namespace
}  // namespace edge::offline_store::testing
