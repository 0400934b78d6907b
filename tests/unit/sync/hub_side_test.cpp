#include "sync/hub_side.h"

#include <catch2/catch.hpp>

#include "sync/digest.h"
#include "sync/prune.h"
#include "tests/unit/sync/fake_view.h"

namespace edge::sync {
namespace {

using std::chrono::seconds;

struct Hub {
  FakeView view;
  SeededRandom random{1};
  HubConfig config{"home", "retail", "1.0"};
  BootTime now{seconds(1000)};
  std::unique_ptr<HubSession> session;
  std::uint64_t beats = 0;

  HubSession& Start(std::uint64_t epoch = 1) {
    session = std::make_unique<HubSession>(config, view, random);
    (void)session->SetEpoch(epoch, now);
    return *session;
  }
  Heartbeat Beat(const std::vector<Entry>& held) {
    Heartbeat heartbeat;
    heartbeat.store_id = "disk";
    heartbeat.session_id = "s";
    heartbeat.sequence = ++beats;
    heartbeat.held_cluster_uid = "home";
    heartbeat.epoch = 1;
    heartbeat.prune_rule = 1;
    heartbeat.desired = DigestOf(held);
    heartbeat.status = DigestOf(view.statuses);
    return heartbeat;
  }
  HubOutput Hear(const UpMessage& message) { return session->Receive(message, now); }
  /// A heartbeat, the list that it leads to, and the answer.
  HubOutput Reconcile(const std::vector<Entry>& held) {
    const HubOutput out = Hear(Beat(held));
    for (const DownMessage& message : out.send) {
      if (const auto* request = std::get_if<ListRequest>(&message)) {
        return Hear(Inventory{request->which, request->id, held});
      }
    }
    return out;
  }
  HubOutput Ack(const DownMessage& message, Outcome outcome) {
    sync::Ack ack;
    if (const auto* put = std::get_if<Put>(&message)) {
      ack.rows.push_back({put->object.entry, put->order, outcome, {}});
    } else if (const auto* remove = std::get_if<Remove>(&message)) {
      ack.rows.push_back({remove->entry, remove->order, outcome, {}});
    }
    return Hear(ack);
  }
};

template <typename T>
std::vector<T> Of(const HubOutput& out) {
  std::vector<T> found;
  for (const DownMessage& message : out.send) {
    if (const auto* each = std::get_if<T>(&message)) found.push_back(*each);
  }
  return found;
}

}  // namespace

TEST_CASE("The first heartbeat is answered with a Welcome", "[sync]") {
  Hub hub;
  hub.Start(3);
  Heartbeat first = hub.Beat({});
  const HubOutput out = hub.Hear(first);
  CHECK(out.connected_now);
  CHECK(Of<Welcome>(out).at(0).epoch == 3);
  CHECK(Of<Welcome>(hub.Hear(hub.Beat({}))).size() == 1);  // the node has not heard of epoch 3
  Heartbeat third = hub.Beat({});
  third.epoch = 3;
  CHECK(Of<Welcome>(hub.Hear(third)).empty());
}

TEST_CASE("Equal digests cost no message", "[sync]") {
  Hub hub;
  const Entry pod = hub.view.Add(Kind::kPod, "p1");
  hub.Start();
  hub.Hear(hub.Beat({pod}));
  CHECK(hub.Hear(hub.Beat({pod})).send.empty());
}

TEST_CASE("What the node lacks is sent with the Secrets before the pods", "[sync]") {
  Hub hub;
  hub.view.Add(Kind::kPod, "p1");
  hub.view.Add(Kind::kSecret, "s1");
  hub.Start();
  const auto puts = Of<Put>(hub.Reconcile({}));
  REQUIRE(puts.size() == 2);
  CHECK(puts[0].object.entry.uid == "s1");
  CHECK(puts[1].object.entry.uid == "p1");
  CHECK(puts[0].order < puts[1].order);
  CHECK(hub.session->pending() == 2);
}

TEST_CASE("Absence from the cache is a question and only its answer removes", "[sync]") {
  Hub hub;
  hub.Start();
  const Entry pod = Named(Kind::kPod, "p1");
  const HubOutput out = hub.Reconcile({pod});
  CHECK(Of<Remove>(out).empty());
  REQUIRE(out.gets.size() == 1);
  const auto answer = [&](GetAnswer::What what, const char* uid) {
    return Of<Remove>(hub.session->Answer({pod, what, uid}, hub.now));
  };
  CHECK(answer(GetAnswer::What::kError, "").empty());
  CHECK(answer(GetAnswer::What::kFound, "p1").empty());
  CHECK(answer(GetAnswer::What::kFound, "").empty());
  const auto removes = answer(GetAnswer::What::kFound, "p2");
  REQUIRE(removes.size() == 1);
  CHECK(removes[0].evidence == Evidence::kGetOtherUid);
}

TEST_CASE("A cache that is not in sync removes nothing", "[sync]") {
  Hub hub;
  hub.Start();
  hub.view.unsynced = {Kind::kSecret};
  const HubOutput forbidden = hub.Reconcile({Named(Kind::kSecret, "s1")});
  CHECK(forbidden.gets.empty());
  CHECK(Of<Remove>(forbidden).empty());
  hub.view.unsynced = {Kind::kPod};
  CHECK(Of<ListRequest>(hub.Hear(hub.Beat({Named(Kind::kPod, "p1")}))).empty());
}

TEST_CASE("What no pod refers to any more is removed as unreferenced", "[sync]") {
  Hub hub;
  hub.Start();
  const Entry secret = Named(Kind::kSecret, "s1");
  const auto removes = Of<Remove>(hub.Reconcile({secret}));
  REQUIRE(removes.size() == 1);
  CHECK(removes[0].evidence == Evidence::kUnreferenced);
  Hub other;
  other.view.referenced = {secret.key};
  other.Start();
  CHECK(other.Reconcile({secret}).gets.size() == 1);
}

TEST_CASE("What is not acked is sent again under the same order while the node is there",
          "[sync]") {
  Hub hub;
  hub.Start();
  hub.Hear(hub.Beat({}));
  const Entry pod = hub.view.Add(Kind::kPod, "p1");
  const auto first = Of<Put>(hub.session->Changed(pod, hub.now));
  REQUIRE(first.size() == 1);
  hub.now += hub.config.retry_first;
  const auto again = Of<Put>(hub.session->Tick(hub.now));
  REQUIRE(again.size() == 1);
  CHECK(again[0].order == first[0].order);
  CHECK(hub.Ack(again[0], Outcome::kCommitted).send.empty());
  CHECK(hub.session->pending() == 0);
}

TEST_CASE("An ack of an older version settles nothing", "[sync]") {
  Hub hub;
  hub.Start();
  hub.Hear(hub.Beat({}));
  const auto old = Of<Put>(hub.session->Changed(hub.view.Add(Kind::kPod, "p1", "v1"), hub.now));
  const auto next = Of<Put>(hub.session->Changed(hub.view.Add(Kind::kPod, "p1", "v2"), hub.now));
  hub.Ack(old.at(0), Outcome::kCommitted);
  CHECK(hub.session->pending() == 1);
  hub.Ack(next.at(0), Outcome::kCommitted);
  CHECK(hub.session->pending() == 0);
}

TEST_CASE("Nothing is sent to a node that fell silent until it is heard again", "[sync]") {
  Hub hub;
  hub.Start();
  hub.Hear(hub.Beat({}));
  hub.now += seconds(46);
  CHECK(hub.session->Tick(hub.now).disconnected_now);
  const Entry pod = hub.view.Add(Kind::kPod, "p1");
  CHECK(hub.session->Changed(pod, hub.now).send.empty());
  CHECK(hub.session->pending() == 1);
  CHECK_FALSE(hub.session->next_tick());
  CHECK(Of<Put>(hub.Hear(hub.Beat({}))).size() == 1);
}

TEST_CASE("In flight are at most so many messages and bytes", "[sync]") {
  Hub hub;
  hub.config.max_in_flight = 2;
  for (const char* uid : {"p1", "p2", "p3"}) hub.view.Add(Kind::kPod, uid);
  hub.Start();
  const auto first = Of<Put>(hub.Reconcile({}));
  CHECK(first.size() == 2);
  CHECK(Of<Put>(hub.Ack(first.at(0), Outcome::kCommitted)).size() == 1);

  Hub thin;
  thin.config.max_in_flight_bytes = 10;
  thin.view.Add(Kind::kPod, "p1", std::string(100, 'x'));
  thin.view.Add(Kind::kPod, "p2", std::string(100, 'y'));
  thin.Start();
  CHECK(Of<Put>(thin.Reconcile({})).size() == 1);
}

TEST_CASE("A deletion wins over a later sight of the same UID", "[sync]") {
  Hub hub;
  hub.Start();
  hub.Hear(hub.Beat({}));
  const Entry pod = hub.view.Add(Kind::kPod, "p1");
  hub.view.objects.clear();
  const auto removes = Of<Remove>(hub.session->Deleted(pod, hub.now));
  CHECK(removes.at(0).evidence == Evidence::kWatchDeleted);
  hub.view.Add(Kind::kPod, "p1");  // a lagging list
  CHECK(hub.session->Changed(pod, hub.now).send.empty());
  CHECK(hub.session->pending() == 1);
}

TEST_CASE("A node that has seen a higher epoch makes the hub ask for one above", "[sync]") {
  Hub hub;
  hub.Start(1);
  hub.Hear(hub.Beat({}));
  const auto put = Of<Put>(hub.session->Changed(hub.view.Add(Kind::kPod, "p1"), hub.now)).at(0);
  CHECK(hub.Hear(Stale{5}).raise_epoch_above == 5);
  CHECK_FALSE(hub.Hear(Stale{1}).raise_epoch_above);
  const HubOutput out = hub.session->SetEpoch(6, hub.now);
  CHECK(Of<Welcome>(out).size() == 1);
  CHECK(Of<Put>(out).at(0).order.epoch == 6);
  CHECK(put.order.epoch == 1);
  CHECK(hub.session->SetEpoch(6, hub.now).send.empty());
}

TEST_CASE("A node of another cluster gets nothing until the operator confirms", "[sync]") {
  Hub hub;
  hub.view.Add(Kind::kPod, "p1");
  hub.Start();
  Heartbeat heartbeat = hub.Beat({});
  heartbeat.held_cluster_uid = "away";
  heartbeat.epoch = 99;
  const HubOutput out = hub.Hear(heartbeat);
  CHECK(out.send.empty());
  CHECK_FALSE(out.raise_epoch_above);
  CHECK(hub.session->other_cluster() == "away");
  const auto welcome = Of<Welcome>(hub.session->ConfirmFrom("away", hub.now));
  CHECK(welcome.at(0).confirmed_from_cluster_uid == "away");
}

TEST_CASE("An object that the node refuses is kept as refused and not sent at once again",
          "[sync]") {
  Hub hub;
  hub.view.Add(Kind::kPod, "p1");
  hub.Start();
  const auto put = Of<Put>(hub.Reconcile({})).at(0);
  hub.Ack(put, Outcome::kInvalid);
  CHECK(hub.session->refused().at("p1").outcome == Outcome::kInvalid);
  CHECK(hub.session->pending() == 1);
  CHECK(Of<Put>(hub.Reconcile({})).empty());
  hub.now += seconds(31);
  CHECK(Of<Put>(hub.Reconcile({})).size() == 1);
}

TEST_CASE("A difference that looking does not change is looked at ever more rarely", "[sync]") {
  Hub hub;
  hub.Start();
  const std::vector<Entry> held = {Named(Kind::kPod, "p1")};
  int looks = 0;
  for (int beat = 0; beat < 40; ++beat) {
    looks += static_cast<int>(hub.Reconcile(held).gets.size());
    hub.now += seconds(15);
  }
  CHECK(looks >= 6);
  CHECK(looks <= 9);
}

TEST_CASE("A status that the API lost is asked for once the node has nothing pending", "[sync]") {
  Hub hub;
  const Entry pod = hub.view.Add(Kind::kPod, "p1");
  hub.view.statuses = {Named(Kind::kPod, "p1", "overwritten")};
  hub.Start();
  Heartbeat heartbeat = hub.Beat({pod});
  const Entry real = Named(Kind::kPod, "p1", "real");
  heartbeat.status = DigestOf({real});
  heartbeat.pending_statuses = 1;
  CHECK(Of<ListRequest>(hub.Hear(heartbeat)).empty());
  heartbeat.sequence = ++hub.beats;
  heartbeat.pending_statuses = 0;
  const auto request = Of<ListRequest>(hub.Hear(heartbeat)).at(0);
  CHECK(request.which == ListRequest::Which::kStatus);
  const HubOutput out = hub.Hear(Inventory{request.which, request.id, {real}});
  CHECK(Of<StatusRequest>(out).at(0).uids == std::vector<std::string>{"p1"});
}

TEST_CASE("Another store makes the hub start its sequences afresh", "[sync]") {
  Hub hub;
  hub.Start();
  hub.Hear(hub.Beat({}));
  const auto put = Of<Put>(hub.session->Changed(hub.view.Add(Kind::kPod, "p1"), hub.now)).at(0);
  Heartbeat heartbeat = hub.Beat({});
  heartbeat.store_id = "another";
  const HubOutput out = hub.Hear(heartbeat);
  CHECK(out.store_changed);
  CHECK(put.order < Of<Put>(out).at(0).order);
}

TEST_CASE("What changed after a list was asked for is not judged by that list", "[sync]") {
  Hub hub;
  const Entry old = hub.view.Add(Kind::kPod, "p1", "v1");
  hub.view.Add(Kind::kPod, "p2");
  hub.Start();
  const auto request = Of<ListRequest>(hub.Hear(hub.Beat({old}))).at(0);
  const auto put = Of<Put>(hub.session->Changed(hub.view.Add(Kind::kPod, "p1", "v2"), hub.now));
  hub.Ack(put.at(0), Outcome::kCommitted);
  const auto puts = Of<Put>(hub.Hear(Inventory{request.which, request.id, {old}}));
  REQUIRE(puts.size() == 1);
  CHECK(puts[0].object.entry.uid == "p2");
}

TEST_CASE("A node is told of its broker at once when that changes", "[sync]") {
  Hub hub;
  hub.Start();
  CHECK(Of<Welcome>(hub.session->SetBroker("tls://one:8883", hub.now)).empty());  // it is away
  CHECK(Of<Welcome>(hub.Hear(hub.Beat({}))).at(0).broker_url == "tls://one:8883");
  CHECK(hub.session->SetBroker("tls://one:8883", hub.now).send.empty());
  const auto told = Of<Welcome>(hub.session->SetBroker("tls://two:8883", hub.now));
  REQUIRE(told.size() == 1);
  CHECK(told[0].broker_url == "tls://two:8883");
}

}  // namespace edge::sync
