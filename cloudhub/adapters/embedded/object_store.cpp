#include "cloudhub/adapters/embedded/object_store.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "cloudhub/adapters/embedded/sqlite_helpers.h"
#include "cloudhub/adapters/embedded/store_schema.h"
#include "common/file.h"
#include "common/log.h"
#include "common/loop.h"

namespace edge::cloudhub::embedded {
namespace {

// What a watch may lag behind. 16 MB are some 8,000 pod updates.
constexpr std::size_t kMaxLogChanges = 10'000;
constexpr std::size_t kMaxLogBytes = 16 * 1024 * 1024;

Status Exec(sqlite3* db, const std::string& sql, std::string_view what) {
  if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return SqliteStatus(db, what);
  }
  return Status::Ok();
}

Status Migrate(sqlite3* db, const std::string& path) {
  Statement read(db, "PRAGMA user_version");
  if (read.Step() != SQLITE_ROW) return SqliteStatus(db, "cannot read the schema of " + path);
  const auto have = static_cast<std::size_t>(read.Int(0));
  if (have > kStoreMigrations.size()) {
    return FailedPrecondition(path + " has schema " + std::to_string(have) +
                                  ", this release knows " + std::to_string(kStoreMigrations.size()),
                              "Install the release that wrote it, or a newer one");
  }
  for (std::size_t i = have; i < kStoreMigrations.size(); ++i) {
    const std::string sql = "BEGIN IMMEDIATE;" + std::string(kStoreMigrations.at(i)) +
                            "PRAGMA user_version=" + std::to_string(i + 1) + ";COMMIT;";
    EDGE_RETURN_IF_ERROR(Exec(db, sql, "cannot bring " + path + " to the current schema"));
  }
  return Status::Ok();
}

Status QuickCheck(sqlite3* db, const std::string& path) {
  Statement check(db, "PRAGMA quick_check(1)");
  if (check.Step() != SQLITE_ROW) return SqliteStatus(db, path + " cannot be checked");
  const std::string verdict = check.Text(0);
  if (verdict == "ok") return Status::Ok();
  return DataLoss(path + " is broken: " + verdict,
                  "Restore it from a copy, or move it away to start empty");
}

/// SQLite gives the WAL the mode of the database, so the file is made before SQLite sees it. Only a
/// file that nobody has open yet is ever opened here: the close of any descriptor of a file gives
/// up all locks that this process has on it, SQLite's among them.
Status MakePrivateFile(const std::string& path) {
  const UniqueFd made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  return made.valid() || errno == EEXIST ? Status::Ok() : ErrnoStatus("cannot make", path);
}

/// An exclusive lock: two hubs on one file would each believe in their own memory, and a reader
/// beside us would fold the WAL in at its end and take it away.
Status Lock(sqlite3* db, const std::string& path) {
  const Status locked = Exec(db,
                             "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL;"
                             "PRAGMA synchronous=FULL; PRAGMA journal_size_limit=8388608;"
                             "BEGIN IMMEDIATE; ROLLBACK;",
                             "cannot open " + path);
  if (locked.code() != Code::kUnavailable) return locked;
  return Unavailable(path + " is in use by another process (" + sqlite3_errmsg(db) + ")",
                     "Stop the other hub, or the reader that has the file open; a second hub needs "
                     "a state_dir of its own");
}

std::size_t CostOf(const Change& change) {
  const auto size = [](const StoredPtr& object) { return object ? object->bytes.size() : 0; };
  return size(change.before) + size(change.final_state) + 200;
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> ObjectStore::Open(const std::string& path) {
  EDGE_RETURN_IF_ERROR(MakePrivateFile(path));
  sqlite3* db = nullptr;
  const int rc = sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
  std::unique_ptr<ObjectStore> store(new ObjectStore(db));
  if (rc != SQLITE_OK) return SqliteStatus(db, "cannot open " + path);
  EDGE_RETURN_IF_ERROR(store->Prepare(path));
  EDGE_RETURN_IF_ERROR(store->Load());
  return store;
}

ObjectStore::~ObjectStore() { sqlite3_close(db_); }

Status ObjectStore::Prepare(const std::string& path) {
  EDGE_RETURN_IF_ERROR(Lock(db_, path));
  EDGE_RETURN_IF_ERROR(QuickCheck(db_, path));
  return Migrate(db_, path);
}

Status ObjectStore::Load() {
  Statement counter(db_, "SELECT value FROM counter WHERE name='revision'");
  if (counter.Step() != SQLITE_ROW) return SqliteStatus(db_, "cannot read the revision");
  revision_ = compacted_ = counter.Int(0);
  Statement rows(db_, "SELECT resource, ns, name, revision, bytes FROM object");
  int rc = rows.Step();
  for (; rc == SQLITE_ROW; rc = rows.Step()) {
    objects_[{rows.Text(0), rows.Text(1), rows.Text(2)}] =
        std::make_shared<const StoredObject>(StoredObject{rows.Int(3), rows.Text(4)});
  }
  return rc == SQLITE_DONE ? Status::Ok() : SqliteStatus(db_, "cannot read the objects");
}

StoredPtr ObjectStore::Get(const StoreKey& key) const {
  const auto it = objects_.find(key);
  return it == objects_.end() ? nullptr : it->second;
}

std::vector<std::pair<StoreKey, StoredPtr>> ObjectStore::List(const std::string& resource,
                                                              const std::string& ns,
                                                              const StoreKey& start,
                                                              std::size_t limit) const {
  std::vector<std::pair<StoreKey, StoredPtr>> found;
  const bool resumes = !start.name.empty();
  auto it = resumes ? objects_.upper_bound({resource, start.ns, start.name})
                    : objects_.lower_bound({resource, ns, ""});
  for (; it != objects_.end() && it->first.resource == resource; ++it) {
    if (!ns.empty() && it->first.ns != ns) break;
    if (limit != 0 && found.size() == limit) break;
    found.emplace_back(it->first, it->second);
  }
  return found;
}

Status ObjectStore::Write(const StoreKey& key, std::int64_t revision, const std::string* bytes) {
  Status status = TryWrite(key, revision, bytes);
  NoteWrite(status);
  return status;
}

void ObjectStore::NoteWrite(const Status& status) {
  if (status.ok() && !health_.ok()) LogInfo("the API's database can be written again");
  if (!status.ok() && health_.ok()) {
    LogError("the API's database cannot be written: changes are refused",
             {{"WHY", status.ToString()}});
  }
  health_ = status;
}

void ObjectStore::ProbeIfFailing() {
  if (health_.ok()) return;
  // Unlike a row's, the header's page is written even where nothing in it changes.
  NoteWrite(Exec(db_, "PRAGMA user_version=" + std::to_string(kStoreMigrations.size()),
                 "cannot write to the API's database"));
}

Status ObjectStore::TryWrite(const StoreKey& key, std::int64_t revision, const std::string* bytes) {
  EDGE_RETURN_IF_ERROR(Exec(db_, "BEGIN IMMEDIATE", "cannot write to the API's database"));
  Statement counter(db_, "UPDATE counter SET value=?1 WHERE name='revision'");
  Statement row(db_, bytes != nullptr
                         ? "INSERT OR REPLACE INTO object(resource, ns, name, revision, bytes)"
                           " VALUES(?1, ?2, ?3, ?4, ?5)"
                         : "DELETE FROM object WHERE resource=?1 AND ns=?2 AND name=?3");
  row.Bind(1, key.resource).Bind(2, key.ns).Bind(3, key.name);
  if (bytes != nullptr) row.Bind(4, revision).Bind(5, *bytes);
  const bool stored = counter.Bind(1, revision).Step() == SQLITE_DONE && row.Step() == SQLITE_DONE;
  Status status = stored ? Exec(db_, "COMMIT", "cannot commit to the API's database")
                         : SqliteStatus(db_, "cannot write " + key.resource + " " + key.name);
  if (!status.ok() && sqlite3_get_autocommit(db_) == 0) {
    sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  return status;
}

Status ObjectStore::Put(const StoreKey& key, Json& object) {
  const std::int64_t next = revision_ + 1;
  object["metadata"]["resourceVersion"] = std::to_string(next);
  auto stored = std::make_shared<const StoredObject>(StoredObject{next, DumpJson(object)});
  EDGE_RETURN_IF_ERROR(Write(key, next, &stored->bytes));
  revision_ = next;
  StoredPtr& slot = objects_[key];
  Change change{next, key, slot, stored, nullptr};
  slot = std::move(stored);
  Record(std::move(change));
  return Status::Ok();
}

Status ObjectStore::Remove(const StoreKey& key, Json last_state) {
  const auto it = objects_.find(key);
  if (it == objects_.end()) return NotFound(key.resource + " " + key.name + " is not stored");
  const std::int64_t next = revision_ + 1;
  last_state["metadata"]["resourceVersion"] = std::to_string(next);
  auto final_state = std::make_shared<const StoredObject>(StoredObject{next, DumpJson(last_state)});
  EDGE_RETURN_IF_ERROR(Write(key, next, nullptr));
  revision_ = next;
  Change change{next, key, it->second, nullptr, std::move(final_state)};
  objects_.erase(it);
  Record(std::move(change));
  return Status::Ok();
}

void ObjectStore::Record(Change change) {
  log_bytes_ += CostOf(change);
  log_.push_back(change);
  while (log_.size() > kMaxLogChanges || (log_bytes_ > kMaxLogBytes && log_.size() > 1)) {
    log_bytes_ -= CostOf(log_.front());
    compacted_ = log_.front().revision;
    log_.pop_front();
  }
  // A copy: what the listener does may write again, which moves the log.
  if (listener_) listener_(change);
}

std::vector<const Change*> ObjectStore::ChangesAfter(std::int64_t revision) const {
  const auto from = std::upper_bound(
      log_.begin(), log_.end(), revision,
      [](std::int64_t value, const Change& change) { return value < change.revision; });
  std::vector<const Change*> changes;
  for (auto it = from; it != log_.end(); ++it) changes.push_back(&*it);
  return changes;
}

}  // namespace edge::cloudhub::embedded
