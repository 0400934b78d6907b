#pragma once

#include <string>

#include "common/bytes.h"
#include "common/random.h"
#include "link/topics.h"

namespace edge::edged {

/// A client id for one enrolment: nobody can guess it, nor so the topic of the answer.
inline std::string NewEnrolClientId(Random& random) {
  constexpr std::size_t kBytes = 12;
  return std::string(link::kClientIdPrefix) + "enrol-" + HexEncode(random.Bytes(kBytes));
}

}  // namespace edge::edged
