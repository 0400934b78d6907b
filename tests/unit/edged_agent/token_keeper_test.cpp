#include "edged/agent/token_keeper.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/fakes/fake_store.h"
#include "tests/fakes/log_capture.h"
#include "tests/fakes/manual_executor.h"

namespace edge::edged {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const kube::TokenSource kOwn{"", 3600};

Pod PodWith(const std::string& uid, const std::vector<kube::TokenSource>& sources = {kOwn}) {
  Pod pod;
  pod.uid = uid;
  pod.ns = "shop";
  pod.name = "pod-" + uid;
  pod.service_account = "cashier";
  Volume volume;
  for (const kube::TokenSource& what : sources) {
    VolumeSource source;
    source.token = VolumeSource::Token{"token", what};
    volume.sources.push_back(source);
  }
  pod.volumes.push_back(volume);
  return pod;
}

/// A keeper that can lose power, with what it did.
struct Till {
  fakes::ManualExecutor executor;
  SeededRandom random{5};
  fakes::FakeDisk disk;
  std::optional<fakes::FakeStore> store;
  std::optional<TokenKeeper> keeper;
  std::vector<sync::TokenRequest> sent;
  std::vector<std::string> changed;
  std::vector<EventDraft> events;
  std::set<std::string> ended, gone;
  int answered = 0;

  explicit Till(const std::string& boot = "boot-1") { Boot(boot); }
  void Boot(const std::string& boot) {
    keeper.reset();
    store.emplace(executor, disk);
    keeper.emplace(*store, executor, random, boot,
                   TokenKeeper::Callbacks{
                       [this](sync::TokenRequest request) { sent.push_back(std::move(request)); },
                       [this](const std::string& uid) { changed.push_back(uid); },
                       [this](const EventDraft& event) { events.push_back(event); },
                       [this](const std::string& uid) { return !ended.contains(uid); }});
    keeper->Start(store->Load().value().tokens,
                  [this](const std::string& uid) { return !gone.contains(uid); });
  }
  TokenState Now(const std::string& uid = "a", const kube::TokenSource& what = kOwn) {
    return keeper->Want(PodWith(uid, {what})).at(what);
  }
  void Answer(const sync::TokenKey& key, std::uint64_t lifetime = 3600) {
    keeper->OnReply({key, "token-" + std::to_string(++answered), lifetime, 0, ""});
    executor.RunReady();
  }
  void Refuse(const sync::TokenKey& key, const std::string& why) {
    keeper->OnReply({key, "", 0, 0, why});
    executor.RunReady();
  }
  /// With a token for pod "a".
  void Supply(std::uint64_t lifetime = 3600) {
    keeper->OnConnected();
    Now();
    executor.Advance(seconds(1));
    REQUIRE(sent.size() == 1);
    Answer(sent[0].key, lifetime);
    sent.clear();
    changed.clear();
  }
};

}  // namespace

TEST_CASE("a pod's first token is asked for and handed out once it is on the disk", "[tokens]") {
  Till till;
  till.keeper->OnConnected();
  CHECK(till.Now().token.empty());
  CHECK(till.Now().why.empty());
  till.executor.RunReady();
  REQUIRE(till.sent.size() == 1);
  CHECK(till.sent[0].key == sync::TokenKey{"a", "", 3600});
  CHECK(till.sent[0].ns == "shop");
  CHECK(till.sent[0].name == "pod-a");
  CHECK(till.sent[0].service_account == "cashier");
  till.store->Hold();
  till.Answer(till.sent[0].key);
  CHECK(till.changed.empty());
  CHECK(till.Now().token.empty());
  CHECK(till.Now().why.empty());
  till.store->Release();
  till.executor.RunReady();
  CHECK(till.changed == std::vector<std::string>{"a"});
  CHECK(till.Now().token == "token-1");
  CHECK(till.disk.tokens.size() == 1);
  CHECK(till.events.empty());
}

TEST_CASE("a store that cannot write keeps no pod from its token and is tried again", "[tokens]") {
  Till till;
  till.store->Fail(ResourceExhausted("disk full"));
  till.Supply();
  CHECK(till.Now().token == "token-1");
  till.executor.Advance(minutes(2));
  CHECK(till.disk.tokens.empty());
  till.store->Heal();
  till.executor.Advance(minutes(1));
  CHECK(till.disk.tokens.size() == 1);
}

TEST_CASE("a token that does not come is asked for again ever more seldom and the pod says so",
          "[tokens]") {
  Till till;
  till.keeper->OnConnected();
  till.Now();
  till.executor.Advance(seconds(4));
  CHECK(till.Now().why.empty());
  till.executor.Advance(seconds(2));
  CHECK(till.changed == std::vector<std::string>{"a"});
  CHECK(till.Now().why == "the hub has not answered yet");
  till.executor.Advance(minutes(10));
  CHECK(till.sent.size() >= 7);
  CHECK(till.sent.size() <= 16);
  till.keeper->OnDisconnected();
  CHECK(till.Now().why == "there is no connection to the hub");
  const std::size_t before = till.sent.size();
  till.executor.Advance(hours(1));
  CHECK(till.sent.size() == before);
  till.keeper->OnConnected();
  till.executor.Advance(seconds(1));
  CHECK(till.sent.size() == before + 1);
  till.Answer(till.sent.back().key);
  CHECK(till.Now().token == "token-1");
}

TEST_CASE("a refusal is shown and asked again until the ServiceAccount is mended", "[tokens]") {
  Till till;
  till.keeper->OnConnected();
  till.Now();
  till.executor.Advance(seconds(1));
  till.Refuse(till.sent[0].key, "serviceaccounts \"cashier\" not found");
  CHECK(till.changed.size() == 1);
  CHECK(till.Now().why == "serviceaccounts \"cashier\" not found");
  till.executor.Advance(seconds(6));
  REQUIRE(till.sent.size() == 2);
  till.Refuse(till.sent[1].key, "serviceaccounts \"cashier\" not found");
  till.executor.Advance(seconds(11));
  REQUIRE(till.sent.size() == 3);
  till.Answer(till.sent[2].key);
  CHECK(till.Now().token == "token-1");
}

TEST_CASE("a token is refreshed at four fifths of its life and used meanwhile", "[tokens]") {
  Till till;
  till.Supply();
  till.executor.Advance(minutes(41));
  CHECK(till.sent.empty());
  till.executor.Advance(minutes(7));
  REQUIRE_FALSE(till.sent.empty());
  CHECK(till.Now().token == "token-1");
  till.Answer(till.sent[0].key);
  CHECK(till.changed == std::vector<std::string>{"a"});
  CHECK(till.Now().token == "token-2");
  till.executor.Advance(seconds(3));
  CHECK(till.disk.tokens.begin()->second.find("token-2") != std::string::npos);
  CHECK(till.events.empty());
}

TEST_CASE("a token for a year is refreshed after a day", "[tokens]") {
  Till till;
  till.Supply(365 * 86400);
  till.executor.Advance(hours(22));
  CHECK(till.sent.empty());
  till.executor.Advance(hours(2));
  CHECK_FALSE(till.sent.empty());
}

TEST_CASE("while offline a token is kept beyond its life and refreshed when the line is back",
          "[tokens]") {
  Till till;
  till.Supply();
  till.keeper->OnDisconnected();
  till.executor.Advance(hours(8));
  CHECK(till.sent.empty());
  CHECK(till.Now().token == "token-1");
  REQUIRE(till.events.size() == 1);
  CHECK(till.events[0].reason == "TokenExpired");
  CHECK(till.events[0].warning);
  CHECK(till.events[0].object.uid == "a");
  CHECK(till.events[0].message.find("there is no connection to the hub") != std::string::npos);
  till.keeper->OnConnected();
  till.executor.Advance(seconds(21));
  REQUIRE_FALSE(till.sent.empty());
  till.Answer(till.sent[0].key);
  CHECK(till.Now().token == "token-2");
}

TEST_CASE("a refresh that is refused leaves the old token in use", "[tokens]") {
  Till till;
  till.Supply();
  till.executor.Advance(minutes(48));
  REQUIRE_FALSE(till.sent.empty());
  till.Refuse(till.sent[0].key, "gone");
  CHECK(till.changed.empty());
  CHECK(till.Now().token == "token-1");
  till.executor.Advance(minutes(15));
  REQUIRE(till.events.size() == 1);
  CHECK(till.events[0].message.find("until there is another: gone") != std::string::npos);
}

TEST_CASE("after a power cut a pod has its token at once without a connection", "[tokens]") {
  Till till;
  till.Supply();
  till.Boot("boot-2");
  CHECK(till.Now().token == "token-1");
  till.executor.Advance(minutes(10));
  CHECK(till.sent.empty());
  CHECK(till.events.empty());
  till.keeper->OnConnected();
  till.executor.Advance(seconds(21));
  CHECK_FALSE(till.sent.empty());  // nobody knows how long it was off
}

TEST_CASE("an agent that starts again in the same boot does not ask before it is time",
          "[tokens]") {
  Till till;
  till.Supply();
  till.executor.Advance(minutes(10));
  till.Boot("boot-1");
  till.keeper->OnConnected();
  CHECK(till.Now().token == "token-1");
  till.executor.Advance(minutes(30));
  CHECK(till.sent.empty());
  till.executor.Advance(minutes(10));
  CHECK_FALSE(till.sent.empty());
}

TEST_CASE("the tokens of a pod go with its UID from the disk too", "[tokens]") {
  Till till;
  till.Supply();
  till.Now("b", {"vault", 600});
  till.executor.RunReady();
  till.Answer({"b", "vault", 600}, 600);
  CHECK(till.disk.tokens.size() == 2);
  till.keeper->Forget("b");
  till.executor.RunReady();
  CHECK(till.disk.tokens.size() == 1);
  till.gone.insert("a");
  till.Boot("boot-2");
  till.executor.RunReady();
  CHECK(till.disk.tokens.empty());
}

TEST_CASE("tokens of one age are refreshed together and stored with one write", "[tokens]") {
  Till till;
  till.keeper->OnConnected();
  for (const std::string uid : {"a", "b", "c", "d", "e"}) till.Now(uid);
  till.executor.RunReady();
  REQUIRE(till.sent.size() == 5);
  const auto first = std::exchange(till.sent, {});
  for (const sync::TokenRequest& request : first) till.Answer(request.key);
  const int writes = till.store->writes();
  till.executor.Advance(minutes(48));
  REQUIRE(till.sent.size() >= 5);
  const auto second = till.sent;
  for (const sync::TokenRequest& request : second) till.Answer(request.key);
  till.executor.Advance(seconds(3));
  CHECK(till.store->writes() == writes + 1);
}

TEST_CASE("a pod at its end gets no new token and what nobody asked for is dropped", "[tokens]") {
  Till till;
  till.Supply();
  till.Answer({"a", "", 3600});
  CHECK(till.Now().token == "token-1");
  till.Answer({"x", "", 3600});
  till.ended.insert("a");
  till.executor.Advance(hours(3));
  CHECK(till.sent.empty());
  CHECK(till.events.empty());
}

TEST_CASE("no log line of the keeper has a token in it", "[tokens]") {
  fakes::LogCapture log;
  Till till;
  till.store->Fail(ResourceExhausted("disk full"));
  till.Supply();
  till.executor.Advance(hours(3));
  till.disk.tokens[{"a", "", 3600}] = "token-9";
  till.Boot("boot-2");
  CHECK(log.LinesWith("stored token not read") == 1);
  CHECK(log.LinesWith("token-") == 0);
}

}  // namespace edge::edged
