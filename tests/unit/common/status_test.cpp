#include "common/status.h"

#include <catch2/catch.hpp>
#include <memory>

namespace edge {
namespace {

Result<int> Half(int number) {
  if (number % 2 != 0)
    return InvalidArgument(std::to_string(number) + " is odd", "Give an even one");
  return number / 2;
}

Status CheckQuarter(int number, int& quarter) {
  EDGE_ASSIGN_OR_RETURN(const int half, Half(number));
  EDGE_ASSIGN_OR_RETURN(quarter, Half(half));
  EDGE_RETURN_IF_ERROR(Status::Ok());
  return Status::Ok();
}

TEST_CASE("A status says code and message and next step", "[common]") {
  CHECK(Status().ok());
  CHECK(Status().ToString() == "ok");
  const Status status = NotFound("pod shop/till", "Apply it");
  CHECK_FALSE(status.ok());
  CHECK(status.ToString() == "not_found: pod shop/till. Apply it");
  CHECK(NotFound("x").ToString() == "not_found: x");
}

TEST_CASE("Context goes before the message and leaves code and next step", "[common]") {
  const Status status = NotFound("pod", "Apply it").WithContext("starting");
  CHECK(status.message() == "starting: pod");
  CHECK(status.code() == Code::kNotFound);
  CHECK(status.next_step() == "Apply it");
  CHECK(Status().WithContext("starting").ok());
}

TEST_CASE("Every code has gRPC's name", "[common]") {
  CHECK(CodeName(Code::kOk) == "ok");
  CHECK(CodeName(Code::kUnauthenticated) == "unauthenticated");
  CHECK(CodeName(Code::kFailedPrecondition) == "failed_precondition");
  CHECK(CodeName(static_cast<Code>(99)) == "unknown");
}

TEST_CASE("A result holds a value or the reason why there is none", "[common]") {
  CHECK(Half(4).value() == 2);
  CHECK(Half(4).status().ok());
  CHECK_FALSE(Half(3).ok());
  CHECK(Half(3).status().code() == Code::kInvalidArgument);
  CHECK_THROWS_AS(Half(3).value(), std::bad_variant_access);
  CHECK(Half(3).WithContext("here").status().message() == "here: 3 is odd");
  CHECK(Half(4).WithContext("here").value() == 2);
}

TEST_CASE("The macros give the value or pass the error on", "[common]") {
  int quarter = 0;
  CHECK(CheckQuarter(8, quarter).ok());
  CHECK(quarter == 2);
  CHECK(CheckQuarter(6, quarter).message() == "3 is odd");
}

TEST_CASE("A result of a type that only moves can be taken out", "[common]") {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(5));
  const std::unique_ptr<int> taken = std::move(result).value();
  CHECK(*taken == 5);
}

}  // namespace
}  // namespace edge
