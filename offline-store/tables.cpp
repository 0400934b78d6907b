#include "offline-store/tables.h"

#include <charconv>
#include <variant>

#include "offline-store/rows.h"

namespace edge::offline_store {
namespace {

constexpr const char* kDroppedEvents = "dropped_events";
constexpr const char* kCopyStale = "copy_stale";

std::int64_t KindOf(const sync::ObjectKey& key) { return static_cast<std::int64_t>(key.kind); }

Result<std::int64_t> LastSequence(Database& db, const char* table) {
  return db.QueryInt(std::string("SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = '") +
                     table + "'");
}

}  // namespace

Result<std::unique_ptr<Tables>> Tables::Prepare(Database& db, const Limits& limits) {
  std::unique_ptr<Tables> tables(new Tables(db, limits));
  EDGE_RETURN_IF_ERROR(tables->PrepareStatements());
  EDGE_RETURN_IF_ERROR(tables->LoadCounters());
  return tables;
}

Status Tables::PrepareStatements() {
  const std::pair<Statement*, const char*> statements[] = {
      {&sql_.put_object,
       "INSERT INTO objects (kind, namespace, name, uid, version, prune_rule, epoch, sequence,"
       " retained, checksum, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
       " ON CONFLICT (kind, namespace, name, uid) DO UPDATE SET version = excluded.version,"
       " prune_rule = excluded.prune_rule, epoch = excluded.epoch, sequence = excluded.sequence,"
       " retained = excluded.retained, checksum = excluded.checksum, bytes = excluded.bytes"
       " WHERE version <> excluded.version OR prune_rule <> excluded.prune_rule"
       " OR retained <> excluded.retained"},
      {&sql_.delete_object,
       "DELETE FROM objects WHERE kind = ?1 AND namespace = ?2 AND name = ?3 AND uid = ?4"},
      {&sql_.put_tombstone,
       "INSERT INTO tombstones (kind, namespace, name, uid, version, epoch, sequence, checksum)"
       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
       " ON CONFLICT (kind, namespace, name, uid) DO NOTHING"},
      {&sql_.trim_tombstones, "DELETE FROM tombstones WHERE number <= ?1"},
      {&sql_.find_status, "SELECT sequence, version FROM statuses WHERE kind = ?1 AND uid = ?2"},
      {&sql_.delete_status, "DELETE FROM statuses WHERE sequence = ?1"},
      {&sql_.insert_status,
       "INSERT INTO statuses (sequence, kind, namespace, name, uid, version, checksum, bytes)"
       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"},
      {&sql_.ack_status, "DELETE FROM statuses WHERE sequence = ?1 AND uid = ?2"},
      {&sql_.insert_event, "INSERT INTO events (sequence, checksum, bytes) VALUES (?1, ?2, ?3)"},
      {&sql_.delete_events, "DELETE FROM events WHERE sequence <= ?1"},
      {&sql_.put_facts,
       "INSERT INTO facts (pod_uid, checksum, bytes) VALUES (?1, ?2, ?3)"
       " ON CONFLICT (pod_uid) DO UPDATE SET checksum = excluded.checksum, bytes = excluded.bytes"
       " WHERE bytes <> excluded.bytes"},
      {&sql_.delete_facts, "DELETE FROM facts WHERE pod_uid = ?1"},
      {&sql_.put_token,
       "INSERT INTO tokens (pod_uid, audience, expiration_seconds, checksum, bytes)"
       " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (pod_uid, audience, expiration_seconds)"
       " DO UPDATE SET checksum = excluded.checksum, bytes = excluded.bytes"
       " WHERE bytes <> excluded.bytes"},
      {&sql_.delete_tokens, "DELETE FROM tokens WHERE pod_uid = ?1"},
      {&sql_.put_meta,
       "INSERT INTO meta (name, checksum, value) VALUES (?1, ?2, ?3)"
       " ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, value = excluded.value"
       " WHERE value <> excluded.value"},
      {&sql_.put_own, "INSERT OR REPLACE INTO own (name, checksum, value) VALUES (?1, ?2, ?3)"},
  };
  for (const auto& [statement, sql] : statements) {
    EDGE_ASSIGN_OR_RETURN(*statement, db_.Prepare(sql));
  }
  return Status::Ok();
}

Status Tables::LoadCounters() {
  EDGE_ASSIGN_OR_RETURN(counters_.last_event, LastSequence(db_, "events"));
  EDGE_ASSIGN_OR_RETURN(counters_.last_status, LastSequence(db_, "statuses"));
  EDGE_ASSIGN_OR_RETURN(
      Statement sizes, db_.Prepare("SELECT sequence, length(bytes) FROM events ORDER BY sequence"));
  while (true) {
    EDGE_ASSIGN_OR_RETURN(const bool more, sizes.Step());
    if (!more) break;
    const auto size = static_cast<std::size_t>(sizes.Int(1));
    counters_.events.push_back({sizes.Int(0), size});
    counters_.event_bytes += size;
  }
  const Result<std::string> dropped = ReadOwn(db_, kDroppedEvents);
  if (dropped.ok()) {
    const char* end = dropped->data() + dropped->size();
    std::from_chars(dropped->data(), end, counters_.dropped_events);
  } else if (dropped.status().code() != Code::kNotFound) {
    return dropped.status();
  }
  const Result<std::string> stale = ReadOwn(db_, kCopyStale);
  counters_.copy_stale = stale.ok() && *stale == "1";
  return Status::Ok();
}

Status Tables::Apply(const Batch& batch) {
  for (const Change& change : batch) {
    EDGE_RETURN_IF_ERROR(std::visit([this](const auto& one) { return Do(one); }, change));
  }
  return Status::Ok();
}

void Tables::Finish(const Status& status, const Counters& before, OutboxDelta& delta) {
  if (status.ok()) {
    delta = std::move(delta_);
    delta.dropped_events = counters_.dropped_events;
  } else {
    counters_ = before;
  }
  delta_ = {};
}

Status Tables::Do(const PutObject& change) {
  const HeldObject& object = change.object;
  const sync::Entry& entry = object.entry;
  EDGE_RETURN_IF_ERROR(sql_.put_object
                           .Bind(KindOf(entry.key), entry.key.ns, entry.key.name, entry.uid,
                                 AsBytes(entry.version), std::int64_t{object.prune_rule},
                                 AsInt(object.order.epoch), AsInt(object.order.sequence),
                                 std::int64_t{object.retained}, Checksum(object), object.bytes)
                           .Run());
  return Changed() ? DesiredChanged() : Status::Ok();
}

Status Tables::Do(const DeleteObject& change) {
  const sync::ObjectKey& key = change.key;
  EDGE_RETURN_IF_ERROR(sql_.delete_object.Bind(KindOf(key), key.ns, key.name, change.uid).Run());
  return Changed() ? DesiredChanged() : Status::Ok();
}

Status Tables::Do(const PutTombstone& change) {
  const sync::Entry& entry = change.tombstone.entry;
  EDGE_RETURN_IF_ERROR(sql_.put_tombstone
                           .Bind(KindOf(entry.key), entry.key.ns, entry.key.name, entry.uid,
                                 AsBytes(entry.version), AsInt(change.tombstone.order.epoch),
                                 AsInt(change.tombstone.order.sequence), Checksum(change.tombstone))
                           .Run());
  if (!Changed()) return Status::Ok();
  const std::int64_t oldest = db_.last_rowid() - static_cast<std::int64_t>(limits_.max_tombstones);
  EDGE_RETURN_IF_ERROR(sql_.trim_tombstones.Bind(oldest).Run());
  return DesiredChanged();
}

Status Tables::Do(const PutStatus& change) {
  sql_.find_status.Bind(KindOf(change.entry.key), change.entry.uid);
  EDGE_ASSIGN_OR_RETURN(const bool held, sql_.find_status.Step());
  if (held) {
    const bool same = sql_.find_status.Bytes(1) == AsBytes(change.entry.version);
    const std::int64_t old = sql_.find_status.Int(0);
    sql_.find_status.Reset();
    if (same) return Status::Ok();
    EDGE_RETURN_IF_ERROR(sql_.delete_status.Bind(old).Run());
    delta_.steps.emplace_back(OutboxDelta::StatusGone{static_cast<std::uint64_t>(old)});
  }
  StatusRow row{static_cast<std::uint64_t>(++counters_.last_status), change.entry, change.bytes};
  const sync::Entry& entry = row.entry;
  EDGE_RETURN_IF_ERROR(sql_.insert_status
                           .Bind(counters_.last_status, KindOf(entry.key), entry.key.ns,
                                 entry.key.name, entry.uid, AsBytes(entry.version), Checksum(row),
                                 row.bytes)
                           .Run());
  delta_.steps.emplace_back(std::move(row));
  return Status::Ok();
}

Status Tables::Do(const AckStatus& change) {
  EDGE_RETURN_IF_ERROR(sql_.ack_status.Bind(AsInt(change.sequence), change.uid).Run());
  if (Changed()) delta_.steps.emplace_back(OutboxDelta::StatusGone{change.sequence});
  return Status::Ok();
}

Status Tables::Do(const AppendEvent& change) {
  EventRow row{static_cast<std::uint64_t>(++counters_.last_event), change.bytes};
  EDGE_RETURN_IF_ERROR(
      sql_.insert_event.Bind(counters_.last_event, Checksum(row), row.bytes).Run());
  counters_.events.push_back({counters_.last_event, row.bytes.size()});
  counters_.event_bytes += row.bytes.size();
  delta_.steps.emplace_back(std::move(row));
  return TrimEvents();
}

Status Tables::TrimEvents() {
  std::size_t drop = 0;
  std::size_t bytes = counters_.event_bytes;
  while (counters_.events.size() - drop > limits_.max_events || bytes > limits_.max_event_bytes) {
    bytes -= counters_.events[drop++].size;
  }
  if (drop == 0) return Status::Ok();
  counters_.dropped_events += drop;
  EDGE_RETURN_IF_ERROR(DeleteEventsUpTo(counters_.events[drop - 1].sequence));
  return PutOwn(kDroppedEvents, std::to_string(counters_.dropped_events));
}

Status Tables::DeleteEventsUpTo(std::int64_t sequence) {
  EDGE_RETURN_IF_ERROR(sql_.delete_events.Bind(sequence).Run());
  while (!counters_.events.empty() && counters_.events.front().sequence <= sequence) {
    counters_.event_bytes -= counters_.events.front().size;
    counters_.events.pop_front();
  }
  delta_.steps.emplace_back(OutboxDelta::EventsGone{static_cast<std::uint64_t>(sequence)});
  return Status::Ok();
}

Status Tables::Do(const AckEvents& change) {
  const std::int64_t sequence = AsInt(change.sequence);
  if (counters_.events.empty() || counters_.events.front().sequence > sequence) {
    return Status::Ok();
  }
  return DeleteEventsUpTo(sequence);
}

Status Tables::Do(const PutFacts& change) {
  const PodFacts& facts = change.facts;
  return sql_.put_facts
      .Bind(facts.pod_uid, RowChecksum("facts", facts.pod_uid, facts.bytes), facts.bytes)
      .Run();
}

Status Tables::Do(const DeleteFacts& change) {
  return sql_.delete_facts.Bind(change.pod_uid).Run();
}

Status Tables::Do(const PutToken& change) {
  const sync::TokenKey& key = change.token.key;
  return sql_.put_token
      .Bind(key.pod_uid, key.audience, AsInt(key.expiration_seconds), Checksum(change.token),
            change.token.bytes)
      .Run();
}

Status Tables::Do(const DeleteTokens& change) {
  return sql_.delete_tokens.Bind(change.pod_uid).Run();
}

Status Tables::Do(const PutMeta& change) {
  return sql_.put_meta
      .Bind(change.name, RowChecksum("meta", change.name, change.value), change.value)
      .Run();
}

Status Tables::PutOwn(const std::string& name, const std::string& value) {
  return sql_.put_own.Bind(name, RowChecksum("own", name, value), value).Run();
}

Status Tables::DesiredChanged() {
  // Written once per copy and not once per change: it costs a page of flash.
  if (counters_.copy_stale) return Status::Ok();
  counters_.copy_stale = true;
  return PutOwn(kCopyStale, "1");
}

Status Tables::ClearCopyStale() {
  EDGE_RETURN_IF_ERROR(PutOwn(kCopyStale, "0"));
  counters_.copy_stale = false;
  return Status::Ok();
}

}  // namespace edge::offline_store
