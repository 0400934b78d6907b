#pragma once

#include <memory>
#include <string>

#include "common/clock.h"
#include "common/random.h"
#include "offline-store/sqlite/database.h"
#include "offline-store/store.h"

namespace edge::offline_store {

/// A store file that was found whole, or made whole.
struct OpenedFile {
  std::unique_ptr<Database> db;
  Contents contents;  ///< as verified
  std::vector<EventRow> events;
  std::string id;
  Health health = Health::kGood;
  std::string health_message;
};

/// The last good copy's name, and that of a copy in the making.
inline std::string GoodCopyPath(const std::string& path) { return path + ".good"; }
inline std::string UnfinishedCopyPath(const std::string& path) { return path + ".good.new"; }

/// Opens the store at `path`: checks it, falls back on the last good copy, and then on an empty
/// store; what is found broken is moved to <path>.broken-<time>, of which the newest two are kept.
/// `wal_bytes` is the size that the WAL is cut back to. Errors: as SqliteStore::Open.
Result<OpenedFile> OpenOrRecover(const std::string& path, std::size_t wal_bytes, const Clock& clock,
                                 Random& random);

}  // namespace edge::offline_store
