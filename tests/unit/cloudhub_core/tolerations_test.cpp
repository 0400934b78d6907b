#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "cloudhub/core/fleet/pod_tolerations.h"
#include "tests/unit/cloudhub_core/cloud.h"

namespace edge::cloudhub {
namespace {

constexpr auto kBefore = std::chrono::seconds(19);
constexpr auto kAfter = std::chrono::seconds(25);

Json Away(const std::string& taint, const Json& seconds = nullptr) {
  Json toleration = {
      {"key", "node.kubernetes.io/" + taint}, {"operator", "Exists"}, {"effect", "NoExecute"}};
  if (!seconds.is_null()) toleration["tolerationSeconds"] = seconds;
  return toleration;
}

Json Admitted(const std::string& name, const Json& tolerations) {
  Json pod = MakePod(name, "n1");
  pod["spec"]["tolerations"] = tolerations;
  return pod;
}

Json Plain(const std::string& name = "till") {
  return Admitted(name, {Away("not-ready", 300), Away("unreachable", 300)});
}

/// The pod after the patch; as it was where there is none.
Json Kept(Json pod, std::optional<std::int64_t> seconds = std::nullopt) {
  const Json patch = TolerationPatch(pod, seconds);
  if (!patch.is_null()) pod.merge_patch(patch);
  return pod;
}

Json TolerationsOf(const Json& pod) { return pod["spec"]["tolerations"]; }

struct Keeper : Cloud {
  Json Tolerations(const std::string& name = "till") const {
    return TolerationsOf(api.Peek(kPods, "shop", name));
  }
  void SetPolicy(const Json& seconds) {
    Json node = MakeEdgeNode("n1");
    node["metadata"]["generation"] = 2;
    if (!seconds.is_null()) node["spec"]["tolerationSeconds"] = seconds;
    api.Put(kEdgeNodes, node);
    executor.Advance(std::chrono::seconds(1));
  }
  std::size_t Patches() const {
    return static_cast<std::size_t>(std::count_if(
        api.calls().begin(), api.calls().end(),
        [](const auto& call) { return call.verb == "patch" && call.what.rfind("pods/", 0) == 0; }));
  }
};

TEST_CASE("what the admission plug-in gave a pod becomes the policy of its node", "[tolerations]") {
  CHECK(TolerationsOf(Kept(Plain())) == Json{Away("not-ready"), Away("unreachable")});
  CHECK(TolerationsOf(Kept(Plain(), 900)) ==
        Json{Away("not-ready", 900), Away("unreachable", 900)});
  CHECK(TolerationPatch(Plain(), 300).is_null());
}

TEST_CASE("a policy that changes changes what was set by the one before", "[tolerations]") {
  const Json once = Kept(Plain(), 900);
  CHECK(TolerationPatch(once, 900).is_null());
  CHECK(TolerationsOf(Kept(once)) == Json{Away("not-ready"), Away("unreachable")});
  const Json for_ever = Kept(Plain());
  CHECK(TolerationsOf(Kept(for_ever, 60)) == Json{Away("not-ready", 60), Away("unreachable", 60)});
  const Json back = Kept(for_ever, 300);
  CHECK(TolerationsOf(back) == TolerationsOf(Plain()));
  CHECK_FALSE(back["metadata"]["annotations"].contains(kTolerationAnnotation));
}

TEST_CASE("an author's own word is respected", "[tolerations]") {
  for (const Json& own :
       {Json{Away("not-ready", 10), Away("unreachable", 0)},
        Json{Away("not-ready"), Away("unreachable")}, Json::array({{{"operator", "Exists"}}}),
        Json::array({{{"operator", "Exists"}, {"effect", "NoExecute"}}})}) {
    CHECK(TolerationPatch(Admitted("till", own), std::nullopt).is_null());
    CHECK(TolerationPatch(Admitted("till", own), 900).is_null());
  }
  const Json mixed = Kept(Admitted("till", {Away("not-ready", 10), Away("unreachable", 300)}), 10);
  CHECK(TolerationsOf(mixed) == Json{Away("not-ready", 10), Away("unreachable", 10)});
  CHECK(TolerationsOf(Kept(mixed)) == Json{Away("not-ready", 10), Away("unreachable")});
}

TEST_CASE("the toleration that counts is the first that fits", "[tolerations]") {
  const Json all = {{"operator", "Exists"}, {"effect", "NoExecute"}, {"tolerationSeconds", 5}};
  const Json pod = Admitted("till", {all, Away("not-ready", 300), Away("unreachable", 300)});
  CHECK(TolerationPatch(pod, std::nullopt).is_null());
}

TEST_CASE("a pod that no plug-in gave tolerations gets them", "[tolerations]") {
  CHECK(TolerationsOf(Kept(MakePod("till", "n1"))) == Json{Away("not-ready"), Away("unreachable")});
  const Json other = {{"key", "a"}, {"operator", "Exists"}};
  CHECK(TolerationsOf(Kept(Admitted("till", {other, Away("unreachable", 300)}), 7)) ==
        Json{other, Away("unreachable", 7), Away("not-ready", 7)});
}

TEST_CASE_METHOD(Keeper, "a pod's tolerations are set when it has settled and it goes down twice",
                 "[tolerations]") {
  Heartbeat();
  api.Put(kPods, Plain());
  executor.Advance(kBefore);
  CHECK(Tolerations() == TolerationsOf(Plain()));
  executor.Advance(kAfter);
  CHECK(Tolerations() == Json{Away("not-ready"), Away("unreachable")});
  executor.Advance(std::chrono::minutes(10));
  CHECK(Patches() == 1);
}

TEST_CASE_METHOD(Keeper, "a pod that is over or of another node is left alone", "[tolerations]") {
  Json over = Plain("over");
  over["status"]["phase"] = "Succeeded";
  Json foreign = Plain("foreign");
  foreign["spec"]["nodeName"] = "worker-1";
  api.Put(kPods, over);
  api.Put(kPods, foreign);
  api.Put(kPods, Plain("job"));
  api.Put(kPods, Plain("gone"));
  executor.Advance(std::chrono::seconds(5));
  Json done = Plain("job");
  done["status"]["phase"] = "Succeeded";
  api.Put(kPods, done);
  api.Erase(kPods, "shop", "gone");
  executor.Advance(kAfter);
  CHECK(Patches() == 0);
}

TEST_CASE_METHOD(Keeper, "a policy that changes reaches the pods that are there", "[tolerations]") {
  SetPolicy(900);
  api.Put(kPods, Plain());
  executor.Advance(kAfter);
  CHECK(Tolerations() == Json{Away("not-ready", 900), Away("unreachable", 900)});
  SetPolicy(nullptr);
  executor.Advance(kAfter);
  CHECK(Tolerations() == Json{Away("not-ready"), Away("unreachable")});
}

TEST_CASE_METHOD(Keeper, "a few tolerations are written at a time and failures tried again",
                 "[tolerations]") {
  api.FailNext("patch", "pods", Unavailable("away"), 3);
  api.FailNext("patch", "pods", Aborted("conflict"), 1);
  for (int i = 0; i < 30; ++i) api.Put(kPods, Plain("pod-" + std::to_string(i)));
  executor.Advance(kAfter + std::chrono::seconds(30));
  for (int i = 0; i < 30; ++i) {
    CHECK(Tolerations("pod-" + std::to_string(i)) == Json{Away("not-ready"), Away("unreachable")});
  }
  CHECK(Patches() == 34);
}

TEST_CASE_METHOD(Keeper, "tolerations that the API refuses are tried again seldom",
                 "[tolerations]") {
  api.FailNext("patch", "pods", PermissionDenied("no"), 2);
  api.Put(kPods, Plain());
  executor.Advance(std::chrono::minutes(9));
  CHECK(Patches() == 1);
  executor.Advance(std::chrono::minutes(15));
  CHECK(Tolerations() == Json{Away("not-ready"), Away("unreachable")});
}

}  // namespace
}  // namespace edge::cloudhub
