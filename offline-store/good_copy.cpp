#include "offline-store/good_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "common/file.h"
#include "common/loop.h"
#include "offline-store/recovery.h"

namespace edge::offline_store {
namespace {

Status SyncPath(const std::string& path, int flags) {
  const UniqueFd fd(open(path.c_str(), flags | O_CLOEXEC));
  if (!fd.valid()) return ErrnoStatus("opening", path);
  if (fsync(fd.get()) != 0) return ErrnoStatus("syncing", path);
  return Status::Ok();
}

/// As a literal of SQL.
std::string SqlText(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + "'";
}

Status WriteCopy(Database& db, const std::string& unfinished) {
  {
    // VACUUM INTO takes an empty file, and keeps its mode.
    const UniqueFd fd(open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd.valid()) return ErrnoStatus("creating", unfinished);
    if (fchmod(fd.get(), 0600) != 0) return ErrnoStatus("chmod", unfinished);
  }
  EDGE_RETURN_IF_ERROR(db.Exec("VACUUM INTO " + SqlText(unfinished)));
  return SyncPath(unfinished, O_RDONLY);
}

}  // namespace

Status MakeGoodCopy(Database& db, const std::string& path) {
  const std::string unfinished = UnfinishedCopyPath(path);
  const std::string good = GoodCopyPath(path);
  Status status = WriteCopy(db, unfinished);
  if (status.ok() && rename(unfinished.c_str(), good.c_str()) != 0) {
    status = ErrnoStatus("renaming to", good);
  }
  if (!status.ok()) {
    unlink(unfinished.c_str());
    return status.WithContext("making the store's good copy");
  }
  const std::filesystem::path folder = std::filesystem::path(good).parent_path();
  return SyncPath(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
}

}  // namespace edge::offline_store
