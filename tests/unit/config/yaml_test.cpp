#include "common/config/yaml.h"

#include <catch2/catch.hpp>

namespace edge::config {

namespace {

Json Read(std::string_view text) { return YamlToJson(ParseYaml(text, "t.yaml").value()); }
Status ErrorOf(std::string_view text, const YamlLimits& limits = {}) {
  return ParseYaml(text, "t.yaml", limits).status();
}

}  // namespace

TEST_CASE("YAML becomes the JSON that kubectl would make of it", "[config]") {
  CHECK(Read("a: 1\nb: [x, 1.5, true, null]\nc: {d: \"5\"}") ==
        Json::parse(R"({"a":1,"b":["x",1.5,true,null],"c":{"d":"5"}})"));
  CHECK(Read("a: yes\nb: off\nc: ~\nd: -3\ne: 'no'\nf: 1.2.3\ng: v1\nh:") ==
        Json::parse(
            R"({"a":true,"b":false,"c":null,"d":-3,"e":"no","f":"1.2.3","g":"v1","h":null})"));
  CHECK(Read("a: |\n  x\n  y\n") == Json::parse(R"({"a":"x\ny\n"})"));
  CHECK(Read("") == Json());
}

TEST_CASE("Values know the line where they stand", "[config]") {
  const YamlNode root = ParseYaml("a: 1\nb:\n  c: 2\n", "t.yaml").value();
  CHECK(root.Find("a")->line == 1);
  CHECK(root.Find("b")->Find("c")->line == 3);
  CHECK(root.Find("x") == nullptr);
}

TEST_CASE("Bad YAML is refused with file and line", "[config]") {
  const Status status = ErrorOf("a: 1\nb: [1, 2\n");
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK(status.message().find("t.yaml:") == 0);
}

TEST_CASE("Text that is not UTF-8 is refused", "[config]") {
  CHECK(ErrorOf("a: 1\nb: \xff\n").message() == "t.yaml:2: text that is not UTF-8");
  CHECK(ErrorOf("\xc3\x28: 1\n").code() == Code::kInvalidArgument);
  CHECK(Read("a: \u00fc") == Json{{"a", "\u00fc"}});
}

TEST_CASE("A key that is there twice is refused", "[config]") {
  const Status status = ErrorOf("a: 1\nb: 2\na: 3\n");
  CHECK(status.message() == "t.yaml:3: the key \"a\" is there twice");
}

TEST_CASE("A second document is refused", "[config]") {
  CHECK(ErrorOf("a: 1\n---\nb: 2\n").code() == Code::kInvalidArgument);
}

TEST_CASE("Aliases work within the limit and a bomb of them does not", "[config]") {
  CHECK(Read("a: &x [1, 2]\nb: *x") == Json::parse(R"({"a":[1,2],"b":[1,2]})"));
  std::string bomb = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int n = 0; n < 9; ++n) bomb += ", " + before;
    bomb += "]\n";
  }
  CHECK(ErrorOf(bomb).code() == Code::kResourceExhausted);
}

TEST_CASE("An alias of the list that it stands in is refused", "[config]") {
  CHECK_FALSE(ErrorOf("a: &x [1, *x]").ok());
}

TEST_CASE("Deep and long and wide YAML is refused", "[config]") {
  CHECK(ErrorOf(std::string(2000, '[')).code() == Code::kResourceExhausted);
  YamlLimits limits;
  limits.max_bytes = 10;
  CHECK(ErrorOf("a: 12345678901", limits).code() == Code::kResourceExhausted);
  limits = {};
  limits.max_nodes = 5;
  CHECK(ErrorOf("[1, 2, 3, 4, 5, 6]", limits).code() == Code::kResourceExhausted);
}

TEST_CASE("Any bytes give a value or an error and never a crash", "[config]") {
  for (const char* text : {"%", "&a", "*a", "!!x", "? ? ?", "- - -", ": :", "\t", "@", "{a", "|"}) {
    static_cast<void>(ParseYaml(text, "t.yaml"));
  }
  for (int byte = 0; byte < 256; ++byte) {
    static_cast<void>(ParseYaml(std::string(3, static_cast<char>(byte)), "t.yaml"));
  }
  SUCCEED();
}

}  // namespace edge::config
