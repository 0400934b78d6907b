#include <catch2/catch.hpp>

#include "tests/contract/kube_api/kube_api_contract.h"
#include "tests/unit/cloudhub_embedded/fixture.h"

namespace edge::cloudhub {
namespace {

struct Embedded {
  embedded::Api api;
  KubeApiUnderTest test{api.kube,
                        [this](const std::function<bool()>& condition) {
                          for (int i = 0; i < 10 && !condition(); ++i) {
                            api.executor.Advance(std::chrono::seconds(1));
                          }
                          return condition();
                        },
                        "default"};
};

TEST_CASE("embedded API: errors carry their codes", "[kube_api]") {
  Embedded embedded;
  CheckErrorsCarryTheirCodes(embedded.test);
}

TEST_CASE("embedded API: patches keep their preconditions", "[kube_api]") {
  Embedded embedded;
  CheckPatchesKeepPreconditions(embedded.test);
}

TEST_CASE("embedded API: status is written apart from the rest", "[kube_api]") {
  Embedded embedded;
  CheckStatusIsApart(embedded.test);
}

TEST_CASE("embedded API: answers never come inside the call", "[kube_api]") {
  Embedded embedded;
  CheckAnswersComeLater(embedded.test);
}

TEST_CASE("embedded API: a followed kind is listed and then followed", "[kube_api]") {
  Embedded embedded;
  CheckFollowListsThenFollows(embedded.test);
}

TEST_CASE("embedded API: a selection sees objects enter and leave", "[kube_api]") {
  Embedded embedded;
  CheckFollowSelects(embedded.test);
}

TEST_CASE("embedded API: a watch in a node's name waits until a pod there refers to the object",
          "[kube_api]") {
  Embedded embedded;
  CheckFollowOfNodeWaitsForPod(embedded.test);
}

TEST_CASE("embedded API: a pod on a node is deleted with grace", "[kube_api]") {
  Embedded embedded;
  CheckGracefulDeletion(embedded.test);
}

}  // namespace
}  // namespace edge::cloudhub
