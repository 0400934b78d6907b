#include "cloudhub/adapters/embedded/tables.h"

#include <catch2/catch.hpp>

namespace edge::cloudhub::embedded {
namespace {

const WallTime kNow = *ParseTime("2026-01-01T01:00:00Z");

Json Cells(const std::string& group, const std::string& plural, const Json& object) {
  const Json table = MakeTable(*kube::FindResource(group, "v1", plural), {&object, 1}, {}, kNow);
  return table["rows"][0]["cells"];
}

Json Pod(Json status) {
  return {{"metadata", {{"name", "web"}, {"creationTimestamp", "2026-01-01T00:58:00Z"}}},
          {"spec",
           {{"nodeName", "n1"},
            {"containers", {{{"name", "a"}}, {{"name", "b"}}}},
            {"initContainers", {{{"name", "i"}}}}}},
          {"status", std::move(status)}};
}

TEST_CASE("human durations step as those of kubectl", "[embedded]") {
  using std::chrono::seconds;
  CHECK(HumanDuration(seconds(-5)) == "<invalid>");
  CHECK(HumanDuration(seconds(0)) == "0s");
  CHECK(HumanDuration(seconds(119)) == "119s");
  CHECK(HumanDuration(seconds(120)) == "2m");
  CHECK(HumanDuration(seconds(215)) == "3m35s");
  CHECK(HumanDuration(seconds(3600)) == "60m");
  CHECK(HumanDuration(seconds(3 * 3600 + 60)) == "3h1m");
  CHECK(HumanDuration(seconds(49 * 3600)) == "2d1h");
  CHECK(HumanDuration(seconds(9 * 86400)) == "9d");
  CHECK(HumanDuration(seconds(3 * 365 * 86400)) == "3y");
}

TEST_CASE("a running pod shows readiness and restarts and their age", "[embedded]") {
  const Json running = {{"name", "a"},
                        {"ready", true},
                        {"restartCount", 1},
                        {"state", {{"running", Json::object()}}},
                        {"lastState", {{"terminated", {{"finishedAt", "2026-01-01T00:59:55Z"}}}}}};
  const Json cells = Cells("", "pods",
                           Pod({{"phase", "Running"},
                                {"podIP", "10.0.0.1"},
                                {"initContainerStatuses",
                                 {{{"name", "i"}, {"state", {{"terminated", {{"exitCode", 0}}}}}}}},
                                {"containerStatuses", {running}}}));
  CHECK(cells ==
        Json({"web", "1/2", "Running", "1 (5s ago)", "2m", "10.0.0.1", "n1", "<none>", "<none>"}));
}

TEST_CASE("a pod's status says what holds it up", "[embedded]") {
  const auto status = [](Json init, Json container) {
    Json object = {{"phase", "Pending"}};
    if (!init.is_null()) object["initContainerStatuses"] = Json::array({init});
    if (!container.is_null()) object["containerStatuses"] = Json::array({container});
    return Cells("", "pods", Pod(object))[2].get<std::string>();
  };
  const auto state = [](Json value) { return Json{{"name", "i"}, {"state", std::move(value)}}; };
  const Json done = state({{"terminated", {{"exitCode", 0}, {"reason", "Completed"}}}});
  CHECK(status(nullptr, nullptr) == "Pending");
  CHECK(status(state({{"running", Json::object()}}), nullptr) == "Init:0/1");
  CHECK(status(state({{"waiting", {{"reason", "CrashLoopBackOff"}}}}), nullptr) ==
        "Init:CrashLoopBackOff");
  CHECK(status(state({{"terminated", {{"exitCode", 2}}}}), nullptr) == "Init:ExitCode:2");
  CHECK(status(done, state({{"waiting", {{"reason", "ImagePullBackOff"}}}})) == "ImagePullBackOff");
  CHECK(status(done, done) == "Completed");
}

TEST_CASE("a deleted pod is terminating", "[embedded]") {
  Json pod = Pod({{"phase", "Running"}});
  pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:59:00Z";
  CHECK(Cells("", "pods", pod)[2] == "Terminating");
}

TEST_CASE("a node shows condition and cordon and roles", "[embedded]") {
  const Json node = {{"metadata",
                      {{"name", "n1"},
                       {"labels", {{"node-role.kubernetes.io/edge", ""}}},
                       {"creationTimestamp", "2026-01-01T00:00:00Z"}}},
                     {"spec", {{"unschedulable", true}}},
                     {"status",
                      {{"conditions", {{{"type", "Ready"}, {"status", "Unknown"}}}},
                       {"nodeInfo", {{"kubeletVersion", "v1.36.0"}}}}}};
  const Json cells = Cells("", "nodes", node);
  CHECK(cells[1] == "NotReady,SchedulingDisabled");
  CHECK(cells[2] == "edge");
  CHECK(cells[4] == "v1.36.0");
  CHECK(cells[5] == "<none>");
}

TEST_CASE("an EdgeNode shows the columns that the product promises", "[embedded]") {
  const kube::ResourceInfo& resource = *kube::FindResource("edge.kubeedge.io", "v1", "edgenodes");
  const Json node = {
      {"metadata", {{"name", "till"}, {"creationTimestamp", "2026-01-01T00:00:00Z"}}},
      {"spec", {{"clusterName", "retail-edge"}}},
      {"status",
       {{"conditions",
         {{{"type", "Connected"}, {"status", "True"}}, {{"type", "Ready"}, {"status", "True"}}}},
        {"pendingObjects", 2},
        {"lastSeen", "2026-01-01T00:59:50Z"},
        {"agentVersion", "0.1.0"}}}};
  const Json table = MakeTable(resource, {&node, 1}, {}, kNow);
  std::string names;
  for (const Json& column : table["columnDefinitions"])
    names += column["name"].get<std::string>() + " ";
  CHECK(names == "Name Cluster Connected Ready Pending Last-Seen Version Age ");
  CHECK(table["rows"][0]["cells"] ==
        Json({"till", "retail-edge", "True", "True", 2, "10s", "0.1.0", "60m"}));
  CHECK(table["rows"][0]["object"]["kind"] == "PartialObjectMetadata");
}

}  // namespace
}  // namespace edge::cloudhub::embedded
