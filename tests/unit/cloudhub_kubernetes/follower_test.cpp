#include <catch2/catch.hpp>

#include "cloudhub/adapters/kubernetes/kubernetes_api.h"
#include "tests/fakes/log_capture.h"
#include "tests/fakes/manual_executor.h"
#include "tests/unit/cloudhub_kubernetes/fake_http.h"

namespace edge::cloudhub::kubernetes {
namespace {

using std::chrono::seconds;

const Resource kPods{"", "v1", "pods"};
const Resource kEdgeNodes{"edge.kubeedge.io", "v1", "edgenodes"};

std::string PodText(const std::string& name, const std::string& version) {
  return R"({"metadata":{"name":")" + name + R"(","resourceVersion":")" + version + R"("}})";
}

std::string ListText(const std::string& items, const std::string& more = "",
                     const std::string& version = "10") {
  return R"({"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":")" + version +
         R"(","continue":")" + more + R"("},"items":[)" + items + "]}\n";
}

std::string EventText(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

/// A watch of pods, the API server played by the test.
struct Followed {
  explicit Followed(const Actor& actor = {}, const Resource& resource = kPods) {
    watch = api.Follow(actor, resource, {"default", "app=web", "a=b&c"},
                       [this](const WatchEvent& event) { Take(event); });
  }

  void Take(const WatchEvent& event) {
    static const char* const kNames[] = {"synced",  "added",    "modified",
                                         "deleted", "relisted", "refused"};
    const std::string name = FindString(event.object, {"metadata", "name"});
    seen.push_back(kNames[static_cast<int>(event.type)] + (name.empty() ? "" : " " + name));
    last = event.object;
    if (seen.back() == stop_at) watch.reset();
  }
  /// The list is answered and the watch stands.
  void Settle() {
    http.Answer(200, ListText(PodText("a", "7")));
    http.Head(200);
    seen.clear();
  }
  bool Asked(const std::string& part) const {
    return http.last().target.find(part) != std::string::npos;
  }
  std::vector<std::string> Take() { return std::exchange(seen, {}); }

  FakeHttp http;
  fakes::ManualExecutor executor;
  SeededRandom random{1};
  KubernetesApi api{http, executor, random};
  std::vector<std::string> seen;
  std::string stop_at;
  Json last;
  std::unique_ptr<Watch> watch;
};

using Seen = std::vector<std::string>;

TEST_CASE("An urgent watch lists before other calls", "[kubernetes]") {
  const Followed f({"", true});
  CHECK(f.http.last().lane == HttpLane::kUrgent);
  const Followed other;
  CHECK(other.http.last().lane == HttpLane::kCall);
}

TEST_CASE("A watch lists in pages and then follows from the list's version", "[kubernetes]") {
  Followed f;
  CHECK(f.http.last().target ==
        "/api/v1/namespaces/default/pods?limit=500&labelSelector=app%3Dweb&"
        "fieldSelector=a%3Db%26c");
  f.http.Answer(200, ListText(PodText("a", "7") + "," + PodText("b", "8"), "to/ken"));
  CHECK(f.Asked("&continue=to%2Fken"));
  CHECK(f.Take() == Seen{"added a", "added b"});
  CHECK(FindString(f.last, {"kind"}) == "Pod");
  CHECK(FindString(f.last, {"apiVersion"}) == "v1");
  f.http.Answer(200, ListText(PodText("c", "9")));
  CHECK(f.Take() == Seen{"added c", "synced"});
  CHECK(f.Asked("watch=1&allowWatchBookmarks=true&timeoutSeconds="));
  CHECK(f.Asked("&resourceVersion=10&labelSelector"));
  CHECK(f.http.last().lane == HttpLane::kWatch);
  f.http.Head(200);
  f.http.Body(EventText("ADDED", PodText("d", "11")) + EventText("DELETED", PodText("a", "12")));
  CHECK(f.Take() == Seen{"added d", "deleted a"});
}

TEST_CASE("A stream that ends is resumed from the last version without a list", "[kubernetes]") {
  Followed f;
  f.Settle();
  f.http.Body(EventText("MODIFIED", PodText("a", "12")));
  const bool bookmark = GENERATE(false, true);
  if (bookmark) f.http.Body(EventText("BOOKMARK", PodText("", "20")));
  f.executor.Advance(seconds(300));
  f.http.End();
  f.executor.Advance(seconds(1));
  CHECK(f.Asked(bookmark ? "&resourceVersion=20&" : "&resourceVersion=12&"));
  f.http.Head(200);
  f.http.Body(EventText("DELETED", PodText("a", "21")));
  CHECK(f.Take() == Seen{"modified a", "deleted a"});
}

TEST_CASE("Half an event is forgotten with its connection and told whole after it",
          "[kubernetes]") {
  Followed f;
  f.Settle();
  const std::string event = EventText("MODIFIED", PodText("a", "12"));
  f.http.Body(event.substr(0, 30));
  f.http.End(Unavailable("connection lost"));
  f.executor.Advance(seconds(1));
  CHECK(f.Asked("&resourceVersion=10&"));
  f.http.Head(200);
  f.http.Body(event.substr(0, 30));
  f.http.Body(event.substr(30));
  CHECK(f.Take() == Seen{"modified a"});
}

TEST_CASE("A version that is no longer known is followed by a new list", "[kubernetes]") {
  Followed f;
  f.Settle();
  SECTION("said in the stream") {
    f.http.Body(EventText("ERROR", ApiStatus(410, "Expired", "too old resource version")));
  }
  SECTION("said instead of a stream") {
    f.http.End();
    f.executor.Advance(seconds(1));
    f.http.Answer(410, ApiStatus(410, "Expired", "too old resource version"));
  }
  CHECK(f.Take() == Seen{"relisted"});
  f.executor.Advance(seconds(2));
  CHECK(f.Asked("limit=500"));
  f.http.Answer(200, ListText(PodText("b", "30"), "", "31"));
  CHECK(f.Take() == Seen{"added b", "synced"});
  CHECK(f.Asked("&resourceVersion=31&"));
}

TEST_CASE("A list that expires midway starts over and says so", "[kubernetes]") {
  Followed f;
  f.http.Answer(200, ListText(PodText("a", "7"), "next"));
  f.http.Answer(410, ApiStatus(410, "Expired", "the continue token is too old"));
  CHECK(f.Take() == Seen{"added a", "relisted"});
  f.executor.Advance(seconds(1));
  CHECK_FALSE(f.Asked("continue"));
  f.http.Answer(200, ListText(""));
  CHECK(f.Take() == Seen{"synced"});
}

TEST_CASE("A page that was cut off is asked for again", "[kubernetes]") {
  Followed f;
  f.http.Answer(200, ListText(PodText("a", "7"), "next"));
  f.http.Head(200);
  f.http.Body(ListText(PodText("b", "8")).substr(0, 60));
  f.http.End(Unavailable("connection lost"));
  f.executor.Advance(seconds(1));
  CHECK(f.Asked("&continue=next"));
  f.http.Answer(200, ListText(PodText("b", "8")));
  CHECK(f.Take() == Seen{"added a", "added b", "synced"});
}

TEST_CASE("What is no watch event ends the stream and is asked for again ever more seldom",
          "[kubernetes]") {
  Followed f;
  f.Settle();
  std::size_t asked = f.http.requests.size();
  for (int i = 0; i < 8; ++i) {
    f.http.Body("garbage\n");
    CHECK_FALSE(f.http.last_is_open());
    f.executor.Advance(seconds(30));
    REQUIRE(f.http.requests.size() == ++asked);
    f.http.Head(200);
  }
  f.http.Body("garbage\n");
  f.executor.Advance(seconds(14));
  CHECK(f.http.requests.size() == asked);
  CHECK(f.Take().empty());
}

TEST_CASE("Streams that end at once do not make it spin", "[kubernetes]") {
  Followed f;
  f.Settle();
  f.http.End();
  const std::size_t asked = f.http.requests.size();
  for (int i = 0; i < 600; ++i) {
    f.executor.Advance(std::chrono::milliseconds(100));
    if (!f.http.last_is_open()) continue;
    f.http.Head(200);
    f.http.End();
  }
  CHECK(f.http.requests.size() - asked <= 9);
}

TEST_CASE("Too many requests: a watch waits as long as the server asked for", "[kubernetes]") {
  Followed f;
  f.http.Answer(429, ApiStatus(429, "TooManyRequests", "later"), seconds(20));
  const std::size_t asked = f.http.requests.size();
  f.executor.Advance(seconds(19));
  CHECK(f.http.requests.size() == asked);
  f.executor.Advance(seconds(3));
  CHECK(f.http.requests.size() == asked + 1);
}

TEST_CASE("A server that accepts and never answers is asked again", "[kubernetes]") {
  Followed f;
  CHECK(f.http.last_is_open());
  f.executor.Advance(seconds(65));
  CHECK(f.http.requests.size() == 2);
  f.http.Answer(200, ListText(""));
  f.executor.Advance(seconds(35));  // the watch gets no head either
  CHECK(f.http.requests.size() == 4);
  CHECK(f.http.last_is_open());
}

TEST_CASE("An object over the cap is left out and what follows is told", "[kubernetes]") {
  Followed f;
  const fakes::LogCapture log;
  f.Settle();
  f.http.Body(R"({"type":"ADDED","object":{"x":")");
  for (int i = 0; i < 9; ++i) f.http.Body(std::string(1024 * 1024, 'x'));
  f.http.Body("\"}}\n" + EventText("ADDED", PodText("b", "12")));
  CHECK(f.Take() == Seen{"added b"});
  CHECK(log.LinesWith("larger than any") == 1);
}

TEST_CASE("The hub's own refusal is logged once and asked again", "[kubernetes]") {
  const fakes::LogCapture log;
  Followed f({}, kEdgeNodes);
  for (int i = 0; i < 3; ++i) {
    f.http.Answer(403,
                  ApiStatus(403, "Forbidden", "User \"hub\" cannot list resource \"edgenodes\""));
    f.executor.Advance(seconds(31));
  }
  CHECK(log.LinesWith("cannot list resource") == 1);
  CHECK(f.Take().empty());
  f.http.Answer(200, ListText(""));
  f.http.Head(200);
  CHECK(f.Take() == Seen{"synced"});
  CHECK(log.LinesWith("over: cannot watch edgenodes.edge.kubeedge.io") == 1);
}

TEST_CASE("A kind that is not served yet is asked for again and its definition named",
          "[kubernetes]") {
  const fakes::LogCapture log;
  Followed f({}, kEdgeNodes);
  f.http.Answer(404, "404 page not found\n");
  f.executor.Advance(seconds(2));
  f.http.Answer(404, "404 page not found\n");
  CHECK(log.LinesWith("CustomResourceDefinition edgenodes.edge.kubeedge.io") == 1);
  f.executor.Advance(seconds(3));
  f.http.Answer(200, ListText(""));
  CHECK(f.Take() == Seen{"synced"});
}

TEST_CASE("The function that is told of an event may end the watch", "[kubernetes]") {
  Followed f;
  const std::string at = GENERATE("added a", "synced", "modified a", "relisted");
  CAPTURE(at);
  f.stop_at = at;
  f.http.Answer(200, ListText(PodText("a", "7") + "," + PodText("b", "8")));
  f.http.Head(200);
  f.http.Body(EventText("MODIFIED", PodText("a", "12")) + EventText("ADDED", PodText("z", "13")));
  f.http.Body(EventText("ERROR", ApiStatus(410, "Expired", "old")));
  CHECK(f.seen.back() == at);
  CHECK(f.watch == nullptr);
  const std::size_t asked = f.http.requests.size();
  f.executor.Advance(seconds(3600));
  CHECK(f.http.requests.size() == asked);
  CHECK_FALSE(f.http.last_is_open());
}

TEST_CASE("A node's watch is refused about every second until it is allowed", "[kubernetes]") {
  Followed f({"till-1"});
  CHECK(f.http.requests.empty());  // nobody knows yet how to act as a node
  f.api.Start();
  f.http.Answer(404, ApiStatus(404, "NotFound", "nodes \"x\" not found", "x"));
  f.executor.Advance(seconds(1));
  for (int i = 0; i < 3; ++i) {
    CHECK(f.http.last().headers ==
          std::vector<std::string>{"Impersonate-User: system:node:till-1"});
    f.http.Answer(403, ApiStatus(403, "Forbidden", "no relationship found"));
    CHECK(f.Take() == Seen{"refused"});
    f.executor.Advance(std::chrono::milliseconds(1200));
  }
  f.http.Answer(200, ListText(PodText("a", "7")));
  CHECK(f.Take() == Seen{"added a", "synced"});
}

TEST_CASE("Names that a header or a path cannot hold are not asked for", "[kubernetes]") {
  Followed f({"till\r\nImpersonate-Group: system:masters"});
  CHECK(f.http.requests.empty());
}

}  // namespace
}  // namespace edge::cloudhub::kubernetes
