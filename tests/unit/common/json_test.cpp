#include "common/json.h"

#include <catch2/catch.hpp>

namespace edge {
namespace {

TEST_CASE("JSON over the size limit is refused before it is read", "[common]") {
  JsonLimits limits;
  limits.max_bytes = 10;
  CHECK(ParseJson("{\"a\":1234}", limits).ok());
  CHECK(ParseJson("{\"a\":12345}", limits).status().code() == Code::kResourceExhausted);
}

TEST_CASE("JSON that nests too deep is refused and brackets in strings do not count", "[common]") {
  CHECK(ParseJson(std::string(100, '[') + std::string(100, ']')).ok());
  CHECK(ParseJson(std::string(101, '[') + std::string(101, ']')).status().code() ==
        Code::kResourceExhausted);
  CHECK(ParseJson(std::string(1'000'000, '[')).status().code() == Code::kResourceExhausted);
  CHECK(
      ParseJson("{\"a\":\"" + std::string(500, '[') + "\\\"" + std::string(500, '{') + "\"}").ok());
}

TEST_CASE("What is not JSON is refused with a reason", "[common]") {
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "nul", "{} x", "\"\\x\"", "\"\xff\""}) {
    INFO(text);
    const auto parsed = ParseJson(text);
    CHECK(parsed.status().code() == Code::kInvalidArgument);
    CHECK(parsed.status().message().find("not valid JSON") == 0);
  }
}

TEST_CASE("Equal values give equal bytes whatever the order they were written in", "[common]") {
  CHECK(DumpJson(ParseJson("{\"b\": 1, \"a\": [true]}").value()) == "{\"a\":[true],\"b\":1}");
}

TEST_CASE("Bytes that are not UTF-8 do not make dumping throw", "[common]") {
  CHECK(DumpJson(Json("\xff")) == "\"\xef\xbf\xbd\"");
}

TEST_CASE("Members are found by path and types that do not fit give the fallback", "[common]") {
  const Json pod =
      ParseJson(R"({"spec":{"nodeName":"n1","hostNetwork":true,"n":7},"x":[1]})").value();
  CHECK(FindString(pod, {"spec", "nodeName"}) == "n1");
  CHECK(FindString(pod, {"spec", "n"}, "none") == "none");
  CHECK(FindString(pod, {"x", "nodeName"}, "none") == "none");
  CHECK(FindInt(pod, {"spec", "n"}) == 7);
  CHECK(FindInt(pod, {"spec", "nodeName"}, 9) == 9);
  CHECK(FindBool(pod, {"spec", "hostNetwork"}));
  CHECK(FindBool(pod, {"spec", "missing"}, true));
  CHECK(Find(pod, {"spec", "missing"}) == nullptr);
  CHECK(Find(pod, {}) == &pod);
}

}  // namespace
}  // namespace edge
