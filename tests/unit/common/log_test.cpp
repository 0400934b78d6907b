#include "common/log.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <functional>

#include "common/loop.h"

namespace edge {
namespace {

/// What `write_it` writes to stderr.
std::string Captured(const std::function<void()>& write_it) {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  const UniqueFd saved(dup(STDERR_FILENO));
  REQUIRE(dup2(fileno(file), STDERR_FILENO) >= 0);
  write_it();
  REQUIRE(dup2(saved.get(), STDERR_FILENO) >= 0);
  std::string text(4096, '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

TEST_CASE("Quotes and control characters cannot forge a log field", "[common]") {
  CHECK(Quote("a\"b\\c\nd\x01") == R"("a\"b\\c\nd\x01")");
  CHECK(Quote("") == "\"\"");
}

TEST_CASE("A log line has the message and its fields and stays one line", "[common]") {
  const std::string line = Captured([] { LogError("it\nbroke", {{"POD", "shop/till"}}); });
  CHECK(line.find("it broke POD=\"shop/till\"\n") != std::string::npos);
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
}

TEST_CASE("Lines below the level are not written", "[common]") {
  CHECK(Captured([] { LogDebug("quiet"); }).empty());
  SetLogLevel(LogLevel::kDebug);
  CHECK(Captured([] { LogDebug("loud"); }).find("loud") != std::string::npos);
  SetLogLevel(LogLevel::kInfo);
}

}  // namespace
}  // namespace edge
