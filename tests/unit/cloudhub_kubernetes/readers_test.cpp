#include <catch2/catch.hpp>

#include "cloudhub/adapters/kubernetes/line_reader.h"
#include "cloudhub/adapters/kubernetes/list_reader.h"

namespace edge::cloudhub::kubernetes {
namespace {

struct Read {
  std::vector<std::string> items;
  Result<Json> rest = Json();
  Status status;
  std::size_t left_out = 0;
};

/// Fed in pieces of `piece` bytes.
Read ReadList(const std::string& text, std::size_t piece, std::size_t max_item = 1000) {
  Read read;
  ListReader reader(max_item, [&](std::string_view item) {
    read.items.emplace_back(item);
    return true;
  });
  for (std::size_t at = 0; at < text.size() && read.status.ok(); at += piece) {
    read.status = reader.Feed(std::string_view(text).substr(at, piece));
  }
  read.rest = reader.Finish();
  read.left_out = reader.left_out();
  return read;
}

TEST_CASE("A list is read item by item however its bytes arrive", "[kubernetes]") {
  const std::size_t piece = GENERATE(1, 3, 7, 1000);
  const std::string text =
      R"({"kind":"L","metadata":{"x":["items",{"items":[1]}]}, "items" : [ {"a":"}]\"{"},)"
      R"({"items":[[2]]} ],"apiVersion":"v1"} )";
  const Read read = ReadList(text, piece);
  REQUIRE(read.status.ok());
  CHECK(read.items == std::vector<std::string>{R"({"a":"}]\"{"})", R"({"items":[[2]]})"});
  REQUIRE(read.rest.ok());
  CHECK(FindString(*read.rest, {"apiVersion"}) == "v1");
  CHECK((*read.rest)["items"] == Json::array());
}

TEST_CASE("What is no whole list is an error", "[kubernetes]") {
  for (const std::string text : {"", "{",
                                 R"({"items":[{}]})"
                                 "}",
                                 R"({"items":[1]})", R"({"items":[{)", "]", "garbage"}) {
    CAPTURE(text);
    const Read read = ReadList(text, 4);
    CHECK_FALSE((read.status.ok() && read.rest.ok()));
  }
  const Read read = ReadList(R"({"kind":")" + std::string(100000, 'x'), 1000);
  CHECK_FALSE(read.status.ok());
}

TEST_CASE("An item over the cap is left out of a list", "[kubernetes]") {
  const Read read =
      ReadList(R"({"items":[{"a":1},{"b":")" + std::string(2000, 'x') + R"("},{"c":2}]})", 10);
  CHECK(read.items == std::vector<std::string>{R"({"a":1})", R"({"c":2})"});
  CHECK(read.left_out == 1);
  CHECK(read.rest.ok());
}

TEST_CASE("Lines are told whole and those over the cap left out", "[kubernetes]") {
  LineReader reader(5);
  std::vector<std::string> lines;
  const auto take = [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  };
  for (const char* const piece : {"ab", "c\nd", "\n\n", "123456", "7\nxy\nz"}) {
    reader.Feed(piece, take);
  }
  CHECK(lines == std::vector<std::string>{"abc", "d", "xy"});
  CHECK(reader.left_out() == 1);
  reader.Clear();
  reader.Feed("new\n", take);
  CHECK(lines.back() == "new");
}

}  // namespace
}  // namespace edge::cloudhub::kubernetes
