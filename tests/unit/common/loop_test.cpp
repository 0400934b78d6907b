#include "common/loop.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

namespace edge {
namespace {

using std::chrono::milliseconds;

struct Pipe {
  Pipe() {
    int ends[2];
    REQUIRE(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    reader = UniqueFd(ends[0]);
    writer = UniqueFd(ends[1]);
  }
  void Write() const { REQUIRE(write(writer.get(), "x", 1) == 1); }
  UniqueFd reader;
  UniqueFd writer;
};

TEST_CASE("Tasks run in the order of posting whatever thread posts them", "[common]") {
  const auto loop = Loop::Create().value();
  std::vector<int> ran;
  std::thread poster([&] {
    for (int i = 0; i < 1000; ++i) loop->Post([&ran, i] { ran.push_back(i); });
    loop->Post([&] { loop->Stop(); });
  });
  loop->Run();
  poster.join();
  REQUIRE(ran.size() == 1000);
  CHECK(std::is_sorted(ran.begin(), ran.end()));
}

TEST_CASE("A task posted before the stop still runs and the loop can run again", "[common]") {
  const auto loop = Loop::Create().value();
  int ran = 0;
  loop->Post([&] { ++ran; });
  loop->Stop();
  loop->Run();
  CHECK(ran == 1);
  loop->Post([&] {
    loop->Post([&] { ++ran; });
    loop->Stop();
  });
  loop->Run();
  CHECK(ran == 2);
}

TEST_CASE("What a task holds is gone before the next task runs", "[common]") {
  const auto loop = Loop::Create().value();
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  bool gone = false;
  loop->Post([held = std::move(held)] {});
  loop->Post([&] {
    gone = watch.expired();
    loop->Stop();
  });
  loop->Run();
  CHECK(gone);
}

TEST_CASE("Timers fire after their delay and in the order of their deadlines", "[common]") {
  const auto loop = Loop::Create().value();
  std::vector<int> fired;
  const BootTime start = loop->clock().Boot();
  BootTime end;
  const Timer late = loop->After(milliseconds(20), [&] {
    fired.push_back(2);
    end = loop->clock().Boot();
    loop->Stop();
  });
  const Timer early = loop->After(milliseconds(5), [&] { fired.push_back(1); });
  const Timer never = loop->After(std::chrono::hours(1), [&] { fired.push_back(3); });
  loop->Run();
  CHECK(fired == std::vector<int>{1, 2});
  CHECK(end - start >= milliseconds(20));
}

TEST_CASE("A timer that is due at once does not starve posted tasks", "[common]") {
  const auto loop = Loop::Create().value();
  int rounds = 0;
  Timer timer;
  std::function<void()> again = [&] {
    ++rounds;
    timer = loop->After(Duration::zero(), again);
  };
  timer = loop->After(Duration::zero(), again);
  loop->Post([&] { loop->Post([&] { loop->Post([&] { loop->Stop(); }); }); });
  loop->Run();
  CHECK(rounds >= 1);
}

TEST_CASE("An earlier timer moves the wake-up forward", "[common]") {
  const auto loop = Loop::Create().value();
  bool late_fired = false;
  const Timer late = loop->After(std::chrono::hours(1), [&] { late_fired = true; });
  Timer early;
  loop->Post([&] { early = loop->After(milliseconds(1), [&] { loop->Stop(); }); });
  loop->Run();
  CHECK_FALSE(late_fired);
}

TEST_CASE("A watched descriptor is reported until it is unwatched", "[common]") {
  const auto loop = Loop::Create().value();
  const Pipe pipe;
  int reports = 0;
  REQUIRE(loop->Watch(pipe.reader.get(), EPOLLIN,
                      [&](std::uint32_t events) {
                        CHECK((events & EPOLLIN) != 0);
                        if (++reports == 3) {  // level-triggered: nobody read
                          loop->Unwatch(pipe.reader.get());
                          loop->Post([&] { loop->Stop(); });
                        }
                      })
              .ok());
  pipe.Write();
  loop->Run();
  CHECK(reports == 3);
  CHECK_FALSE(loop->Watch(-1, EPOLLIN, [](std::uint32_t) {}).ok());
}

TEST_CASE("Watching again replaces the callback", "[common]") {
  const auto loop = Loop::Create().value();
  const Pipe pipe;
  bool old_called = false;
  bool new_called = false;
  REQUIRE(loop->Watch(pipe.reader.get(), EPOLLIN, [&](std::uint32_t) { old_called = true; }).ok());
  REQUIRE(loop->Watch(pipe.reader.get(), EPOLLIN,
                      [&](std::uint32_t) {
                        new_called = true;
                        loop->Stop();
                      })
              .ok());
  pipe.Write();
  loop->Run();
  CHECK(new_called);
  CHECK_FALSE(old_called);
}

TEST_CASE("A callback that unwatches another in the same round silences it", "[common]") {
  const auto loop = Loop::Create().value();
  const Pipe a;
  const Pipe b;
  int called = 0;
  const auto ready = [&](std::uint32_t) {
    ++called;
    loop->Unwatch(a.reader.get());
    loop->Unwatch(b.reader.get());
    loop->Post([&] { loop->Stop(); });
  };
  REQUIRE(loop->Watch(a.reader.get(), EPOLLIN, ready).ok());
  REQUIRE(loop->Watch(b.reader.get(), EPOLLIN, ready).ok());
  a.Write();
  b.Write();
  loop->Run();
  CHECK(called == 1);
}

TEST_CASE("Stopping from another thread wakes a sleeping loop", "[common]") {
  const auto loop = Loop::Create().value();
  std::thread stopper;
  loop->Post([&] { stopper = std::thread([&] { loop->Stop(); }); });
  loop->Run();
  stopper.join();
  SUCCEED();
}

TEST_CASE("A descriptor is closed once and moves", "[common]") {
  int raw = -1;
  {
    Pipe pipe;
    raw = pipe.reader.get();
    UniqueFd moved(std::move(pipe.reader));
    CHECK(moved.get() == raw);
    UniqueFd assigned;
    assigned = std::move(moved);
    CHECK(assigned.valid());
    CHECK(fcntl(raw, F_GETFD) >= 0);
  }
  CHECK(fcntl(raw, F_GETFD) < 0);
}

}  // namespace
}  // namespace edge
