#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/status.h"

namespace edge::edged {

/// At most `max_bytes` of the end of a regular file; empty where there is none. A symbolic link is
/// not followed: containers write these files.
Result<std::string> ReadFileTail(const std::string& path, std::size_t max_bytes);

/// The messages of the last `max_lines` lines of a CRI log, at most `max_bytes` of them (the end is
/// kept). Parts of a line ("P") are joined. Lines that are not of CRI's form are left out. Pure.
std::string CriLogTail(std::string_view log, std::size_t max_lines, std::size_t max_bytes);

}  // namespace edge::edged
