// What libcurl and the adapter make of servers that no real one can be brought to be.
#include <catch2/catch.hpp>

#include "tests/integration/kubernetes_adapter/harness.h"
#include "tests/integration/kubernetes_adapter/scripted_server.h"

namespace edge::cloudhub::kubernetes {
namespace {

using Reply = ScriptedServer::Reply;

const Resource kPods{"", "v1", "pods"};
const std::string kEmptyList =
    R"({"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"10"},"items":[]})";
const std::string kEvent =
    R"({"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"11"}}})"
    "\n";

Result<Json> GetPod(Adapter& adapter) {
  return adapter.Await(
      [&](KubeApi::Done done) { adapter.api().Get({}, kPods, "default", "a", std::move(done)); });
}

bool IsWatch(const std::string& request) { return request.find("watch=1") != std::string::npos; }

TEST_CASE("A certificate of another authority is refused with what to check", "[kubernetes]") {
  ScriptedServer server([](const std::string&) { return Reply{Whole("200 OK", "{}")}; });
  Adapter adapter(server.Kubeconfig(false));
  const Status status = GetPod(adapter).status();
  CHECK(status.code() == Code::kUnauthenticated);
  CHECK(status.next_step().find("check that the kubeconfig") == 0);
  CHECK(server.requests() == 0);
}

TEST_CASE("A server that accepts and says nothing ends a call at its deadline", "[kubernetes]") {
  ScriptedServer server([](const std::string&) { return Reply{"", false}; });
  KubernetesOptions options;
  options.call_deadline = std::chrono::milliseconds(300);
  Adapter adapter(server.Kubeconfig(), options);
  CHECK(GetPod(adapter).status().code() == Code::kUnavailable);
}

TEST_CASE("Endless headers and endless bodies are given up", "[kubernetes]") {
  std::string reply;
  Code code = Code::kUnavailable;
  SECTION("headers") {
    reply = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 300; ++i) reply += "X-A: " + std::string(1000, 'x') + "\r\n";
  }
  SECTION("one header") { reply = "HTTP/1.1 200 OK\r\nX-A: " + std::string(300000, 'x'); }
  SECTION("body") {
    reply = Whole("200 OK", std::string(9 * 1024 * 1024, ' '));
    code = Code::kInvalidArgument;
  }
  SECTION("no HTTP") { reply = "SSH-2.0-OpenSSH_9.2\r\n"; }
  SECTION("nothing") { reply = ""; }
  ScriptedServer server([&](const std::string&) { return Reply{reply}; });
  Adapter adapter(server.Kubeconfig());
  CHECK(GetPod(adapter).status().code() == code);
}

TEST_CASE("A call that is told to come back comes back", "[kubernetes]") {
  std::atomic<int> asked{0};
  ScriptedServer server([&](const std::string&) {
    if (++asked == 1) return Reply{Whole("429 Too Many Requests", "x", "Retry-After: 1\r\n")};
    return Reply{Whole("200 OK", R"({"kind":"Pod"})")};
  });
  Adapter adapter(server.Kubeconfig());
  CHECK(GetPod(adapter).ok());
  CHECK(asked == 2);
}

TEST_CASE("A stream that breaks off within an event is resumed", "[kubernetes]") {
  std::atomic<int> watches{0};
  std::string resumed;
  ScriptedServer server([&](const std::string& request) {
    if (!IsWatch(request)) return Reply{Whole("200 OK", kEmptyList)};
    if (++watches == 1) return Reply{Streamed({kEvent, kEvent.substr(0, 20)})};
    resumed = request.substr(0, request.find('\r'));
    return Reply{Streamed({kEvent}), false};
  });
  Adapter adapter(server.Kubeconfig());
  std::vector<WatchEvent::Type> seen;
  const auto watch = adapter.api().Follow(
      {}, kPods, {}, [&](const WatchEvent& event) { seen.push_back(event.type); });
  INFO("waiting for the event after the break");
  REQUIRE(adapter.RunUntil([&] { return seen.size() == 3; }));
  using Type = WatchEvent::Type;
  CHECK(seen == std::vector{Type::kSynced, Type::kAdded, Type::kAdded});
  CHECK(resumed.find("resourceVersion=11") != std::string::npos);
}

TEST_CASE("Watches work over HTTP/1.1 and may end themselves", "[kubernetes]") {
  ScriptedServer server([&](const std::string& request) {
    if (!IsWatch(request)) return Reply{Whole("200 OK", kEmptyList)};
    return Reply{Streamed({kEvent + kEvent}), false};
  });
  Adapter adapter(server.Kubeconfig());
  std::vector<std::unique_ptr<Watch>> watches(2);
  int added = 0;
  for (auto& watch : watches) {
    watch = adapter.api().Follow({}, kPods, {}, [&](const WatchEvent& event) {
      if (event.type != WatchEvent::Type::kAdded) return;
      ++added;
      watch.reset();
    });
  }
  INFO("waiting for an event of each");
  REQUIRE(adapter.RunUntil([&] { return added == 2; }));
  CHECK_FALSE(adapter.RunUntil([&] { return added > 2; }, std::chrono::milliseconds(100)));
}

}  // namespace
}  // namespace edge::cloudhub::kubernetes
