#pragma once

#include <string_view>
#include <vector>

#include "common/status.h"
#include "offline-store/sqlite/database.h"

namespace edge::offline_store {

/// One step of the schema. Steps are never changed once released: a terminal in the field may
/// stand at any of them.
struct Migration {
  int number = 0;  ///< rises by one from 1; PRAGMA user_version is that of the last one applied
  std::string_view sql;
};

const std::vector<Migration>& Migrations();

/// Brings the schema to the newest step; each step is a transaction. Errors: kFailedPrecondition
/// when a newer release wrote the file.
Status Migrate(Database& db);

}  // namespace edge::offline_store
