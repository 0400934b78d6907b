#include "edged/agent/broker_mover.h"

#include <catch2/catch.hpp>
#include <memory>
#include <optional>

#include "tests/fakes/fake_store.h"
#include "tests/fakes/manual_executor.h"

namespace edge::edged {
namespace {

using std::chrono::minutes;
using Urls = BrokerMover::Urls;

const Urls kOwn = {"tls://old-1:8883", "tls://old-2:8883"};
constexpr char kOld[] = "tls://old-1:8883";
constexpr char kNew[] = "tls://new:8883";

/// A terminal at its identity's broker, which was told of that one.
struct Moving {
  fakes::ManualExecutor executor;
  fakes::FakeDisk disk;
  std::unique_ptr<fakes::FakeStore> store;
  std::vector<Urls> moves;
  std::unique_ptr<BrokerMover> mover;

  Moving() {
    CHECK(Restart() == kOwn);
    Welcome(kOld);
  }
  Urls Restart(const Urls& own = kOwn) {
    mover.reset();
    store = std::make_unique<fakes::FakeStore>(executor, disk);
    moves.clear();
    mover = std::make_unique<BrokerMover>(*store, executor,
                                          [this](const Urls& urls) { moves.push_back(urls); });
    return mover->Start(disk.meta[kMetaBroker], own);
  }
  void Welcome(const std::string& url) {
    mover->OnWelcome(url);
    executor.RunReady();
  }
};

TEST_CASE_METHOD(Moving, "a terminal moves when it is told of another broker than before",
                 "[broker]") {
  CHECK(moves.empty());
  Welcome(kNew);
  CHECK(moves == std::vector<Urls>{{kNew}});
  mover->OnConnected();
  Welcome(kNew);
  executor.Advance(minutes(30));
  CHECK(moves.size() == 1);
  CHECK(Restart() == Urls{kNew});
}

TEST_CASE_METHOD(Moving, "what a terminal is told first is no reason to leave a broker that works",
                 "[broker]") {
  disk.meta.clear();
  CHECK(Restart() == kOwn);
  Welcome(kNew);
  Welcome(kNew);
  CHECK(moves.empty());
  Welcome("");
  Welcome("http://elsewhere");
  CHECK(moves.empty());
  Welcome("tls://third:8883");
  CHECK(moves == std::vector<Urls>{{"tls://third:8883"}});
}

TEST_CASE_METHOD(Moving, "a connection to the new broker without a hub is no answer", "[broker]") {
  Welcome(kNew);
  mover->OnConnected();
  executor.Advance(minutes(9));
  CHECK(moves.size() == 1);
  executor.Advance(minutes(1));
  CHECK(moves == std::vector<Urls>{{kNew}, kOwn});
}

TEST_CASE_METHOD(Moving, "a broker that was given up is tried again only when another was named",
                 "[broker]") {
  Welcome(kNew);
  executor.Advance(minutes(10));
  moves.clear();
  mover->OnConnected();
  Welcome(kNew);
  CHECK(Restart() == kOwn);
  Welcome(kNew);
  CHECK(moves.empty());
  Welcome(kOld);
  CHECK(moves.empty());
  Welcome(kNew);
  CHECK(moves == std::vector<Urls>{{kNew}});
}

TEST_CASE_METHOD(Moving, "a Welcome of the old broker that comes late settles nothing",
                 "[broker]") {
  Welcome(kNew);
  Welcome(kNew);  // before there was a connection to the new one
  executor.Advance(minutes(10));
  CHECK(moves.back() == kOwn);
}

TEST_CASE_METHOD(Moving, "a trial goes on over restarts and its ten minutes with it", "[broker]") {
  Welcome(kNew);
  executor.Advance(minutes(6));
  CHECK(Restart() == Urls{kNew});
  executor.Advance(minutes(3));
  CHECK(moves.empty());
  executor.Advance(minutes(2));
  CHECK(moves == std::vector<Urls>{kOwn});
  CHECK(Restart() == kOwn);
}

TEST_CASE_METHOD(Moving, "from where it has moved to a terminal goes on and back", "[broker]") {
  Welcome(kNew);
  mover->OnConnected();
  Welcome(kNew);
  Welcome("tls://third:8883");
  executor.Advance(minutes(10));
  CHECK(moves == std::vector<Urls>{{kNew}, {"tls://third:8883"}, {kNew}});
  mover->OnConnected();
  Welcome(kOld);
  CHECK(moves.back() == kOwn);
  mover->OnConnected();
  Welcome(kOld);
  CHECK(Restart() == kOwn);
}

TEST_CASE_METHOD(Moving, "a move that cannot be kept is not made until it can", "[broker]") {
  store->Fail(Unavailable("disk full"));
  Welcome(kNew);
  CHECK(moves.empty());
  store->Heal();
  Welcome(kNew);
  CHECK(moves == std::vector<Urls>{{kNew}});
}

TEST_CASE_METHOD(Moving, "a new identity begins at its own broker", "[broker]") {
  Welcome(kNew);
  mover->OnConnected();
  Welcome(kNew);
  CHECK(Restart({"tls://token:8883"}) == Urls{"tls://token:8883"});
}

TEST_CASE_METHOD(Moving, "what the store has of it may be anything", "[broker]") {
  for (const char* kept : {"", "{", "[]", R"({"own":7})", R"({"own":["tls://old-1:8883"]})"}) {
    disk.meta[kMetaBroker] = kept;
    CHECK(Restart() == kOwn);
  }
}

}  // namespace
}  // namespace edge::edged
