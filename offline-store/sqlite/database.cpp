#include "offline-store/sqlite/database.h"

#include <sys/types.h>

#include <cerrno>

namespace edge::offline_store {
namespace {

Code CodeOf(sqlite3* db) {
  switch (sqlite3_errcode(db) & 0xff) {
    case SQLITE_FULL: return Code::kResourceExhausted;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Code::kFailedPrecondition;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH: return Code::kPermissionDenied;
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG: return Code::kResourceExhausted;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Code::kDataLoss;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: {
      // SQLite knows ENOSPC alone as a full disk; quotas and file size limits are full disks too.
      const int error = sqlite3_system_errno(db);
      if (error == ENOSPC || error == EDQUOT || error == EFBIG) return Code::kResourceExhausted;
      if (error == EACCES || error == EPERM || error == EROFS) return Code::kPermissionDenied;
      return Code::kDataLoss;
    }
    default: return Code::kInternal;
  }
}

}  // namespace

Status SqliteStatus(sqlite3* db) {
  const Code code = CodeOf(db);
  const char* path = sqlite3_db_filename(db, "main");
  std::string message = path == nullptr ? "database" : std::string(path);
  message += ": ";
  message += sqlite3_errmsg(db);
  switch (code) {
    case Code::kResourceExhausted:
      return {code, message, "Make room on its file system; the store tries again by itself"};
    case Code::kFailedPrecondition:
      return {code, message, "Stop the other process that uses it: one agent owns the file"};
    case Code::kDataLoss:
      return {
          code, message,
          "Running pods stay; restart edged to restore the last good copy, and check the device"};
    case Code::kPermissionDenied:
      return {code, message, "Check the owner of its folder and that it is not mounted read-only"};
    default: return {code, message};
  }
}

Status Statement::Run() {
  const int result = sqlite3_step(statement_.get());
  Status status;
  if (result != SQLITE_DONE && result != SQLITE_ROW) status = SqliteStatus(db_);
  Reset();
  return status;
}

Result<bool> Statement::Step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  Status status;
  if (result != SQLITE_DONE) status = SqliteStatus(db_);
  Reset();
  if (!status.ok()) return status;
  return false;
}

void Statement::Reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

std::string_view Statement::Bytes(int column) const {
  // In this order: the call for the size reports the form that the call for the data chose.
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

void Statement::BindOne(int index, std::string_view value) {
  // A null pointer would bind NULL, and an empty string is not NULL.
  const char* data = value.data() == nullptr ? "" : value.data();
  sqlite3_bind_blob64(statement_.get(), index, data, value.size(), SQLITE_STATIC);
}

Result<Database> Database::Open(const std::string& path) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int result = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database db(raw);
  if (raw == nullptr) return ResourceExhausted("opening " + path + ": out of memory");
  if (result != SQLITE_OK) return SqliteStatus(raw);
  sqlite3_extended_result_codes(raw, 1);
  return db;
}

Status Database::Exec(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return SqliteStatus(db_.get());
}

Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const int result = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (result != SQLITE_OK) return SqliteStatus(db_.get());
  return Statement(db_.get(), raw);
}

Result<std::int64_t> Database::QueryInt(std::string_view sql) {
  EDGE_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  EDGE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return NotFound("no row: " + std::string(sql));
  return statement.Int(0);
}

Result<std::string> Database::QueryString(std::string_view sql) {
  EDGE_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  EDGE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  if (!row) return NotFound("no row: " + std::string(sql));
  return statement.String(0);
}

Transaction::~Transaction() {
  // An error that rolled back by itself (a full disk may) leaves nothing to roll back.
  if (begun_ && sqlite3_get_autocommit(db_.get()) == 0) {
    sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

Status Transaction::Begin() {
  if (begun_) return Status::Ok();
  EDGE_RETURN_IF_ERROR(db_.Exec("BEGIN IMMEDIATE"));
  begun_ = true;
  return Status::Ok();
}

Status Transaction::Commit() {
  if (!begun_) return Status::Ok();
  EDGE_RETURN_IF_ERROR(db_.Exec("COMMIT"));
  begun_ = false;
  return Status::Ok();
}

}  // namespace edge::offline_store
