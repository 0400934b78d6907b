#include <fcntl.h>

#include <fstream>
#include <string>
#include <vector>

#include "common/file.h"
#include "tests/contract/store/harness.h"

namespace edge::offline_store::testing {
namespace {

constexpr std::size_t kPage = 4096;

/// A closed store with 20 pods of 3 KB, with its good copy.
void Fill(SqliteHarness& harness) {
  Batch batch;
  for (int i = 0; i < 20; ++i) {
    batch.emplace_back(PutPod("pod-" + std::to_string(i), 1, std::string(3000, 'x')));
  }
  batch.emplace_back(PutStatus{PodEntry("pod-1"), std::string(2000, 's')});
  batch.emplace_back(PutFacts{{"uid-of-pod-1", "facts"}});
  REQUIRE(CommitAndWait(harness, std::move(batch)).ok());
  harness.Close();
  REQUIRE(std::filesystem::exists(harness.path() + ".good"));
}

void Overwrite(const std::string& path, std::size_t at, const std::string& bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(at));
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  REQUIRE(file.good());
}

void FlipByte(const std::string& path, std::size_t at) {
  const std::string content = ReadFile(path).value();
  REQUIRE(at < content.size());
  Overwrite(path, at, std::string(1, static_cast<char>(content[at] ^ 0x55)));
}

std::vector<std::string> Evidence(const SqliteHarness& harness) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(harness.folder().path())) {
    const std::string name = entry.path().filename().string();
    if (name.find(".broken-") != std::string::npos) found.push_back(name);
  }
  return found;
}

/// Opens, and expects all that Fill put there.
void ExpectWhole(SqliteHarness& harness) {
  harness.Open();
  const Contents contents = harness.store().Load().value();
  CHECK(contents.objects.size() == 20);
  for (const HeldObject& object : contents.objects) {
    CHECK(object.bytes == std::string(3000, 'x'));
  }
  CHECK(harness.store().Statuses(0, 10).value().size() == 1);
  CHECK(contents.facts.size() == 1);
  CHECK(harness.store().health() == Health::kGood);
  CHECK(CommitAndWait(harness, {PutPod("new")}).ok());
}

void ExpectRestored(SqliteHarness& harness, const std::string& old_id) {
  ExpectWhole(harness);
  CHECK(harness.store().Id() != old_id);
  CHECK_FALSE(Evidence(harness).empty());
}

TEST_CASE("Garbage in place of the store is moved aside and the good copy takes over", "[store]") {
  SqliteHarness harness;
  const std::string id = harness.store().Id();
  Fill(harness);
  REQUIRE(WriteFileAtomically(harness.path(), std::string(50'000, 'g'), 0600).ok());
  ExpectRestored(harness, id);
}

TEST_CASE("A truncated store falls back on the good copy", "[store]") {
  SqliteHarness harness;
  const std::string id = harness.store().Id();
  Fill(harness);
  const auto size = std::filesystem::file_size(harness.path());
  std::filesystem::resize_file(harness.path(), size / 2 / kPage * kPage);
  ExpectRestored(harness, id);
}

TEST_CASE("A store of zero length falls back on the good copy", "[store]") {
  SqliteHarness harness;
  const std::string id = harness.store().Id();
  Fill(harness);
  std::filesystem::resize_file(harness.path(), 0);
  ExpectRestored(harness, id);
}

TEST_CASE("A store that vanished is restored from the good copy", "[store]") {
  SqliteHarness harness;
  const std::string id = harness.store().Id();
  Fill(harness);
  std::filesystem::remove(harness.path());
  ExpectWhole(harness);
  CHECK(harness.store().Id() != id);
}

TEST_CASE("A flipped bit inside a value is noticed by the row's checksum", "[store]") {
  SqliteHarness harness;
  const std::string id = harness.store().Id();
  Fill(harness);
  const std::size_t value = ReadFile(harness.path()).value().find(std::string(2000, 'x'));
  REQUIRE(value != std::string::npos);
  FlipByte(harness.path(), value + 1000);
  ExpectRestored(harness, id);
}

TEST_CASE("A flipped byte at any page boundary never leaves the store wrong", "[store]") {
  SqliteHarness harness;
  Fill(harness);
  const std::string whole = ReadFile(harness.path()).value();
  const std::string good = ReadFile(harness.path() + ".good").value();
  for (std::size_t page = 0; page < whole.size() / kPage; ++page) {
    for (const std::size_t at : {page * kPage, page * kPage + 5, (page + 1) * kPage - 1}) {
      INFO("byte " << at);
      REQUIRE(WriteFileAtomically(harness.path(), whole, 0600).ok());
      REQUIRE(WriteFileAtomically(harness.path() + ".good", good, 0600).ok());
      FlipByte(harness.path(), at);
      ExpectWhole(harness);
      harness.Close();
    }
  }
}

TEST_CASE("When the copy is broken too an empty store says so until it is filled", "[store]") {
  SqliteHarness harness;
  const std::string id = harness.store().Id();
  Fill(harness);
  Overwrite(harness.path(), 0, std::string(200, 'g'));
  Overwrite(harness.path() + ".good", 0, std::string(200, 'g'));
  harness.Open();
  CHECK(harness.store().Id() != id);
  CHECK(harness.store().Load().value().objects.empty());
  CHECK(harness.store().health() == Health::kBroken);
  CHECK(harness.store().health_message().find("running pods stay") != std::string::npos);
  REQUIRE(CommitAndWait(harness, {PutMeta{"a", "b"}}).ok());
  CHECK(harness.store().health() == Health::kBroken);
  REQUIRE(CommitAndWait(harness, {PutPod("till")}).ok());
  CHECK(harness.store().health() == Health::kGood);
  CHECK(harness.store().health_message().empty());
}

TEST_CASE("A broken log loses no more than what it held", "[store]") {
  SqliteHarness harness;
  Fill(harness);
  REQUIRE(WriteFileAtomically(harness.path() + "-wal", std::string(10'000, 'g'), 0600).ok());
  ExpectWhole(harness);
}

TEST_CASE("The log of a broken store is never applied to its replacement", "[store]") {
  SqliteHarness harness;
  Fill(harness);
  harness.Open();
  REQUIRE(CommitAndWait(harness, {PutPod("in-the-log", 1, std::string(9000, 'l'))}).ok());
  // As a power cut leaves it: a copy of both files while the store is open.
  const std::string db = ReadFile(harness.path()).value();
  const std::string wal = ReadFile(harness.path() + "-wal").value();
  REQUIRE(wal.size() > kPage);
  harness.Close();
  REQUIRE(
      WriteFileAtomically(harness.path(), std::string(kPage, 'g') + db.substr(kPage), 0600).ok());
  REQUIRE(WriteFileAtomically(harness.path() + "-wal", wal.substr(0, kPage), 0600).ok());
  harness.Open();
  const Contents contents = harness.store().Load().value();
  CHECK(contents.objects.size() >= 20);
}

TEST_CASE("No more than two broken stores are kept as evidence", "[store]") {
  SqliteHarness harness;
  Fill(harness);
  for (const char* time : {"2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"}) {
    REQUIRE(WriteFileAtomically(harness.path() + ".broken-" + time, "old", 0600).ok());
  }
  Overwrite(harness.path(), 0, std::string(200, 'g'));
  ExpectWhole(harness);
  const std::vector<std::string> evidence = Evidence(harness);
  CHECK(evidence.size() == 2);
  for (const std::string& name : evidence) CHECK(name.find("2020") == std::string::npos);
}

}  // namespace
}  // namespace edge::offline_store::testing
