#include "edged/agent/enrol/token_finder.h"

#include <glob.h>

#include <memory>

#include "common/file.h"

namespace edge::edged {
namespace {

constexpr std::size_t kMaxFiles = 64;

std::vector<std::string> Matching(const std::string& pattern) {
  glob_t found{};
  const std::unique_ptr<glob_t, void (*)(glob_t*)> owner(&found, globfree);
  std::vector<std::string> paths;
  if (glob(pattern.c_str(), 0, nullptr, &found) != 0) return paths;
  for (std::size_t i = 0; i < found.gl_pathc && i < kMaxFiles; ++i) {
    paths.emplace_back(found.gl_pathv[i]);
  }
  return paths;
}

Result<certs::JoinToken> ReadToken(const std::string& path, WallTime now) {
  EDGE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, certs::kMaxTokenFile));
  EDGE_ASSIGN_OR_RETURN(certs::JoinToken token, certs::ParseToken(text, path));
  EDGE_RETURN_IF_ERROR(certs::CheckTokenExpiry(token, now).WithContext(path));
  return token;
}

}  // namespace

TokenSearch FindTokens(const std::vector<std::string>& folders,
                       const std::set<certs::JoinToken>& refused, WallTime now) {
  TokenSearch search;
  std::size_t files = 0;
  for (const std::string& folder : folders) {
    for (const char* suffix : {"/*.token.yaml", "/*.token.json"}) {
      for (const std::string& path : Matching(folder + suffix)) {
        if (++files > kMaxFiles) return search;
        Result<certs::JoinToken> token = ReadToken(path, now);
        if (!token.ok()) {
          search.problems.push_back(token.status());
        } else if (!refused.contains(*token)) {
          search.tokens.push_back({*std::move(token), path});
        }
      }
    }
  }
  return search;
}

}  // namespace edge::edged
