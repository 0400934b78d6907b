#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "common/status.h"

namespace edge {

/// The whole file. Errors: kNotFound, kPermissionDenied, kResourceExhausted when it is longer than
/// `max_bytes`; each names the path.
Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes = 16 * 1024 * 1024);

/// Replaces `path` with `contents` so that a reader, and a machine that loses power, sees the old
/// file or the whole new one: temporary file, fsync, rename, fsync of the folder.
Status WriteFileAtomically(const std::string& path, std::string_view contents, mode_t mode);

/// The same without the syncs: for files that are made anew after a power cut.
Status ReplaceFile(const std::string& path, std::string_view contents, mode_t mode);

/// Makes the folder and its missing parents, each with `mode`. An existing folder is success.
Status MakeDirectories(const std::string& path, mode_t mode = 0755);

/// An error Status from errno, "<what> <path>: <strerror>", with the code that fits.
Status ErrnoStatus(std::string_view what, std::string_view path);

}  // namespace edge
