#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

#include "tests/unit/cloudhub_embedded/fixture.h"

namespace edge::cloudhub::embedded {
namespace {

const StoreKey kPodKey{"pods", "default", "a"};

/// A process beside the hub that reads its database with SQLite. It is made before the store is
/// opened, as SQLite knows within one process what that process holds.
class Reader {
 public:
  explicit Reader(const std::string& path) {
    REQUIRE(::pipe(go_.data()) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) Child(path);
    ::close(go_[0]);
  }
  ~Reader() {
    if (pid_ > 0) static_cast<void>(Read());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// SQLite's code of opening, reading and closing the file.
  int Read() {
    ::close(go_[1]);
    int status = -1;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  [[noreturn]] void Child(const std::string& path) const {
    ::close(go_[1]);
    char end = 0;
    static_cast<void>(::read(go_[0], &end, 1));  // ends when the parent closes its side
    sqlite3* db = nullptr;
    int code = sqlite3_open(path.c_str(), &db);
    if (code == SQLITE_OK) {
      code = sqlite3_exec(db, "SELECT count(*) FROM object", nullptr, nullptr, nullptr);
    }
    sqlite3_close(db);
    ::_exit(code);
  }

  std::array<int, 2> go_{};
  pid_t pid_ = 0;
};

void Put(ObjectStore& store) {
  Json object = {{"metadata", {{"name", "a"}}}};
  REQUIRE(store.Put(kPodKey, object).ok());
}

TEST_CASE("a foreign reader of the open database finds it locked and nothing is lost by it",
          "[embedded]") {
  const fakes::TempFolder folder;
  Reader reader(folder / "api.db");
  auto store = std::move(*ObjectStore::Open(folder / "api.db"));
  CHECK(reader.Read() == SQLITE_BUSY);
  Put(*store);
  // What a kill -9 would leave behind.
  for (const char* name : {"api.db", "api.db-wal"}) {
    INFO(name);
    REQUIRE(std::filesystem::exists(folder / name));
    std::filesystem::copy_file(folder / name, folder / std::string("left-") + name);
  }
  auto left = ObjectStore::Open(folder / "left-api.db");
  REQUIRE(left.ok());
  CHECK((*left)->Get(kPodKey) != nullptr);
}

TEST_CASE("a database opened again after a restart is locked as well", "[embedded]") {
  const fakes::TempFolder folder;
  Put(**ObjectStore::Open(folder / "api.db"));
  Reader reader(folder / "api.db");
  auto store = std::move(*ObjectStore::Open(folder / "api.db"));
  CHECK(reader.Read() == SQLITE_BUSY);
  CHECK(store->Get(kPodKey) != nullptr);
}

TEST_CASE("an attempt to open the database once more does not give up its lock", "[embedded]") {
  const fakes::TempFolder folder;
  Reader reader(folder / "api.db");
  auto store = std::move(*ObjectStore::Open(folder / "api.db"));
  const auto second = ObjectStore::Open(folder / "api.db");
  REQUIRE_FALSE(second.ok());
  CHECK(second.status().code() == Code::kUnavailable);
  CHECK_THAT(second.status().message(),
             Catch::Contains((folder / "api.db") + " is in use by another process"));
  CHECK_THAT(second.status().next_step(), Catch::Contains("Stop the other hub"));
  CHECK(reader.Read() == SQLITE_BUSY);
}

}  // namespace
}  // namespace edge::cloudhub::embedded
