#pragma once

#include <cstdint>

namespace edge::offline_store::testing {

/// What this process asked of disks so far; counted by wrappers of fsync, fdatasync and the write
/// calls in disk_writes_test.cpp, which SQLite's library resolves to.
struct DiskUse {
  std::uint64_t syncs = 0;
  std::uint64_t bytes_written = 0;  ///< with pwrite, as SQLite writes
};
DiskUse DiskUseSoFar();

}  // namespace edge::offline_store::testing
