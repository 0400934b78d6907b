#include <catch2/catch.hpp>

#include "cloudhub/adapters/embedded/api_server.h"
#include "tests/unit/cloudhub_embedded/fixture.h"

namespace edge::cloudhub::embedded {
namespace {

/// Keeps what a client would have received.
class Recorder final : public Responder {
 public:
  void Respond(ApiResponse given) override { response = std::move(given); }
  void StartStream(ApiResponse given) override { response = std::move(given); }
  bool Write(const std::string& chunk) override {
    if (gone) return false;
    std::size_t start = 0;
    for (std::size_t end = chunk.find('\n'); end != std::string::npos;
         start = end + 1, end = chunk.find('\n', start)) {
      events.push_back(Json::parse(chunk.substr(start, end - start)));
    }
    return true;
  }
  void EndStream() override { ended = true; }
  bool closed() const override { return gone; }

  ApiResponse response;
  std::vector<Json> events;
  bool ended = false;
  bool gone = false;
};

struct WatchedApi : Api {
  std::shared_ptr<Recorder> Get(const std::string& path, std::map<std::string, std::string> query,
                                const std::string& accept = "application/json") {
    auto recorder = std::make_shared<Recorder>();
    ApiRequest request;
    request.method = "GET";
    request.path = path;
    request.query = std::move(query);
    request.accept = accept;
    server.Handle(request, recorder);
    return recorder;
  }
  std::shared_ptr<Recorder> WatchPods(std::map<std::string, std::string> query,
                                      const std::string& accept = "application/json") {
    query["watch"] = "1";
    return Get("/api/v1/namespaces/default/pods", std::move(query), accept);
  }
  void Label(const std::string& pod, const Json& value) {
    const Json patch = {{"metadata", {{"labels", {{"app", value}}}}}};
    REQUIRE(registry.Patch(At("pods", pod), PatchType::kMerge, patch, {}).ok());
  }
  ApiServer server{registry, hub, executor, random};
};

TEST_CASE("a watch without a resourceVersion begins with what there is", "[embedded]") {
  WatchedApi api;
  api.MakePod("a");
  const auto watch = api.WatchPods({});
  REQUIRE(watch->events.size() == 1);
  CHECK(watch->events[0]["type"] == "ADDED");
  api.MakePod("b");
  REQUIRE(watch->events.size() == 2);
  CHECK(watch->events[1]["object"]["metadata"]["name"] == "b");
  CHECK(watch->events[1]["object"]["kind"] == "Pod");
}

TEST_CASE("a watch resumes behind the resourceVersion that it names", "[embedded]") {
  WatchedApi api;
  api.MakePod("a");
  const std::string seen = std::to_string(api.store->revision());
  api.MakePod("b");
  const auto watch = api.WatchPods({{"resourceVersion", seen}});
  REQUIRE(watch->events.size() == 1);
  CHECK(watch->events[0]["object"]["metadata"]["name"] == "b");
}

TEST_CASE("a watch from before the change log is told that it expired", "[embedded]") {
  WatchedApi api;
  Json big = {{"metadata", {{"name", "big"}}}, {"data", {{"k", std::string(1000 * 1000, 'x')}}}};
  REQUIRE(api.Create("configmaps", big).code == 201);
  for (int i = 0; i < 24; ++i) {
    const Json patch = {{"data", {{"n", std::to_string(i)}}}};
    REQUIRE(api.registry.Patch(api.At("configmaps", "big"), PatchType::kMerge, patch, {}).ok());
  }
  const auto watch = api.WatchPods({{"resourceVersion", "2"}});
  REQUIRE(watch->events.size() == 1);
  CHECK(watch->events[0]["type"] == "ERROR");
  CHECK(watch->events[0]["object"]["code"] == 410);
  CHECK(watch->events[0]["object"]["reason"] == "Expired");
  CHECK(watch->ended);
}

TEST_CASE("an object that enters or leaves a selection is added or deleted", "[embedded]") {
  WatchedApi api;
  api.MakePod("a");
  const auto watch = api.WatchPods({{"labelSelector", "app=web"}});
  CHECK(watch->events.empty());
  api.Label("a", "web");
  api.Label("a", "db");
  api.Label("a", "web");
  REQUIRE(watch->events.size() == 3);
  CHECK(watch->events[0]["type"] == "ADDED");
  CHECK(watch->events[1]["type"] == "DELETED");
  CHECK(watch->events[1]["object"]["metadata"]["labels"]["app"] == "web");
  CHECK(watch->events[2]["type"] == "ADDED");
}

TEST_CASE("a field selector on the node name sees a pod when it is bound", "[embedded]") {
  WatchedApi api;
  api.MakePod("a");
  const auto watch = api.WatchPods({{"fieldSelector", "spec.nodeName=n1"}});
  REQUIRE(api.registry.Bind(api.At("pods", "a"), {{"target", {{"name", "n1"}}}}, {}).ok());
  REQUIRE(watch->events.size() == 1);
  CHECK(watch->events[0]["type"] == "ADDED");
}

TEST_CASE("a watch that takes no more is given up and the others go on", "[embedded]") {
  WatchedApi api;
  const auto slow = api.WatchPods({}), other = api.WatchPods({});
  const std::size_t watches = api.hub.size();
  slow->gone = true;
  api.MakePod("a");
  api.MakePod("b");
  CHECK(slow->events.empty());
  CHECK(other->events.size() == 2);
  CHECK(api.hub.size() == watches - 1);
}

TEST_CASE("a watch sends bookmarks when asked and ends at its time-out", "[embedded]") {
  WatchedApi api;
  const auto watch = api.WatchPods({{"allowWatchBookmarks", "true"}, {"timeoutSeconds", "90"}});
  api.executor.Advance(std::chrono::seconds(61));
  REQUIRE(watch->events.size() == 1);
  CHECK(watch->events[0]["type"] == "BOOKMARK");
  CHECK_FALSE(watch->ended);
  api.executor.Advance(std::chrono::seconds(30));
  CHECK(watch->ended);
}

TEST_CASE("initial events end with a bookmark that says so", "[embedded]") {
  WatchedApi api;
  api.MakePod("a");
  const auto watch = api.WatchPods({{"sendInitialEvents", "true"},
                                    {"allowWatchBookmarks", "true"},
                                    {"resourceVersionMatch", "NotOlderThan"}});
  REQUIRE(watch->events.size() == 2);
  CHECK(watch->events[1]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"] ==
        "true");
}

TEST_CASE("a watch of tables names the columns in its first event only", "[embedded]") {
  WatchedApi api;
  api.MakePod("a");
  const auto watch = api.WatchPods({}, "application/json;as=Table;v=v1;g=meta.k8s.io");
  api.Label("a", "web");
  REQUIRE(watch->events.size() == 2);
  CHECK(watch->events[0]["object"]["columnDefinitions"].size() == 9);
  CHECK(watch->events[1]["object"]["columnDefinitions"].is_null());
  CHECK(watch->events[1]["object"]["rows"][0]["cells"][0] == "a");
}

TEST_CASE("a list comes in pages and the last has no continue", "[embedded]") {
  WatchedApi api;
  for (const char* name : {"a", "b", "c"}) api.MakePod(name);
  const std::string path = "/api/v1/namespaces/default/pods";
  const Json first = Json::parse(api.Get(path, {{"limit", "2"}})->response.body);
  REQUIRE(first["items"].size() == 2);
  CHECK(first["metadata"]["remainingItemCount"] == 1);
  const std::string token = first["metadata"]["continue"];
  const Json second =
      Json::parse(api.Get(path, {{"limit", "2"}, {"continue", token}})->response.body);
  REQUIRE(second["items"].size() == 1);
  CHECK(second["items"][0]["metadata"]["name"] == "c");
  CHECK_FALSE(second["metadata"].contains("continue"));
  CHECK(second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]);
}

TEST_CASE("a revision from the future is refused until it comes", "[embedded]") {
  WatchedApi api;
  const auto got = api.Get("/api/v1/pods", {{"resourceVersion", "999999"}});
  CHECK(got->response.code == 504);
}

TEST_CASE("an unknown resource and an unacceptable form are refused", "[embedded]") {
  WatchedApi api;
  CHECK(api.Get("/api/v1/gadgets", {})->response.code == 404);
  CHECK(api.Get("/api/v1/pods", {}, "text/html")->response.code == 406);
}

TEST_CASE("discovery lists every kind with its subresources", "[embedded]") {
  WatchedApi api;
  const Json core = Json::parse(api.Get("/api/v1", {})->response.body);
  CHECK(core["kind"] == "APIResourceList");
  const auto aggregated =
      api.Get("/apis", {}, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  const Json groups = Json::parse(aggregated->response.body);
  CHECK(groups["kind"] == "APIGroupDiscoveryList");
  CHECK(groups["items"].size() == 2);
}

}  // namespace
}  // namespace edge::cloudhub::embedded
