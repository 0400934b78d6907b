#include "offline-store/recovery.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <set>
#include <utility>

#include "common/file.h"
#include "common/log.h"
#include "common/loop.h"
#include "offline-store/migrations.h"
#include "offline-store/rows.h"

namespace edge::offline_store {
namespace {

constexpr std::size_t kMaxStoreBytes = 256U << 20;
constexpr std::size_t kKeptBroken = 2;

std::string FolderOf(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

bool Exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

bool Empty(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) != 0 || info.st_size == 0;
}

/// SQLite gives its WAL the mode of the database: so the file is made here, before SQLite sees it.
Status EnsurePrivateFile(const std::string& path) {
  const UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid()) return ErrnoStatus("opening", path);
  if (fchmod(fd.get(), 0600) != 0) return ErrnoStatus("chmod", path);
  return Status::Ok();
}

Status Configure(Database& db, std::size_t wal_bytes) {
  // Exclusive: no second agent can open it, and SQLite needs no shared memory file.
  EDGE_RETURN_IF_ERROR(db.Exec("PRAGMA locking_mode = EXCLUSIVE"));
  EDGE_ASSIGN_OR_RETURN(const std::string mode, db.QueryString("PRAGMA journal_mode = WAL"));
  if (mode != "wal") return Internal("the store cannot use a write-ahead log, but " + mode);
  EDGE_RETURN_IF_ERROR(db.Exec("PRAGMA synchronous = FULL"));
  // The writer checkpoints when nobody waits for it.
  EDGE_RETURN_IF_ERROR(db.Exec("PRAGMA wal_autocheckpoint = 0"));
  EDGE_RETURN_IF_ERROR(db.Exec("PRAGMA journal_size_limit = " + std::to_string(wal_bytes)));
  EDGE_RETURN_IF_ERROR(db.Exec("PRAGMA temp_store = MEMORY"));
  return db.Exec("PRAGMA cache_size = -512");
}

/// Not skipped after a clean end: flash loses bits while the power is off, and reading a store of
/// a hundred pods takes a few milliseconds.
Status CheckStructure(Database& db) {
  EDGE_ASSIGN_OR_RETURN(const std::string verdict, db.QueryString("PRAGMA quick_check(1)"));
  if (verdict != "ok") return DataLoss("quick_check: " + verdict);
  return Status::Ok();
}

Result<OpenedFile> TryOpen(const std::string& path, std::size_t wal_bytes, Random& random) {
  EDGE_RETURN_IF_ERROR(EnsurePrivateFile(path));
  EDGE_ASSIGN_OR_RETURN(Database opened, Database::Open(path));
  OpenedFile file;
  file.db = std::make_unique<Database>(std::move(opened));
  EDGE_RETURN_IF_ERROR(Configure(*file.db, wal_bytes));
  EDGE_RETURN_IF_ERROR(CheckStructure(*file.db));
  EDGE_RETURN_IF_ERROR(Migrate(*file.db));
  EDGE_ASSIGN_OR_RETURN(file.contents, ReadContents(*file.db));
  EDGE_ASSIGN_OR_RETURN(file.events, ReadEvents(*file.db));
  Result<std::string> id = ReadOwn(*file.db, "id");
  if (!id.ok() && id.status().code() != Code::kNotFound) return id.status();
  file.id = id.ok() ? *id : random.Uuid();
  if (!id.ok()) EDGE_RETURN_IF_ERROR(WriteOwn(*file.db, "id", file.id));
  return file;
}

/// Whether the file itself is at fault, and not another process, the release or a full disk.
bool IsBroken(const Status& status) {
  return status.code() == Code::kDataLoss || status.code() == Code::kInternal;
}

void RemoveOldEvidence(const std::string& path) {
  const std::string prefix = std::filesystem::path(path).filename().string() + ".broken-";
  std::set<std::string> found;  // by name, which has the time in it
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(FolderOf(path), error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && !name.ends_with("-wal")) found.insert(entry.path().string());
  }
  while (found.size() > kKeptBroken) {
    unlink(found.begin()->c_str());
    unlink((*found.begin() + "-wal").c_str());
    found.erase(found.begin());
  }
}

/// Moves the file and its WAL aside; the WAL first, for it must never meet another file.
Status MoveAside(const std::string& path, const std::string& evidence) {
  const std::string wal = path + "-wal";
  if (rename(wal.c_str(), (evidence + "-wal").c_str()) != 0 && errno != ENOENT) {
    return ErrnoStatus("moving aside", wal);
  }
  if (rename(path.c_str(), evidence.c_str()) != 0 && errno != ENOENT) {
    return ErrnoStatus("moving aside", path);
  }
  return Status::Ok();
}

Result<OpenedFile> OpenCopy(const std::string& path, std::size_t wal_bytes, Random& random) {
  EDGE_ASSIGN_OR_RETURN(const std::string copy, ReadFile(GoodCopyPath(path), kMaxStoreBytes));
  if (copy.empty()) return DataLoss(GoodCopyPath(path) + " is empty");
  EDGE_RETURN_IF_ERROR(WriteFileAtomically(path, copy, 0600));
  EDGE_ASSIGN_OR_RETURN(OpenedFile file, TryOpen(path, wal_bytes, random));
  // Sequences of the copy lie behind those that the hub has seen: a new id starts them afresh.
  file.id = random.Uuid();
  EDGE_RETURN_IF_ERROR(WriteOwn(*file.db, "id", file.id));
  return file;
}

Result<OpenedFile> StartEmpty(const std::string& path, std::size_t wal_bytes, Random& random) {
  EDGE_ASSIGN_OR_RETURN(OpenedFile file, TryOpen(path, wal_bytes, random));
  file.health = Health::kBroken;
  file.health_message =
      "the store and its last good copy were broken, and an empty one was started: running pods "
      "stay, and the cloud sends the desired state again";
  LogError(file.health_message, {{"STORE", path}});
  return file;
}

Result<OpenedFile> Recover(const std::string& path, std::size_t wal_bytes, const Clock& clock,
                           const Status& cause, Random& random) {
  const std::string evidence = path + ".broken-" + FormatTime(clock.Wall());
  LogError("the store is broken and is moved aside; the last good copy takes its place",
           {{"STORE", path}, {"EVIDENCE", evidence}, {"CAUSE", cause.ToString()}});
  EDGE_RETURN_IF_ERROR(MoveAside(path, evidence));
  RemoveOldEvidence(path);
  Result<OpenedFile> restored = OpenCopy(path, wal_bytes, random);
  if (restored.ok()) {
    LogWarning("the store was restored from its last good copy",
               {{"STORE", path}, {"STORE_ID", restored->id}});
    return restored;
  }
  const Status status = restored.status();
  if (!IsBroken(status) && status.code() != Code::kNotFound) return restored;
  LogError("the last good copy cannot be used", {{"CAUSE", status.ToString()}});
  EDGE_RETURN_IF_ERROR(MoveAside(path, evidence + ".copy"));
  return StartEmpty(path, wal_bytes, random);
}

}  // namespace

Result<OpenedFile> OpenOrRecover(const std::string& path, std::size_t wal_bytes, const Clock& clock,
                                 Random& random) {
  EDGE_RETURN_IF_ERROR(MakeDirectories(FolderOf(path), 0700));
  unlink(UnfinishedCopyPath(path).c_str());
  if (Empty(path) && Exists(GoodCopyPath(path))) {
    return Recover(path, wal_bytes, clock, NotFound(path + " is missing or empty"), random);
  }
  Result<OpenedFile> file = TryOpen(path, wal_bytes, random);
  if (file.ok() || !IsBroken(file.status())) return file;
  return Recover(path, wal_bytes, clock, file.status(), random);
}

}  // namespace edge::offline_store
