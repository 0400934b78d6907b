#include "edgectl/render.h"

#include <catch2/catch.hpp>

#include "common/table.h"

namespace edge::edgectl {

TEST_CASE("Pods are shown in aligned columns without trailing spaces", "[edgectl]") {
  const Json pods = Json::parse(R"([
    {"namespace": "default", "name": "till", "ready": "2/2", "status": "Running",
     "restarts": 3, "podIP": "10.88.0.5"},
    {"namespace": "kube-system", "name": "x", "ready": "0/1", "status": "Pending",
     "restarts": 0}])");
  CHECK(RenderPods(pods) ==
        "NAMESPACE     NAME   READY   STATUS    RESTARTS   IP\n"
        "default       till   2/2     Running   3          10.88.0.5\n"
        "kube-system   x      0/1     Pending   0\n");
}

TEST_CASE("A node without pods says so", "[edgectl]") {
  CHECK(RenderPods(Json::array()) == "No pods on this node.\n");
  CHECK(RenderPods(Json()) == "No pods on this node.\n");
}

TEST_CASE("A status is shown with readable names and nested parts indented", "[edgectl]") {
  const Json status = Json::parse(
      R"({"clusterName": "retail", "connected": true, "hostIPs": ["10.0.0.1", "fd00::1"],
          "pending": {"events": 2}})");
  CHECK(RenderStatus(status) ==
        "Cluster name:   retail\n"
        "Connected:      yes\n"
        "Host IPs:       10.0.0.1, fd00::1\n"
        "Pending:\n"
        "  Events:       2\n");
}

TEST_CASE("Control characters from a pod do not reach the terminal", "[edgectl]") {
  Table table({"A", "B"});
  table.Add({"\x1b[31mred", "x\ny"});
  CHECK(table.Text().find('\x1b') == std::string::npos);
  CHECK(table.Text() == "A          B\n [31mred   x y\n");
}

TEST_CASE("Letters outside ASCII count as one column", "[edgectl]") {
  Table table({"A", "B"});
  table.Add({"k\xc3\xa4se", "x"});
  CHECK(table.Text() == "A      B\nk\xc3\xa4se   x\n");
}

}  // namespace edge::edgectl
