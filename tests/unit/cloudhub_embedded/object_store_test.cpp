#include "cloudhub/adapters/embedded/object_store.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/unit/cloudhub_embedded/fixture.h"

namespace edge::cloudhub::embedded {
namespace {

const StoreKey kKey{"pods", "default", "a"};

Json Named(const std::string& name) { return {{"metadata", {{"name", name}}}}; }

TEST_CASE("the store keeps objects and the revision over a restart", "[embedded]") {
  const fakes::TempFolder folder;
  std::int64_t revision = 0;
  {
    auto store = ObjectStore::Open(folder / "api.db");
    REQUIRE(store.ok());
    Json object = Named("a");
    REQUIRE((*store)->Put(kKey, object).ok());
    revision = (*store)->revision();
    CHECK(object["metadata"]["resourceVersion"] == std::to_string(revision));
  }
  auto store = ObjectStore::Open(folder / "api.db");
  REQUIRE(store.ok());
  CHECK((*store)->revision() == revision);
  CHECK((*store)->compacted() == revision);
  REQUIRE((*store)->Get(kKey) != nullptr);
  CHECK((*store)->Get(kKey)->revision == revision);
}

TEST_CASE("the database is readable by its owner alone", "[embedded]") {
  const fakes::TempFolder folder;
  auto store = ObjectStore::Open(folder / "api.db");
  REQUIRE(store.ok());
  struct stat facts {};
  REQUIRE(::stat((folder / "api.db").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("a second process cannot open the same database", "[embedded]") {
  const fakes::TempFolder folder;
  auto first = ObjectStore::Open(folder / "api.db");
  REQUIRE(first.ok());
  auto second = ObjectStore::Open(folder / "api.db");
  REQUIRE_FALSE(second.ok());
  CHECK(second.status().code() == Code::kUnavailable);
}

TEST_CASE("a file that is no database is refused with the next step", "[embedded]") {
  const fakes::TempFolder folder;
  std::ofstream(folder / "api.db") << std::string(8192, 'x');
  auto store = ObjectStore::Open(folder / "api.db");
  REQUIRE_FALSE(store.ok());
  CHECK(store.status().code() == Code::kDataLoss);
  CHECK_FALSE(store.status().next_step().empty());
}

TEST_CASE("a list runs in order of namespace and name and resumes after a key", "[embedded]") {
  const fakes::TempFolder folder;
  auto store = std::move(*ObjectStore::Open(folder / "api.db"));
  for (const StoreKey& key : {StoreKey{"pods", "b", "x"}, StoreKey{"pods", "a", "z"},
                              StoreKey{"pods", "a", "y"}, StoreKey{"nodes", "", "n"}}) {
    Json object = Named(key.name);
    REQUIRE(store->Put(key, object).ok());
  }
  const auto all = store->List("pods", "", {}, 0);
  REQUIRE(all.size() == 3);
  CHECK(all[0].first.name == "y");
  CHECK(all[2].first.name == "x");
  CHECK(store->List("pods", "a", {}, 0).size() == 2);
  const auto rest = store->List("pods", "", all[0].first, 0);
  REQUIRE(rest.size() == 2);
  CHECK(rest[0].first.name == "z");
}

TEST_CASE("the change log forgets its oldest part and says up to where", "[embedded]") {
  const fakes::TempFolder folder;
  auto store = std::move(*ObjectStore::Open(folder / "api.db"));
  const std::int64_t start = store->revision();
  Json object = Named("a");
  object["data"] = std::string(3 * 1024 * 1024, 'x');
  for (int i = 0; i < 8; ++i) REQUIRE(store->Put(kKey, object).ok());
  CHECK(store->compacted() > start);
  CHECK_FALSE(store->ChangesAfter(store->compacted()).empty());
  CHECK(store->ChangesAfter(store->revision()).empty());
}

TEST_CASE("a deletion has a revision of its own and the last state with it", "[embedded]") {
  const fakes::TempFolder folder;
  auto store = std::move(*ObjectStore::Open(folder / "api.db"));
  Json object = Named("a");
  REQUIRE(store->Put(kKey, object).ok());
  const std::int64_t put = store->revision();
  REQUIRE(store->Remove(kKey, object).ok());
  CHECK(store->Get(kKey) == nullptr);
  const auto changes = store->ChangesAfter(put);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0]->revision == put + 1);
  CHECK(changes[0]->after == nullptr);
  CHECK(changes[0]->final_state->bytes.find(std::to_string(put + 1)) != std::string::npos);
}

}  // namespace
}  // namespace edge::cloudhub::embedded
