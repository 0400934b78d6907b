#include "cloudhub/adapters/mosquitto/crl_file.h"

#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "common/file.h"
#include "tests/fakes/temp_folder.h"

namespace edge::cloudhub {
namespace {

volatile sig_atomic_t hangups = 0;

TEST_CASE("A broker is told of its list, and not before it waits for signals", "[enrolment]") {
  const fakes::TempFolder folder;
  const std::string file = folder.path() + "/nodes.crl";
  const std::string pid_file = folder.path() + "/pid";
  const CrlInstaller install = InstallCrlIn(file, pid_file);
  CHECK(install("one").code() == Code::kNotFound);
  REQUIRE(WriteFileAtomically(pid_file, "0\n", 0644).ok());
  CHECK(install("two").code() == Code::kInvalidArgument);
  // This process stands for the broker: told too early, it would be ended.
  REQUIRE(WriteFileAtomically(pid_file, std::to_string(getpid()) + "\n", 0644).ok());
  CHECK(install("three").code() == Code::kUnavailable);
  const auto before = signal(SIGHUP, [](int) { hangups = hangups + 1; });
  CHECK(install("four").ok());
  signal(SIGHUP, before);
  CHECK(hangups == 1);
  CHECK(*ReadFile(file, 100) == "four");
  CHECK(InstallCrlIn(file, "")("five").ok());
  CHECK(hangups == 1);
}

}  // namespace
}  // namespace edge::cloudhub
