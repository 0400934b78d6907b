#pragma once

#include <set>
#include <string>
#include <vector>

#include "certs/token.h"

namespace edge::edged {

struct FoundToken {
  certs::JoinToken token;
  std::string path;
};

struct TokenSearch {
  std::vector<FoundToken> tokens;  ///< those that can be used
  std::vector<Status> problems;    ///< of files that cannot, each naming file and next step
};

/// Looks for join tokens, files named *.token.yaml or *.token.json, in folders: /etc/edged, the
/// boot partition, USB sticks. `folders` may hold the shell's wildcards ("/media/*"), are searched
/// in their order, and each in the order of its file names. Tokens in `refused` are passed over,
/// but not another one with the id of one: a copy that was mended. It reads at most 64 files of 64
/// KiB.
TokenSearch FindTokens(const std::vector<std::string>& folders,
                       const std::set<certs::JoinToken>& refused, WallTime now);

}  // namespace edge::edged
