#pragma once

#include <functional>
#include <string>

#include "cloudhub/ports/kube_api.h"

namespace edge::cloudhub {

/// An implementation of the port, as the suite drives it. `wait_until` lets the implementation's
/// loop run until the condition holds; false when it did not within the implementation's deadline.
struct KubeApiUnderTest {
  KubeApi& api;
  std::function<bool(const std::function<bool()>&)> wait_until;
  std::string ns;  ///< an empty namespace for the suite alone
};

/// What every KubeApi keeps, embedded or real; one function per behaviour.
void CheckErrorsCarryTheirCodes(KubeApiUnderTest& test);
void CheckPatchesKeepPreconditions(KubeApiUnderTest& test);
void CheckStatusIsApart(KubeApiUnderTest& test);
void CheckAnswersComeLater(KubeApiUnderTest& test);
void CheckFollowListsThenFollows(KubeApiUnderTest& test);
void CheckFollowSelects(KubeApiUnderTest& test);
void CheckFollowOfNodeWaitsForPod(KubeApiUnderTest& test);
void CheckGracefulDeletion(KubeApiUnderTest& test);

}  // namespace edge::cloudhub
