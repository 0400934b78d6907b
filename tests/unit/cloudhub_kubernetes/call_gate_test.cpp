#include <catch2/catch.hpp>

#include "cloudhub/adapters/kubernetes/kubernetes_api.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/cloudhub_kubernetes/fake_http.h"

namespace edge::cloudhub::kubernetes {
namespace {

using std::chrono::seconds;

const Resource kThings{"", "v1", "configmaps"};
const Actor kOwn, kBefore{"", true};

/// An API whose gate lets two calls through at once, and has room for few more.
struct Busy {
  Busy() {
    api.Start();
    http.Answer(404, ApiStatus(404, "NotFound", "nodes \"x\" not found", "x"));
    http.requests.clear();
  }
  void Get(const std::string& name, const Actor& actor = kOwn) {
    api.Get(actor, kThings, "n", name,
            [this, name](const Result<Json>& done) { answers[name] = done.status(); });
  }
  /// Whose turn it was, in order.
  std::string Sent() const {
    std::string names;
    for (const auto& open : http.requests) {
      names += open.request.target.substr(open.request.target.rfind('/') + 1) + " ";
    }
    return names;
  }
  void AnswerAll() {
    for (std::size_t i = 0; i < http.requests.size(); ++i) {
      if (HttpSink* sink = std::exchange(http.requests[i].sink, nullptr)) sink->OnEnd(Lost());
    }
  }
  static Status Lost() { return Unavailable("lost"); }

  FakeHttp http;
  fakes::ManualExecutor executor;
  SeededRandom random{1};
  KubernetesApi api{http, executor, random, {seconds(30), {2, 8, 3, seconds(20)}, nullptr}};
  std::map<std::string, Status> answers;
};

TEST_CASE("Calls beyond the bound wait until one that is under way has ended", "[kubernetes]") {
  Busy b;
  for (const char* name : {"a", "b", "c", "d"}) b.Get(name);
  CHECK(b.Sent() == "a b ");
  b.http.End(Busy::Lost());
  CHECK(b.Sent() == "a b c ");
  b.AnswerAll();
  CHECK(b.Sent() == "a b c d ");
  CHECK(b.answers.size() == 4);
}

TEST_CASE("An urgent call waits for no other", "[kubernetes]") {
  Busy b;
  for (const char* name : {"a", "b", "c"}) b.Get(name);
  b.Get("lease", kBefore);
  CHECK(b.Sent() == "a b lease ");
  CHECK(b.http.last().lane == HttpLane::kUrgent);
  b.http.End(Busy::Lost());  // nor does it take the place of another
  CHECK(b.Sent() == "a b lease ");
}

TEST_CASE("The hub's own calls and those of each node go by turns", "[kubernetes]") {
  Busy b;
  for (const char* name : {"a", "b"}) b.Get(name);
  for (const char* name : {"x1", "x2", "x3"}) b.Get(name, {"till-x"});
  for (const char* name : {"y1", "y2"}) b.Get(name, {"till-y"});
  for (const char* name : {"o1", "o2"}) b.Get(name);
  b.AnswerAll();
  CHECK(b.Sent() == "a b o1 x1 o2 y1 x2 y2 x3 ");
}

TEST_CASE("What is above the bounds is refused, and was not sent", "[kubernetes]") {
  Busy b;
  for (const char* name : {"a", "b", "1", "2", "3", "4", "5"}) b.Get(name);
  for (const char* name : {"x1", "x2", "x3", "x4"}) b.Get(name, {"till-x"});
  CHECK(b.answers.empty());
  b.executor.RunReady();
  CHECK(b.answers.size() == 1);
  CHECK(b.answers["x4"].code() == Code::kResourceExhausted);
  b.Get("y", {"till-y"});
  b.executor.RunReady();
  CHECK(b.answers["y"].code() == Code::kResourceExhausted);
  b.AnswerAll();
  CHECK(b.answers.size() == 12);
  CHECK(b.Sent() == "a b 1 x1 2 x2 3 x3 4 5 ");
}

TEST_CASE("Time for an answer counts from when a call was sent", "[kubernetes]") {
  Busy b;
  for (const char* name : {"a", "b", "c"}) b.Get(name);
  b.executor.Advance(seconds(15));
  b.http.End(Busy::Lost());
  b.executor.Advance(seconds(29));
  CHECK_FALSE(b.answers.contains("c"));
  b.executor.Advance(seconds(2));
  CHECK(b.answers["c"].code() == Code::kUnavailable);
}

TEST_CASE("What never has its turn ends in the end", "[kubernetes]") {
  Busy b;
  for (const char* name : {"a", "b", "late"}) b.Get(name);
  b.executor.Advance(seconds(21));
  CHECK(b.answers["late"].code() == Code::kUnavailable);
  b.AnswerAll();
  CHECK(b.Sent() == "a b ");
}

TEST_CASE("A hub that may not write any more sends nothing of what waits", "[kubernetes]") {
  Busy b;
  for (const char* name : {"a", "b", "c"}) b.Get(name);
  b.Get("x", {"till-x"});
  b.api.DropWaiting(Unavailable("lapsed"));
  CHECK(b.answers.empty());  // never within the call
  b.executor.RunReady();
  CHECK(b.answers["c"].message() == "GET /api/v1/namespaces/n/configmaps/c: lapsed");
  CHECK(b.answers.contains("x"));
  b.AnswerAll();
  CHECK(b.Sent() == "a b ");
  b.Get("d");
  CHECK(b.Sent() == "a b d ");
}

TEST_CASE("Pages of a list wait for their turn, and the watch that follows does not",
          "[kubernetes]") {
  Busy b;
  b.Get("a");
  const auto watch = b.api.Follow(kOwn, kThings, {}, [](const WatchEvent&) {});
  b.Get("c");
  CHECK(b.Sent() == "a configmaps?limit=500 ");
  b.http.Answer(200, R"({"metadata":{"resourceVersion":"1"},"items":[]})");
  REQUIRE(b.http.requests.size() == 4);
  CHECK(b.http.requests[2].request.target.ends_with("/c"));
  CHECK(b.http.last().lane == HttpLane::kWatch);
}

TEST_CASE("An API that goes sends nothing of what waits", "[kubernetes]") {
  FakeHttp http;
  fakes::ManualExecutor executor;
  SeededRandom random{1};
  {
    KubernetesApi api{http, executor, random, {seconds(30), {1, 8, 3, seconds(20)}, nullptr}};
    for (const char* name : {"a", "b"}) {
      api.Get({}, kThings, "n", name, [](const Result<Json>&) {});
    }
  }
  CHECK(http.requests.size() == 1);
}

}  // namespace
}  // namespace edge::cloudhub::kubernetes
