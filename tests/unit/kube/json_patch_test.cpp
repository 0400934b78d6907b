#include "kube/patch.h"
#include "kube_test.h"

namespace edge::kube {
namespace {

Json Patched(std::string_view original, std::string_view patch) {
  auto result = ApplyJsonPatch(J(original), J(patch));
  INFO(result.status().ToString());
  REQUIRE(result.ok());
  return *result;
}

Code PatchCode(std::string_view original, std::string_view patch) {
  return ApplyJsonPatch(J(original), J(patch)).status().code();
}

TEST_CASE("a JSON patch adds and replaces and removes", "[kube]") {
  CHECK(Patched(R"({"a":[1,3]})", R"([{"op":"add","path":"/a/1","value":2},
      {"op":"add","path":"/a/-","value":4},{"op":"add","path":"/b","value":{}}])") ==
        J(R"({"a":[1,2,3,4],"b":{}})"));
  CHECK(Patched(R"({"a":1,"b":2})",
                R"([{"op":"replace","path":"/a","value":9},{"op":"remove","path":"/b"}])") ==
        J(R"({"a":9})"));
  CHECK(Patched(R"({"a":[1,2]})", R"([{"op":"remove","path":"/a/0"}])") == J(R"({"a":[2]})"));
  CHECK(Patched(R"({"a":1})", R"([{"op":"replace","path":"","value":[]}])") == J("[]"));
}

TEST_CASE("a JSON patch moves and copies and unescapes names", "[kube]") {
  CHECK(Patched(R"({"a/b":{"c~d":1}})", R"([{"op":"move","from":"/a~1b/c~0d","path":"/x"},
      {"op":"copy","from":"/x","path":"/y"}])") == J(R"({"a/b":{},"x":1,"y":1})"));
}

TEST_CASE("a JSON patch whose test fails applies nothing", "[kube]") {
  CHECK(Patched(R"({"a":1})", R"([{"op":"test","path":"/a","value":1}])") == J(R"({"a":1})"));
  const auto failed =
      ApplyJsonPatch(J(R"({"a":1})"), J(R"([{"op":"test","path":"/a","value":2}])"));
  CHECK(failed.status().code() == Code::kFailedPrecondition);
  CHECK_THAT(failed.status().message(), Catch::Contains("testing value /a failed"));
}

TEST_CASE("a JSON patch to a missing path does not apply", "[kube]") {
  for (const char* patch :
       {R"([{"op":"remove","path":"/x"}])", R"([{"op":"replace","path":"/x","value":1}])",
        R"([{"op":"add","path":"/x/y","value":1}])", R"([{"op":"add","path":"/l/9","value":1}])",
        R"([{"op":"remove","path":"/l/01"}])", R"([{"op":"remove","path":"/l/-1"}])",
        R"([{"op":"copy","from":"/x","path":"/y"}])", R"([{"op":"explode","path":"/a"}])",
        R"([{"op":"remove","path":""}])"}) {
    INFO(patch);
    CHECK(PatchCode(R"({"l":[1]})", patch) == Code::kFailedPrecondition);
  }
}

TEST_CASE("a malformed JSON patch is an invalid argument", "[kube]") {
  for (const char* patch :
       {"{}", R"([{"op":"add"}])", R"([{"op":"add","path":"a","value":1}])", "[1]", "[null]",
        R"([{"op":"add","path":"/a"}])", R"([{"op":"move","from":"/l","path":"/l/0"}])"}) {
    INFO(patch);
    CHECK(PatchCode(R"({"l":[1]})", patch) == Code::kInvalidArgument);
  }
}

TEST_CASE("copies that double an object stop at a limit", "[kube]") {
  Json patch = Json::array();
  for (int i = 0; i < 60; ++i) {
    patch.push_back({{"op", "copy"}, {"from", ""}, {"path", "/x" + std::to_string(i)}});
  }
  CHECK(ApplyJsonPatch(J(R"({"a":"0123456789"})"), patch).status().code() ==
        Code::kInvalidArgument);
}

TEST_CASE("a merge patch follows RFC 7396", "[kube]") {
  const auto merged = [](std::string_view a, std::string_view b) {
    return *ApplyMergePatch(J(a), J(b));
  };
  CHECK(merged(R"({"a":"b"})", R"({"a":null,"c":1})") == J(R"({"c":1})"));
  CHECK(merged(R"({"a":[{"b":1}]})", R"({"a":[1]})") == J(R"({"a":[1]})"));
  CHECK(merged(R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})") == J(R"({"a":{"b":"d"}})"));
  CHECK(merged("{}", R"({"a":{"bb":{"ccc":null}}})") == J(R"({"a":{"bb":{}}})"));
  CHECK(merged(R"({"a":1})", R"({"a":{"b":null}})") == J(R"({"a":{}})"));
  CHECK_FALSE(ApplyMergePatch(Json::object(), Json::array()).ok());
}

}  // namespace
}  // namespace edge::kube
