#pragma once

#include "common/status.h"

namespace edge {

/// What every program of ours returns to its shell. Documented in docs/reference; numbers stay.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailure = 1,      ///< something went wrong; stderr says what and the next step
  kExitUsage = 2,        ///< the command line or a configuration file is wrong
  kExitRefused = 3,      ///< the thing is not there, or the other side said no
  kExitUnavailable = 4,  ///< the other side does not answer; trying again may help
};

/// The exit code that fits an error.
inline int ExitCodeOf(const Status& status) {
  switch (status.code()) {
    case Code::kOk: return kExitOk;
    case Code::kInvalidArgument: return kExitUsage;
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kPermissionDenied:
    case Code::kUnauthenticated:
    case Code::kFailedPrecondition: return kExitRefused;
    case Code::kUnavailable:
    case Code::kDeadlineExceeded: return kExitUnavailable;
    default: return kExitFailure;
  }
}

}  // namespace edge
