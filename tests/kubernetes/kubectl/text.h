#pragma once

#include <string>
#include <vector>

namespace edge::oracle {

/// What kubectl printed, in lines: without what differs from one server, run or folder to the next,
/// and with columns one blank apart.
std::vector<std::string> Lines(const std::string& printed, const std::string& folder);

/// The lines that only one of the two has, in their order: "- " before those of `real`, "+ " before
/// those of `embedded`.
std::vector<std::string> DiffLines(const std::vector<std::string>& real,
                                   const std::vector<std::string>& embedded);

}  // namespace edge::oracle
