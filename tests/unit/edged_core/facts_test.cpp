#include <catch2/catch.hpp>

#include "edged/core/pod/facts.h"

namespace edge::edged {
namespace {

PodFacts Full() {
  PodFacts facts;
  facts.start_time = 1767225600000000000;
  facts.sandbox_attempt = 2;
  facts.active_since = BootTime(std::chrono::seconds(100));
  facts.stopping_since = BootTime(std::chrono::seconds(150));
  facts.admission = Admission::kAdmitted;
  facts.terminal_phase = "Failed";
  facts.terminal_reason = "DeadlineExceeded";
  ContainerFacts& app = facts.containers["app"];
  app.hash = "abcd";
  app.attempt = 3;
  app.ran = true;
  app.crashes = 4;
  app.counted = "c3";
  app.retry_at = BootTime(std::chrono::seconds(220));
  app.current = Termination{"c3", 3, 137, "OOMKilled", "boom", 5, 6, "img", "sha256:1"};
  app.last = Termination{"c2", 2, 1, "Error", "", 3, 4, "img", "sha256:1"};
  return facts;
}

const BootTime kWritten{std::chrono::seconds(200)};

}  // namespace

TEST_CASE("facts come back as they were within one boot", "[edged]") {
  const Json json = FactsToJson(Full(), "b1", kWritten);
  CHECK(FactsFromJson(json, "b1", kWritten + std::chrono::seconds(9)).value() == Full());
  CHECK(DumpJson(FactsToJson(Full(), "b1", kWritten)) == DumpJson(json));
}

TEST_CASE("in another boot waiting is over and active time counts on", "[edged]") {
  const BootTime now{std::chrono::seconds(7)};
  const PodFacts facts = FactsFromJson(FactsToJson(Full(), "b1", kWritten), "b2", now).value();
  CHECK_FALSE(facts.containers.at("app").retry_at.has_value());
  CHECK(facts.containers.at("app").crashes == 4);
  CHECK(facts.containers.at("app").current->reason == "OOMKilled");
  CHECK(facts.active_before == std::chrono::seconds(100));
  CHECK(facts.active_since == now);
  CHECK_FALSE(facts.stopping_since.has_value());
}

TEST_CASE("facts of another format are refused and no garbage crashes the reader", "[edged]") {
  for (const char* text : {"null", "[]", "{}", R"({"format":2})"}) {
    CAPTURE(text);
    CHECK_FALSE(FactsFromJson(Json::parse(text), "b", kWritten).ok());
  }
  const Json odd = Json::parse(
      R"({"format":1,"boot":7,"at":"x","containers":{"a":[],"b":{"current":3,"attempt":"q"}},
          "terminal":5,"activeBefore":-9})");
  CHECK(FactsFromJson(odd, "b", kWritten).ok());
}

}  // namespace edge::edged
