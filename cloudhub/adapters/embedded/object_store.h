#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "common/status.h"

struct sqlite3;

namespace edge::cloudhub::embedded {

/// An object's place: `resource` is "pods" or "edgenodes.edge.kubeedge.io".
struct StoreKey {
  std::string resource;
  std::string ns;  ///< empty for cluster-scoped objects
  std::string name;
  auto operator<=>(const StoreKey&) const = default;
};

/// An object as it was at one revision: compact JSON that carries that resourceVersion. Shared by
/// table, change log and watches; never changes.
struct StoredObject {
  std::int64_t revision = 0;
  std::string bytes;
};
using StoredPtr = std::shared_ptr<const StoredObject>;

struct Change {
  std::int64_t revision = 0;
  StoreKey key;
  StoredPtr before;  ///< nullptr: created
  StoredPtr after;   ///< nullptr: deleted
  /// For a deletion: the last state, with the revision of the deletion.
  StoredPtr final_state;
};

/// The cluster's objects: one table in SQLite, one global revision, and a log of the last changes
/// in memory from which watches resume.
///
/// Every write is on disk (WAL, synchronous=FULL) before it returns, so what was answered survives
/// a power cut. After a restart the log begins empty: watches of older revisions are told to
/// list again.
///
/// Thread rule: one thread. Failure: a write that the disk refuses changes nothing.
class ObjectStore {
 public:
  using Listener = std::function<void(const Change&)>;

  /// Opens or makes the database. Errors: kDataLoss when quick_check fails, kFailedPrecondition
  /// when its schema is newer than this release, kUnavailable when another process holds it.
  static Result<std::unique_ptr<ObjectStore>> Open(const std::string& path);
  ~ObjectStore();
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;

  StoredPtr Get(const StoreKey& key) const;
  /// In order of namespace and name, from after `start` (ns and name; empty: from the first), at
  /// most `limit` (0: all). An empty `ns` means every namespace.
  std::vector<std::pair<StoreKey, StoredPtr>> List(const std::string& resource,
                                                   const std::string& ns, const StoreKey& start,
                                                   std::size_t limit) const;

  /// Puts the object, stamped with the next revision as metadata.resourceVersion, and tells the
  /// listener. `object` is given back stamped. Errors: the disk's (kResourceExhausted when full).
  Status Put(const StoreKey& key, Json& object);
  /// Takes the object away. Its last state goes out stamped with the deletion's revision.
  Status Remove(const StoreKey& key, Json last_state);

  /// OK, or why the last write failed (as a rule a full disk). A change of it is logged.
  const Status& health() const { return health_; }
  /// Tries to write when the last write failed, as nobody else may for long.
  void ProbeIfFailing();

  std::int64_t revision() const { return revision_; }
  /// Changes from here on are in the log; what came at or before it may not be.
  std::int64_t compacted() const { return compacted_; }
  /// Changes after `revision`, oldest first. Only for revision >= compacted().
  std::vector<const Change*> ChangesAfter(std::int64_t revision) const;
  /// At most one listener; called after each committed change.
  void SetListener(Listener listener) { listener_ = std::move(listener); }

 private:
  explicit ObjectStore(sqlite3* db) : db_(db) {}
  Status Prepare(const std::string& path);
  Status Load();
  Status Write(const StoreKey& key, std::int64_t revision, const std::string* bytes);
  Status TryWrite(const StoreKey& key, std::int64_t revision, const std::string* bytes);
  void NoteWrite(const Status& status);
  void Record(Change change);

  sqlite3* db_;
  Status health_;
  std::int64_t revision_ = 0;
  std::int64_t compacted_ = 0;
  std::size_t log_bytes_ = 0;
  std::map<StoreKey, StoredPtr> objects_;
  std::deque<Change> log_;
  Listener listener_;
};

}  // namespace edge::cloudhub::embedded
