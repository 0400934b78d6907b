#pragma once

#include <string>

#include "common/status.h"
#include "offline-store/sqlite/database.h"

namespace edge::offline_store {

/// Writes the whole store to <path>.good: a crash leaves the old copy or the new one. Blocks for
/// about as long as writing the file's size takes.
Status MakeGoodCopy(Database& db, const std::string& path);

}  // namespace edge::offline_store
