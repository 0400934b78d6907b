#include "offline-store/migrations.h"

#include <string>

#include "offline-store/migrations_embedded.h"

namespace edge::offline_store {

const std::vector<Migration>& Migrations() {
  static const std::vector<Migration> kMigrations(std::begin(kEmbeddedMigrations),
                                                  std::end(kEmbeddedMigrations));
  return kMigrations;
}

Status Migrate(Database& db) {
  EDGE_ASSIGN_OR_RETURN(const std::int64_t current, db.QueryInt("PRAGMA user_version"));
  const int newest = Migrations().back().number;
  if (current > newest) {
    return FailedPrecondition("the store has schema " + std::to_string(current) +
                                  " and this release knows up to " + std::to_string(newest),
                              "Install the release that wrote it, or a newer one");
  }
  for (const Migration& migration : Migrations()) {
    if (migration.number <= current) continue;
    Transaction transaction(db);
    EDGE_RETURN_IF_ERROR(transaction.Begin());
    EDGE_RETURN_IF_ERROR(db.Exec(std::string(migration.sql)));
    EDGE_RETURN_IF_ERROR(db.Exec("PRAGMA user_version = " + std::to_string(migration.number)));
    EDGE_RETURN_IF_ERROR(transaction.Commit());
  }
  return Status::Ok();
}

}  // namespace edge::offline_store
