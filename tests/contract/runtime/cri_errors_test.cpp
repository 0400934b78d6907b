#include <catch2/catch.hpp>

#include "edged/adapters/cri/cri_runtime.h"
#include "tests/contract/runtime/contract.h"

namespace edge::edged {

TEST_CASE("A runtime that does not run is named with its socket and the next step", "[runtime]") {
  CriOptions options;
  options.socket = "/tmp/edge-no-runtime.sock";
  options.label_key = "edge.kubeedge.io/node";
  options.label_value = "till-1";
  CriRuntime runtime(options);
  const Status status = runtime.ListSandboxes().status();
  CHECK(status.code() == Code::kUnavailable);
  CHECK(status.message().find("list pod sandboxes") != std::string::npos);
  CHECK(status.next_step().find(options.socket) != std::string::npos);
}

}  // namespace edge::edged
