#include "common/lane.h"

#include <pthread.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <memory>

namespace edge {
namespace {

TEST_CASE("A lane of one thread runs tasks in the order they were given", "[common]") {
  std::vector<int> ran;
  std::promise<void> done;
  Lane lane("one", 1);
  for (int i = 0; i < 100; ++i) lane.Run([&ran, i] { ran.push_back(i); });
  lane.Run([&] { done.set_value(); });
  done.get_future().wait();
  REQUIRE(ran.size() == 100);
  CHECK(std::is_sorted(ran.begin(), ran.end()));
}

TEST_CASE("A lane runs as many tasks at once as it has threads and no more", "[common]") {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  std::promise<void> three_run;
  std::promise<void> go;
  const std::shared_future<void> gate = go.get_future().share();
  std::atomic<int> left{9};
  std::promise<void> done;
  Lane lane("three", 3);
  for (int i = 0; i < 9; ++i) {
    lane.Run([&] {
      const int now = ++running;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      if (now == 3 && left == 9) three_run.set_value();
      gate.wait();
      --running;
      if (--left == 0) done.set_value();
    });
  }
  three_run.get_future().wait();
  go.set_value();
  done.get_future().wait();
  CHECK(most == 3);
}

TEST_CASE("A lane's threads carry its name", "[common]") {
  std::promise<std::string> name;
  Lane lane("image-pulls", 1);
  lane.Run([&] {
    std::array<char, 16> text{};
    pthread_getname_np(pthread_self(), text.data(), text.size());
    name.set_value(text.data());
  });
  CHECK(name.get_future().get() == "image-pulls");
}

TEST_CASE("Closing a lane waits for what runs and drops what waits", "[common]") {
  std::promise<void> started;
  std::promise<void> go;
  std::atomic<bool> finished{false};
  std::atomic<bool> second{false};
  auto lane = std::make_unique<Lane>("closing", 1);
  lane->Run([&] {
    started.set_value();
    go.get_future().wait();
    finished = true;
  });
  lane->Run([&] { second = true; });
  started.get_future().wait();
  auto closed = std::async(std::launch::async, [&] { lane.reset(); });
  CHECK(closed.wait_for(std::chrono::milliseconds(0)) != std::future_status::ready);
  go.set_value();
  closed.wait();
  CHECK(finished);
}

TEST_CASE("A task that is dropped at the end may use the lane while it goes", "[common]") {
  struct RunsAtEnd {
    Lane* lane;
    ~RunsAtEnd() {
      lane->Run([] {});
    }
  };
  std::promise<void> started;
  std::promise<void> go;
  auto lane = std::make_unique<Lane>("dropping", 1);
  lane->Run([&] {
    started.set_value();
    go.get_future().wait();
  });
  lane->Run([held = std::make_shared<RunsAtEnd>(RunsAtEnd{lane.get()})] {});
  started.get_future().wait();
  auto closed = std::async(std::launch::async, [&] { lane.reset(); });
  go.set_value();
  CHECK(closed.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
}

TEST_CASE("A lane that was never used can be closed", "[common]") {
  const Lane lane("idle", 4);
  SUCCEED();
}

}  // namespace
}  // namespace edge
