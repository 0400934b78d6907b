#include "kube/quantity.h"

#include "kube_test.h"

namespace edge::kube {
namespace {

Quantity Q(std::string_view text) {
  auto parsed = Quantity::Parse(text);
  INFO(text);
  REQUIRE(parsed.ok());
  return *parsed;
}

TEST_CASE("a quantity prints in the API server's canonical form", "[kube]") {
  const std::pair<const char*, const char*> cases[] = {
      {"0", "0"},
      {"100m", "100m"},
      {"0.1", "100m"},
      {"1000m", "1"},
      {"1500m", "1500m"},
      {"1.5", "1500m"},
      {"1000", "1k"},
      {"1024", "1024"},
      {"1024Ki", "1Mi"},
      {"1.5Gi", "1536Mi"},
      {"0.5Gi", "512Mi"},
      {"512", "512"},
      {"1023Ki", "1023Ki"},
      {"0.5Ki", "512"},
      {"12e6", "12e6"},
      {"1E3", "1e3"},
      {"1e-3", "1e-3"},
      {"1E", "1E"},
      {"100000k", "100M"},
      {"5n", "5n"},
      {"0.5n", "1n"},
      {"-1", "-1"},
      {"+3", "3"},
      {".5", "500m"},
      {"5.", "5"},
      {"00012", "12"},
      {"0Mi", "0"},
      {"1u", "1u"},
      {"9223372036854775807", "9223372036854775807"},
      {"100E", "9223372036854775807"}};
  for (const auto& [text, canonical] : cases) {
    INFO(text);
    CHECK(Q(text).ToString() == canonical);
  }
}

TEST_CASE("a quantity that is none is refused", "[kube]") {
  for (const char* text : {"", "m", "1.2.3", "1mm", "1 Gi", "ten", "1KI", "1e", "0x10", "--1",
                           "1e1.5", "1e99999999999", "."}) {
    INFO(text);
    CHECK_FALSE(Quantity::Parse(text).ok());
  }
  CHECK(Quantity::Parse("abc").status().message() ==
        "quantities must match the regular expression "
        "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

TEST_CASE("a quantity rounds up to whole units and thousandths", "[kube]") {
  CHECK(Q("1.5").Value() == 2);
  CHECK(Q("100m").Value() == 1);
  CHECK(Q("-1.5").Value() == -2);
  CHECK(Q("1Gi").Value() == 1073741824);
  CHECK(Q("1.5").MilliValue() == 1500);
  CHECK(Q("1u").MilliValue() == 1);
  CHECK(Q("8E").MilliValue() == std::numeric_limits<std::int64_t>::max());
  CHECK(Q("1e-12").Value() == 1);
  CHECK(Q("1e2147483647").Value() == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("quantities compare by number and not by form", "[kube]") {
  CHECK(Q("1Gi") == Q("1073741824"));
  CHECK(Q("999m") < Q("1"));
  CHECK(Q("1G") < Q("1Gi"));
}

TEST_CASE("a sum keeps the form of its first part that is not zero", "[kube]") {
  CHECK((Q("100m") + Q("0.9")).ToString() == "1");
  CHECK((Q("1Gi") + Q("512Mi")).ToString() == "1536Mi");
  CHECK((Quantity() + Q("1Gi")).ToString() == "1Gi");
  CHECK((Q("1") - Q("250m")).ToString() == "750m");
}

TEST_CASE("a quantity reads from JSON strings and numbers", "[kube]") {
  CHECK(Quantity::FromJson(Json(2))->Value() == 2);
  CHECK(Quantity::FromJson(Json(0.5))->MilliValue() == 500);
  CHECK_FALSE(Quantity::FromJson(Json(true)).ok());
}

}  // namespace
}  // namespace edge::kube
