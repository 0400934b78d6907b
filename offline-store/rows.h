#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/bytes.h"
#include "common/status.h"
#include "offline-store/sqlite/database.h"
#include "offline-store/store.h"

namespace edge::offline_store {

namespace rows_internal {
inline void Append(std::string& text, std::string_view value) {
  text += std::to_string(value.size());
  text += ':';
  text += value;
}
inline void Append(std::string& text, std::int64_t value) { Append(text, std::to_string(value)); }
std::int64_t Fold(std::string_view text);
}  // namespace rows_internal

/// What a row's checksum column holds: 64 bits of SHA-256 over the table's name and the values.
/// SQLite notices a broken structure, and not a flipped bit inside a value.
template <typename... Values>
std::int64_t RowChecksum(std::string_view table, const Values&... values) {
  std::string text;
  rows_internal::Append(text, table);
  (rows_internal::Append(text, values), ...);
  return rows_internal::Fold(text);
}

std::int64_t Checksum(const HeldObject& object);
std::int64_t Checksum(const Tombstone& tombstone);
std::int64_t Checksum(const StatusRow& row);
std::int64_t Checksum(const EventRow& row);
std::int64_t Checksum(const HeldToken& token);

inline std::string_view AsBytes(const sync::Version& version) {
  return {reinterpret_cast<const char*>(version.data()), version.size()};
}
/// SQLite's integers are signed; epochs and sequences are kept bit by bit.
inline std::int64_t AsInt(std::uint64_t number) { return static_cast<std::int64_t>(number); }

/// Everything in the file, every row verified. Errors: kDataLoss for a row that is not what was
/// written; the message names the table.
Result<Contents> ReadContents(Database& db);
/// The events, as in ReadContents.
Result<std::vector<EventRow>> ReadEvents(Database& db);
/// A value of the table `own`. Errors: kNotFound; kDataLoss as above.
Result<std::string> ReadOwn(Database& db, const std::string& name);
Status WriteOwn(Database& db, const std::string& name, const std::string& value);

}  // namespace edge::offline_store
