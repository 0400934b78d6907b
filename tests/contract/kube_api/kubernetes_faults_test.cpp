// What the adapter makes of a real API server that stops, hangs or starts anew.
#include <set>

#include "tests/contract/kube_api/real_cluster.h"

namespace edge::cloudhub::kubernetes {
namespace {

using std::chrono::seconds;

const Resource kConfigMaps{"", "v1", "configmaps"};

struct Faults : Cluster {
  Result<Json> Create(const std::string& name) {
    const Json map = {{"metadata", {{"name", name}, {"namespace", test.ns}}}};
    return adapter.Await(
        [&](KubeApi::Done done) { adapter.api().Create({}, kConfigMaps, map, std::move(done)); });
  }
  Result<Json> Get(const std::string& name) {
    return adapter.Await([&](KubeApi::Done done) {
      adapter.api().Get({}, kConfigMaps, test.ns, name, std::move(done));
    });
  }
  void Follow() {
    ListOptions options;
    options.ns = test.ns;
    watch = adapter.api().Follow({}, kConfigMaps, options, [this](const WatchEvent& event) {
      if (event.type == WatchEvent::Type::kRelisted) ++relisted;
      if (event.type == WatchEvent::Type::kSynced) ++synced;
      if (event.type == WatchEvent::Type::kAdded) {
        added.insert(FindString(event.object, {"metadata", "name"}));
      }
    });
    INFO("waiting for the first list");
    REQUIRE(adapter.RunUntil([&] { return synced == 1; }));
  }

  std::unique_ptr<Watch> watch;
  std::set<std::string> added;
  int synced = 0, relisted = 0;
};

TEST_CASE("real API server: a watch and calls outlive its restart", "[kube_api]") {
  Faults f;
  f.Follow();
  Do("stop-apiserver");
  CHECK(f.Get("a").status().code() == Code::kUnavailable);
  Do("start-apiserver");
  INFO("waiting for a call to succeed again");
  REQUIRE(f.adapter.RunUntil([&] { return f.Get("a").status().code() == Code::kNotFound; }));
  REQUIRE(f.Create("after").ok());
  INFO("waiting for the object that was made after the restart");
  REQUIRE(f.adapter.RunUntil([&] { return f.added.count("after") > 0; }, seconds(60)));
  // What came first is told: the API server's new cache may not reach back to the version.
  CHECK(f.synced == f.relisted + 1);
}

TEST_CASE("real API server: one that hangs fails calls and is gone on with", "[kube_api]") {
  KubernetesOptions options;
  options.call_deadline = seconds(2);
  Faults f;
  f.Follow();
  Adapter hasty(Kubeconfig(), options);
  Do("pause-apiserver");
  const auto stuck = hasty.Await([&](KubeApi::Done done) {
    hasty.api().Get({}, kConfigMaps, f.test.ns, "a", std::move(done));
  });
  Do("resume-apiserver");
  CHECK(stuck.status().code() == Code::kUnavailable);
  REQUIRE(f.Create("after").ok());
  INFO("waiting for the object on the watch that was there before");
  REQUIRE(f.adapter.RunUntil([&] { return f.added.count("after") > 0; }));
  CHECK(f.relisted == 0);
}

}  // namespace
}  // namespace edge::cloudhub::kubernetes
