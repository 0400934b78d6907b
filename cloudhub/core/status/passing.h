#pragma once

#include "common/status.h"

namespace edge::cloudhub {

/// Whether trying the same write again could succeed.
inline bool IsPassing(const Status& status) {
  switch (status.code()) {
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
    case Code::kResourceExhausted:
    case Code::kInternal:
    case Code::kUnknown:
    case Code::kUnauthenticated: return true;
    default: return false;
  }
}

}  // namespace edge::cloudhub
