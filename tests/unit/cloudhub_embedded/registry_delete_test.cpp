#include <catch2/catch.hpp>

#include "tests/unit/cloudhub_embedded/fixture.h"

namespace edge::cloudhub::embedded {
namespace {

DeleteOptions Grace(std::int64_t seconds) {
  DeleteOptions options;
  options.grace_seconds = seconds;
  return options;
}

TEST_CASE("a pod without a node goes at once", "[embedded]") {
  Api api;
  api.MakePod("web");
  CHECK(api.registry.Delete(api.At("pods", "web"), {}).code == 200);
  CHECK_FALSE(api.Exists("pods", "web"));
}

TEST_CASE("a pod on a node is marked and stays until its grace is given up", "[embedded]") {
  Api api;
  api.MakePod("web", "n1");
  const Json marked = api.registry.Delete(api.At("pods", "web"), {}).body;
  CHECK(FindString(marked, {"metadata", "deletionTimestamp"}) == "2026-01-01T00:00:30Z");
  CHECK(FindInt(marked, {"metadata", "deletionGracePeriodSeconds"}) == 30);
  REQUIRE(api.Exists("pods", "web"));
  REQUIRE(api.registry.Delete(api.At("pods", "web"), Grace(0)).ok());
  CHECK_FALSE(api.Exists("pods", "web"));
}

TEST_CASE("a second deletion may shorten the grace and not lengthen it", "[embedded]") {
  Api api;
  api.MakePod("web", "n1");
  api.registry.Delete(api.At("pods", "web"), Grace(20));
  const Json longer = api.registry.Delete(api.At("pods", "web"), Grace(60)).body;
  CHECK(FindInt(longer, {"metadata", "deletionGracePeriodSeconds"}) == 20);
  const Json shorter = api.registry.Delete(api.At("pods", "web"), Grace(5)).body;
  CHECK(FindInt(shorter, {"metadata", "deletionGracePeriodSeconds"}) == 5);
  CHECK(FindString(shorter, {"metadata", "deletionTimestamp"}) == "2026-01-01T00:00:05Z");
}

TEST_CASE("a second deletion without a grace leaves the one that runs", "[embedded]") {
  Api api;
  api.Create("pods", {{"metadata", {{"name", "web"}}},
                      {"spec",
                       {{"nodeName", "n1"},
                        {"terminationGracePeriodSeconds", 0},
                        {"containers", {{{"name", "c"}, {"image", "web:1"}}}}}}});
  REQUIRE(api.registry.Delete(api.At("pods", "web"), Grace(20)).ok());
  const Json again = api.registry.Delete(api.At("pods", "web"), {}).body;
  CHECK(FindInt(again, {"metadata", "deletionGracePeriodSeconds"}) == 20);
  CHECK(api.Exists("pods", "web"));
}

TEST_CASE("a deletion for another uid is refused", "[embedded]") {
  Api api;
  api.MakePod("web");
  DeleteOptions options;
  options.uid = "other";
  const Answer answer = api.registry.Delete(api.At("pods", "web"), options);
  CHECK(answer.code == 409);
  CHECK(MessageOf(answer).find("the UID in the precondition (other)") != std::string::npos);
  CHECK(api.Exists("pods", "web"));
}

TEST_CASE("an object with a finalizer waits for its removal", "[embedded]") {
  Api api;
  api.Create("configmaps", {{"metadata", {{"name", "a"}, {"finalizers", {"edge.io/x"}}}}});
  REQUIRE(api.registry.Delete(api.At("configmaps", "a"), {}).ok());
  REQUIRE(api.Exists("configmaps", "a"));
  const Json patch = {{"metadata", {{"finalizers", nullptr}}}};
  REQUIRE(api.registry.Patch(api.At("configmaps", "a"), PatchType::kMerge, patch, {}).ok());
  CHECK_FALSE(api.Exists("configmaps", "a"));
}

TEST_CASE("a deleted namespace is emptied and then gone", "[embedded]") {
  Api api;
  api.Create("namespaces", {{"metadata", {{"name", "shop"}}}});
  api.ns = "shop";
  api.Create("configmaps", {{"metadata", {{"name", "a"}}}});
  api.MakePod("web", "n1");
  const Json ending = api.registry.Delete(api.At("namespaces", "shop"), {}).body;
  CHECK(FindString(ending, {"status", "phase"}) == "Terminating");
  const Answer late = api.Create("configmaps", {{"metadata", {{"name", "b"}}}});
  CHECK(late.code == 403);
  CHECK(late.body["details"]["causes"][0]["reason"] == "NamespaceTerminating");
  api.executor.RunReady();
  CHECK_FALSE(api.Exists("configmaps", "a"));
  REQUIRE(api.Exists("namespaces", "shop"));  // its pod is still stopping
  REQUIRE(api.registry.Delete(api.At("pods", "web"), Grace(0)).ok());
  api.executor.RunReady();
  CHECK_FALSE(api.Exists("namespaces", "shop"));
}

TEST_CASE("the system namespaces cannot be deleted", "[embedded]") {
  Api api;
  const Answer answer = api.registry.Delete(api.At("namespaces", "kube-system"), {});
  CHECK(answer.code == 403);
  CHECK(MessageOf(answer) ==
        "namespaces \"kube-system\" is forbidden: this namespace may not be deleted");
}

TEST_CASE("dependents go with their last owner and orphans stay", "[embedded]") {
  Api api;
  const auto owned = [&](const std::string& name, const Json& owner) {
    return Json{{"metadata",
                 {{"name", name},
                  {"ownerReferences",
                   {{{"apiVersion", "v1"},
                     {"kind", "ConfigMap"},
                     {"name", owner["metadata"]["name"]},
                     {"uid", owner["metadata"]["uid"]}}}}}}};
  };
  for (const bool orphan : {false, true}) {
    const Json owner = api.Create("configmaps", {{"metadata", {{"name", "owner"}}}}).body;
    REQUIRE(api.Create("configmaps", owned("child", owner)).code == 201);
    DeleteOptions options;
    options.orphan = orphan;
    REQUIRE(api.registry.Delete(api.At("configmaps", "owner"), options).ok());
    api.executor.RunReady();
    CHECK(api.Exists("configmaps", "child") == orphan);
  }
}

TEST_CASE("Events expire an hour after they were last seen", "[embedded]") {
  Api api;
  REQUIRE(api.Create("events", {{"metadata", {{"name", "e"}}},
                                {"involvedObject", {{"kind", "Pod"}, {"namespace", "default"}}},
                                {"lastTimestamp", "2026-01-01T00:00:00Z"}})
              .code == 201);
  api.executor.Advance(std::chrono::minutes(50));
  CHECK(api.Exists("events", "e"));
  api.executor.Advance(std::chrono::minutes(20));
  CHECK_FALSE(api.Exists("events", "e"));
}

}  // namespace
}  // namespace edge::cloudhub::embedded
