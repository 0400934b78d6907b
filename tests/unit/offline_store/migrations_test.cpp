#include "offline-store/migrations.h"

#include <map>
#include <string>

#include "common/bytes.h"
#include "common/file.h"
#include "offline-store/rows.h"
#include "tests/contract/store/harness.h"

namespace edge::offline_store {
namespace {

/// What a release has shipped is never edited: a terminal in the field may stand at any step.
const std::map<int, std::string> kReleased = {
    {1, "edf34b8c784d2b36c7c1944361c41e19f319d07d1c407f9d52b9595bf11f1fb6"},
    {2, "c26eecee1e0db02ef90c3505d2a8e64292ef6f7be59c78a9cef40163559415e8"},
};

/// Every table and index, by name, without comments and white space.
std::map<std::string, std::string> SchemaOf(Database& db) {
  std::map<std::string, std::string> schema;
  Statement rows =
      db.Prepare("SELECT type || ' ' || name, ifnull(sql, '') FROM sqlite_master").value();
  while (rows.Step().value()) {
    std::string text;
    for (const char c : rows.String(1)) {
      if (c != ' ' && c != '\n') text += c;
    }
    schema[rows.String(0)] = text;
  }
  return schema;
}

TEST_CASE("The migrations lead to exactly the schema file", "[store]") {
  Database migrated = Database::Open(":memory:").value();
  REQUIRE(Migrate(migrated).ok());
  Database direct = Database::Open(":memory:").value();
  REQUIRE(direct.Exec(ReadFile(EDGE_OFFLINE_STORE_SOURCE "/schema.sql").value()).ok());
  CHECK(SchemaOf(migrated).size() > 7);
  CHECK(SchemaOf(migrated) == SchemaOf(direct));
}

TEST_CASE("Migrations are numbered from 1 without a gap", "[store]") {
  int expected = 0;
  for (const Migration& migration : Migrations()) CHECK(migration.number == ++expected);
  CHECK(expected >= 1);
}

TEST_CASE("No released migration was changed", "[store]") {
  for (const Migration& migration : Migrations()) {
    INFO("migration " << migration.number);
    const auto released = kReleased.find(migration.number);
    REQUIRE(released != kReleased.end());
    CHECK(HexEncode(edge::AsBytes(Sha256(migration.sql))) == released->second);
  }
}

TEST_CASE("Migrating twice changes nothing", "[store]") {
  Database db = Database::Open(":memory:").value();
  REQUIRE(Migrate(db).ok());
  const auto schema = SchemaOf(db);
  REQUIRE(Migrate(db).ok());
  CHECK(SchemaOf(db) == schema);
  CHECK(db.QueryInt("PRAGMA user_version").value() == Migrations().back().number);
}

TEST_CASE("A store of the first release gets the table of tokens and keeps its rows", "[store]") {
  testing::SqliteHarness harness;
  harness.Close();
  harness.options().path = harness.folder() / "old.db";
  {
    Database db = Database::Open(harness.path()).value();
    REQUIRE(db.Exec(std::string(Migrations().front().sql)).ok());
    REQUIRE(db.Exec("PRAGMA user_version = 1").ok());
    Statement row =
        db.Prepare("INSERT INTO meta (name, checksum, value) VALUES (?1, ?2, ?3)").value();
    REQUIRE(row.Bind("epoch", RowChecksum("meta", std::string("epoch"), std::string("7")), "7")
                .Run()
                .ok());
  }
  harness.Open();
  const Contents contents = harness.store().Load().value();
  CHECK(contents.meta == std::vector<std::pair<std::string, std::string>>{{"epoch", "7"}});
  CHECK(contents.tokens.empty());
}

TEST_CASE("A store of a newer release is refused and left alone", "[store]") {
  testing::SqliteHarness harness;
  harness.Close();
  {
    Database db = Database::Open(harness.path()).value();
    REQUIRE(db.Exec("PRAGMA user_version = 999").ok());
  }
  SystemRandom random;
  const auto opened = SqliteStore::Open(harness.options(), harness.runner().loop(), random);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.status().code() == Code::kFailedPrecondition);
  CHECK_FALSE(opened.status().next_step().empty());
  CHECK(std::filesystem::exists(harness.path()));
}

}  // namespace
}  // namespace edge::offline_store
