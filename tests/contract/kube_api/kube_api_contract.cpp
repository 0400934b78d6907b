#include "tests/contract/kube_api/kube_api_contract.h"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

namespace edge::cloudhub {
namespace {

const Resource kConfigMaps{"", "v1", "configmaps"};
const Resource kPods{"", "v1", "pods"};

/// Calls and waits for the answer.
Result<Json> Await(KubeApiUnderTest& test, const std::function<void(KubeApi::Done)>& call) {
  auto answer = std::make_shared<std::optional<Result<Json>>>();
  call([answer](Result<Json> result) { *answer = std::move(result); });
  INFO("waiting for the answer to a call");
  REQUIRE(test.wait_until([answer] { return answer->has_value(); }));
  return **answer;
}

Json ConfigMap(const KubeApiUnderTest& test, const std::string& name) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", name}, {"namespace", test.ns}, {"labels", {{"app", name}}}}},
          {"data", {{"k", "v"}}}};
}

Result<Json> Create(KubeApiUnderTest& test, const Resource& resource, const Json& object) {
  return Await(test,
               [&](KubeApi::Done done) { test.api.Create({}, resource, object, std::move(done)); });
}

Result<Json> Get(KubeApiUnderTest& test, const Resource& resource, const std::string& name) {
  return Await(test, [&](KubeApi::Done done) {
    test.api.Get({}, resource, test.ns, name, std::move(done));
  });
}

Result<Json> Patch(KubeApiUnderTest& test, const Resource& resource, const std::string& name,
                   const std::string& sub, const Json& patch) {
  return Await(test, [&](KubeApi::Done done) {
    test.api.Patch({}, resource, test.ns, name, sub, PatchType::kMerge, patch, std::move(done));
  });
}

Result<Json> Delete(KubeApiUnderTest& test, const Resource& resource, const std::string& name,
                    const std::string& uid, std::optional<std::int64_t> grace) {
  return Await(test, [&](KubeApi::Done done) {
    test.api.Delete({}, resource, test.ns, name, uid, grace, std::move(done));
  });
}

Code CodeOf(const Result<Json>& result) { return result.status().code(); }

}  // namespace

void CheckErrorsCarryTheirCodes(KubeApiUnderTest& test) {
  CHECK(CodeOf(Get(test, kConfigMaps, "nothere")) == Code::kNotFound);
  const auto made = Create(test, kConfigMaps, ConfigMap(test, "codes"));
  REQUIRE(made.ok());
  CHECK(CodeOf(Create(test, kConfigMaps, ConfigMap(test, "codes"))) == Code::kAlreadyExists);
  CHECK(CodeOf(Create(test, kConfigMaps, ConfigMap(test, "No-Name"))) == Code::kInvalidArgument);
  Json newer = *made;
  newer["data"]["k"] = "w";
  const auto update = [&](const Json& object) {
    return Await(test, [&](KubeApi::Done done) {
      test.api.Update({}, kConfigMaps, object, std::move(done));
    });
  };
  CHECK(update(newer).ok());
  newer["data"]["k"] = "x";
  CHECK(CodeOf(update(newer)) == Code::kAborted);
  CHECK(CodeOf(Delete(test, kConfigMaps, "codes", "another-uid", std::nullopt)) == Code::kAborted);
  CHECK(Delete(test, kConfigMaps, "codes", "", std::nullopt).ok());
  CHECK(CodeOf(Delete(test, kConfigMaps, "codes", "", std::nullopt)) == Code::kNotFound);
}

void CheckPatchesKeepPreconditions(KubeApiUnderTest& test) {
  const auto made = Create(test, kConfigMaps, ConfigMap(test, "patched"));
  REQUIRE(made.ok());
  const Json metadata = (*made)["metadata"];
  Json patch = {{"metadata", {{"uid", "another-uid"}}}, {"data", {{"k", "w"}}}};
  CHECK(CodeOf(Patch(test, kConfigMaps, "patched", "", patch)) == Code::kAborted);
  patch["metadata"] = {{"uid", metadata["uid"]}, {"resourceVersion", metadata["resourceVersion"]}};
  CHECK(Patch(test, kConfigMaps, "patched", "", patch).ok());
  patch["data"]["k"] = "x";
  CHECK(CodeOf(Patch(test, kConfigMaps, "patched", "", patch)) == Code::kAborted);
}

Json PodObject(const KubeApiUnderTest& test, const std::string& name) {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"name", name}, {"namespace", test.ns}}},
          {"spec",
           {{"nodeName", "contract-node"},
            {"containers", {{{"name", "c"}, {"image", "example.com/web:1"}}}}}}};
}

void CheckStatusIsApart(KubeApiUnderTest& test) {
  REQUIRE(Create(test, kPods, PodObject(test, "apart")).ok());
  const Json both = {{"metadata", {{"labels", {{"a", "b"}}}}}, {"status", {{"phase", "Running"}}}};
  const auto main = Patch(test, kPods, "apart", "", both);
  REQUIRE(main.ok());
  CHECK(FindString(*main, {"status", "phase"}) == "Pending");
  const auto status = Patch(test, kPods, "apart", "status", {{"status", {{"phase", "Running"}}}});
  REQUIRE(status.ok());
  CHECK(FindString(*status, {"status", "phase"}) == "Running");
}

void CheckAnswersComeLater(KubeApiUnderTest& test) {
  auto answered = std::make_shared<bool>(false);
  test.api.Get({}, kPods, test.ns, "nothere",
               [answered](const Result<Json>&) { *answered = true; });
  CHECK_FALSE(*answered);
  REQUIRE(test.wait_until([answered] { return *answered; }));
}

void CheckFollowListsThenFollows(KubeApiUnderTest& test) {
  REQUIRE(Create(test, kConfigMaps, ConfigMap(test, "first")).ok());
  std::vector<std::string> seen;
  ListOptions options;
  options.ns = test.ns;
  options.field_selector = "metadata.name!=kube-root-ca.crt";
  auto watch = test.api.Follow({}, kConfigMaps, options, [&](const WatchEvent& event) {
    static const char* const kNames[] = {"synced", "added", "modified", "deleted", "relisted"};
    seen.push_back(kNames[static_cast<int>(event.type)] + std::string(" ") +
                   FindString(event.object, {"metadata", "name"}));
  });
  CHECK(seen.empty());
  REQUIRE(test.wait_until([&] { return seen.size() == 2; }));
  REQUIRE(Create(test, kConfigMaps, ConfigMap(test, "second")).ok());
  REQUIRE(Patch(test, kConfigMaps, "second", "", {{"data", {{"k", "w"}}}}).ok());
  REQUIRE(Delete(test, kConfigMaps, "first", "", std::nullopt).ok());
  INFO("waiting for three events after the first list");
  REQUIRE(test.wait_until([&] { return seen.size() == 5; }));
  CHECK(seen == std::vector<std::string>{"added first", "synced ", "added second",
                                         "modified second", "deleted first"});
  watch.reset();
  REQUIRE(Delete(test, kConfigMaps, "second", "", std::nullopt).ok());
  CHECK(seen.size() == 5);
}

void CheckFollowSelects(KubeApiUnderTest& test) {
  REQUIRE(Create(test, kConfigMaps, ConfigMap(test, "web")).ok());
  std::vector<WatchEvent::Type> seen;
  ListOptions options;
  options.ns = test.ns;
  options.label_selector = "app=db";
  const auto watch = test.api.Follow({}, kConfigMaps, options,
                                     [&](const WatchEvent& event) { seen.push_back(event.type); });
  REQUIRE(test.wait_until([&] { return seen.size() == 1; }));
  const auto label = [&](const char* value) {
    return Patch(test, kConfigMaps, "web", "", {{"metadata", {{"labels", {{"app", value}}}}}}).ok();
  };
  REQUIRE(label("db"));
  REQUIRE(label("web"));
  REQUIRE(test.wait_until([&] { return seen.size() == 3; }));
  CHECK(seen[1] == WatchEvent::Type::kAdded);
  CHECK(seen[2] == WatchEvent::Type::kDeleted);
}

void CheckFollowOfNodeWaitsForPod(KubeApiUnderTest& test) {
  REQUIRE(Create(test, kConfigMaps, ConfigMap(test, "referred")).ok());
  std::vector<WatchEvent::Type> seen;
  ListOptions options;
  options.ns = test.ns;
  options.field_selector = "metadata.name=referred";
  const auto watch = test.api.Follow({"contract-node"}, kConfigMaps, options,
                                     [&](const WatchEvent& event) { seen.push_back(event.type); });
  INFO("waiting for two refusals");
  REQUIRE(test.wait_until([&] { return seen.size() >= 2; }));
  CHECK(seen == std::vector(seen.size(), WatchEvent::Type::kRefused));
  Json pod = PodObject(test, "refers");
  pod["spec"]["volumes"] = {{{"name", "v"}, {"configMap", {{"name", "referred"}}}}};
  REQUIRE(Create(test, kPods, pod).ok());
  INFO("waiting for the list");
  REQUIRE(test.wait_until([&] { return seen.back() == WatchEvent::Type::kSynced; }));
  CHECK(seen[seen.size() - 2] == WatchEvent::Type::kAdded);
}

void CheckGracefulDeletion(KubeApiUnderTest& test) {
  const auto made = Create(test, kPods, PodObject(test, "graceful"));
  REQUIRE(made.ok());
  const std::string uid = FindString(*made, {"metadata", "uid"});
  REQUIRE(Delete(test, kPods, "graceful", uid, 20).ok());
  const auto marked = Get(test, kPods, "graceful");
  REQUIRE(marked.ok());
  CHECK(FindInt(*marked, {"metadata", "deletionGracePeriodSeconds"}) == 20);
  CHECK(Find(*marked, {"metadata", "deletionTimestamp"}) != nullptr);
  REQUIRE(Delete(test, kPods, "graceful", uid, 0).ok());
  CHECK(CodeOf(Get(test, kPods, "graceful")) == Code::kNotFound);
}

}  // namespace edge::cloudhub
