#include "edged/adapters/fs/file_tail.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/fakes/temp_folder.h"

namespace edge::edged {

TEST_CASE("Parts of a log line are joined", "[fs]") {
  const std::string log =
      "2026-11-23T07:00:00Z stdout P one \n2026-11-23T07:00:00Z stderr F two\n"
      "2026-11-23T07:00:00Z stdout F three\n";
  CHECK(CriLogTail(log, 10, 100) == "one two\nthree\n");
  CHECK(CriLogTail(log, 1, 100) == "three\n");
}

TEST_CASE("Lines that are not of the log's form are left out", "[fs]") {
  CHECK(CriLogTail("", 10, 100).empty());
  CHECK(CriLogTail("\n\n \nx y\nt other F z\n", 10, 100).empty());
  CHECK(CriLogTail("t stdout F \nt stdout F", 10, 100) == "\n");
  CHECK(CriLogTail("t stdout F a\n", 0, 100).empty());
}

TEST_CASE("A message file that a container made a link or a pipe is not read through", "[fs]") {
  const fakes::TempFolder temp;
  temp.Write("secret", "host");
  std::filesystem::create_symlink("secret", temp.path() + "/link");
  CHECK_FALSE(ReadFileTail(temp.path() + "/link", 100).ok());
  CHECK_FALSE(ReadFileTail(temp.path(), 100).ok());
  CHECK(*ReadFileTail(temp.path() + "/secret", 2) == "st");
}

}  // namespace edge::edged
