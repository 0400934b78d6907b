#include "offline-store/rows.h"

#include <cstring>
#include <utility>

namespace edge::offline_store {
namespace {

Status Damaged(const char* table) {
  return DataLoss(std::string("a row of table ") + table + " is not what was written");
}

/// Calls `read(statement, &checksum)` for each row, which gives the row's own checksum back.
template <typename Row, typename ReadRow>
Result<std::vector<Row>> ReadAll(Database& db, const char* table, std::string_view sql,
                                 ReadRow read) {
  EDGE_ASSIGN_OR_RETURN(Statement statement, db.Prepare(sql));
  std::vector<Row> rows;
  while (true) {
    EDGE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return rows;
    Row row;
    // Column 0 is the checksum in every query.
    if (read(statement, row) != statement.Int(0)) return Damaged(table);
    rows.push_back(std::move(row));
  }
}

/// Columns `first` to first + 4: kind, namespace, name, uid, version.
sync::Entry ReadEntry(const Statement& statement, int first) {
  sync::Entry entry;
  entry.key.kind = static_cast<sync::Kind>(statement.Int(first));
  entry.key.ns = statement.String(first + 1);
  entry.key.name = statement.String(first + 2);
  entry.uid = statement.String(first + 3);
  const std::string_view version = statement.Bytes(first + 4);
  if (version.size() == entry.version.size()) {
    std::memcpy(entry.version.data(), version.data(), version.size());
  }
  return entry;
}

std::int64_t ReadObject(const Statement& statement, HeldObject& object) {
  object.entry = ReadEntry(statement, 1);
  object.prune_rule = static_cast<std::uint32_t>(statement.Int(6));
  object.order.epoch = static_cast<std::uint64_t>(statement.Int(7));
  object.order.sequence = static_cast<std::uint64_t>(statement.Int(8));
  object.retained = statement.Int(9) != 0;
  object.bytes = statement.String(10);
  return Checksum(object);
}

std::int64_t ReadTombstone(const Statement& statement, Tombstone& tombstone) {
  tombstone.entry = ReadEntry(statement, 1);
  tombstone.order.epoch = static_cast<std::uint64_t>(statement.Int(6));
  tombstone.order.sequence = static_cast<std::uint64_t>(statement.Int(7));
  return Checksum(tombstone);
}

std::int64_t ReadStatus(const Statement& statement, StatusRow& row) {
  row.entry = ReadEntry(statement, 1);
  row.sequence = static_cast<std::uint64_t>(statement.Int(6));
  row.bytes = statement.String(7);
  return Checksum(row);
}

std::int64_t ReadEvent(const Statement& statement, EventRow& row) {
  row.sequence = static_cast<std::uint64_t>(statement.Int(1));
  row.bytes = statement.String(2);
  return Checksum(row);
}

std::int64_t ReadToken(const Statement& statement, HeldToken& token) {
  token.key.pod_uid = statement.String(1);
  token.key.audience = statement.String(2);
  token.key.expiration_seconds = static_cast<std::uint64_t>(statement.Int(3));
  token.bytes = statement.String(4);
  return Checksum(token);
}

using Named = std::pair<std::string, std::string>;

Result<std::vector<Named>> ReadNamed(Database& db, const char* table, std::string_view sql) {
  return ReadAll<Named>(db, table, sql, [table](const Statement& statement, Named& row) {
    row.first = statement.String(1);
    row.second = statement.String(2);
    return RowChecksum(table, row.first, row.second);
  });
}

std::int64_t KindOf(const sync::Entry& entry) { return static_cast<std::int64_t>(entry.key.kind); }

}  // namespace

std::int64_t rows_internal::Fold(std::string_view text) {
  const Sha256Digest digest = Sha256(text);
  std::int64_t folded = 0;
  std::memcpy(&folded, digest.data(), sizeof(folded));
  return folded;
}

std::int64_t Checksum(const HeldObject& object) {
  const sync::Entry& entry = object.entry;
  return RowChecksum("objects", KindOf(entry), entry.key.ns, entry.key.name, entry.uid,
                     AsBytes(entry.version), std::int64_t{object.prune_rule},
                     AsInt(object.order.epoch), AsInt(object.order.sequence),
                     std::int64_t{object.retained}, object.bytes);
}

std::int64_t Checksum(const Tombstone& tombstone) {
  const sync::Entry& entry = tombstone.entry;
  return RowChecksum("tombstones", KindOf(entry), entry.key.ns, entry.key.name, entry.uid,
                     AsBytes(entry.version), AsInt(tombstone.order.epoch),
                     AsInt(tombstone.order.sequence));
}

std::int64_t Checksum(const StatusRow& row) {
  const sync::Entry& entry = row.entry;
  return RowChecksum("statuses", KindOf(entry), entry.key.ns, entry.key.name, entry.uid,
                     AsBytes(entry.version), AsInt(row.sequence), row.bytes);
}

std::int64_t Checksum(const EventRow& row) {
  return RowChecksum("events", AsInt(row.sequence), row.bytes);
}

std::int64_t Checksum(const HeldToken& token) {
  return RowChecksum("tokens", token.key.pod_uid, token.key.audience,
                     AsInt(token.key.expiration_seconds), token.bytes);
}

Result<std::vector<EventRow>> ReadEvents(Database& db) {
  return ReadAll<EventRow>(
      db, "events", "SELECT checksum, sequence, bytes FROM events ORDER BY sequence", ReadEvent);
}

Result<Contents> ReadContents(Database& db) {
  Contents contents;
  EDGE_ASSIGN_OR_RETURN(
      contents.objects,
      ReadAll<HeldObject>(db, "objects",
                          "SELECT checksum, kind, namespace, name, uid, version, prune_rule, epoch,"
                          " sequence, retained, bytes FROM objects",
                          ReadObject));
  EDGE_ASSIGN_OR_RETURN(
      contents.tombstones,
      ReadAll<Tombstone>(db, "tombstones",
                         "SELECT checksum, kind, namespace, name, uid, version, epoch, sequence "
                         "FROM tombstones ORDER BY number",
                         ReadTombstone));
  EDGE_ASSIGN_OR_RETURN(
      contents.statuses,
      ReadAll<StatusRow>(db, "statuses",
                         "SELECT checksum, kind, namespace, name, uid, version, sequence, bytes "
                         "FROM statuses ORDER BY sequence",
                         ReadStatus));
  EDGE_ASSIGN_OR_RETURN(auto facts,
                        ReadNamed(db, "facts", "SELECT checksum, pod_uid, bytes FROM facts"));
  for (Named& row : facts) contents.facts.push_back({std::move(row.first), std::move(row.second)});
  EDGE_ASSIGN_OR_RETURN(
      contents.tokens,
      ReadAll<HeldToken>(db, "tokens",
                         "SELECT checksum, pod_uid, audience, expiration_seconds, bytes "
                         "FROM tokens",
                         ReadToken));
  EDGE_ASSIGN_OR_RETURN(contents.meta,
                        ReadNamed(db, "meta", "SELECT checksum, name, value FROM meta"));
  return contents;
}

Result<std::string> ReadOwn(Database& db, const std::string& name) {
  EDGE_ASSIGN_OR_RETURN(auto rows, ReadNamed(db, "own", "SELECT checksum, name, value FROM own"));
  for (Named& row : rows) {
    if (row.first == name) return std::move(row.second);
  }
  return NotFound("the store has no value " + name);
}

Status WriteOwn(Database& db, const std::string& name, const std::string& value) {
  EDGE_ASSIGN_OR_RETURN(
      Statement statement,
      db.Prepare("INSERT OR REPLACE INTO own (name, checksum, value) VALUES (?1, ?2, ?3)"));
  return statement.Bind(name, RowChecksum("own", name, value), value).Run();
}

}  // namespace edge::offline_store
