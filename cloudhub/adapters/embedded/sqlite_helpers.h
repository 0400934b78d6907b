#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/status.h"

namespace edge::cloudhub::embedded {

/// The connection's last error as a Status: kResourceExhausted for a full disk, kDataLoss for a
/// broken file, kUnavailable for a lock that another process holds.
inline Status SqliteStatus(sqlite3* db, std::string_view what) {
  const std::string text = std::string(what) + ": " + sqlite3_errmsg(db);
  switch (sqlite3_errcode(db)) {
    case SQLITE_FULL: return ResourceExhausted(text, "Free some disk space");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return DataLoss(text, "Restore the file from a copy, or move it away to start empty");
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Unavailable(text, "Stop the other process that has the file open");
    default: return Internal(text);
  }
}

/// A prepared statement that is finalised at the end of its scope.
class Statement {
 public:
  Statement(sqlite3* db, std::string_view sql) {
    sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &raw_, nullptr);
  }
  ~Statement() { sqlite3_finalize(raw_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// The text must live until the last Step.
  Statement& Bind(int index, const std::string& text) {
    sqlite3_bind_text64(raw_, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
  }
  Statement& Bind(int index, std::int64_t number) {
    sqlite3_bind_int64(raw_, index, number);
    return *this;
  }
  int Step() { return raw_ == nullptr ? SQLITE_ERROR : sqlite3_step(raw_); }
  std::int64_t Int(int column) { return sqlite3_column_int64(raw_, column); }
  std::string Text(int column) {
    const void* bytes = sqlite3_column_blob(raw_, column);
    const int size = sqlite3_column_bytes(raw_, column);
    if (bytes == nullptr) return {};
    return {static_cast<const char*>(bytes), static_cast<std::size_t>(size)};
  }

 private:
  sqlite3_stmt* raw_ = nullptr;
};

}  // namespace edge::cloudhub::embedded
