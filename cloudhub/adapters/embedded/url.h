#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace edge::cloudhub::embedded {

/// Splits a request target into the decoded path and query. False when an escape is malformed.
bool ParseTarget(std::string_view target, std::string& path,
                 std::map<std::string, std::string>& query);

/// The non-empty segments between slashes.
std::vector<std::string> PathSegments(std::string_view path);

}  // namespace edge::cloudhub::embedded
