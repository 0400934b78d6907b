#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/status.h"

namespace edge::offline_store {

/// A prepared statement, prepared once and run many times.
///
/// Thread rule: that of its Database, which it must not outlive.
class Statement {
 public:
  Statement() = default;
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}

  /// Binds the values to ?1, ?2, ... Strings are bound without a copy: they must live until Reset.
  template <typename... Values>
  Statement& Bind(const Values&... values) {
    int index = 0;
    (BindOne(++index, values), ...);
    return *this;
  }

  /// Runs a statement that returns no rows, and resets it.
  Status Run();
  /// True when there is a row to read; false, after which it is reset, at the end.
  Result<bool> Step();
  void Reset();

  std::int64_t Int(int column) const { return sqlite3_column_int64(statement_.get(), column); }
  /// Text or blob; valid until the next Step.
  std::string_view Bytes(int column) const;
  std::string String(int column) const { return std::string(Bytes(column)); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  void BindOne(int index, std::int64_t value) {
    sqlite3_bind_int64(statement_.get(), index, value);
  }
  void BindOne(int index, std::string_view value);

  sqlite3* db_ = nullptr;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// One SQLite connection.
///
/// Thread rule: one thread at a time (it is opened without SQLite's mutexes).
class Database {
 public:
  /// Opens, and makes where it is missing, the file. An existing file is not read yet.
  static Result<Database> Open(const std::string& path);

  /// Runs statements that return nothing of interest.
  Status Exec(const std::string& sql);
  Result<Statement> Prepare(std::string_view sql);
  /// The first column of the first row, as a number or as text. Errors: kNotFound without a row.
  Result<std::int64_t> QueryInt(std::string_view sql);
  Result<std::string> QueryString(std::string_view sql);

  sqlite3* get() const { return db_.get(); }
  std::int64_t last_rowid() const { return sqlite3_last_insert_rowid(db_.get()); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  explicit Database(sqlite3* db) : db_(db) {}

  std::unique_ptr<sqlite3, Close> db_;
};

/// What went wrong last on this connection: kResourceExhausted where the disk or a quota is full,
/// kDataLoss where the file is damaged or the device fails, kFailedPrecondition where another
/// process has it locked, kPermissionDenied where it cannot be written.
Status SqliteStatus(sqlite3* db);

/// A transaction that is rolled back unless Commit succeeded.
///
/// Thread rule: that of its Database, which it must not outlive.
class Transaction {
 public:
  explicit Transaction(Database& db) : db_(db) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  Status Begin();
  Status Commit();
  bool begun() const { return begun_; }

 private:
  Database& db_;
  bool begun_ = false;
};

}  // namespace edge::offline_store
