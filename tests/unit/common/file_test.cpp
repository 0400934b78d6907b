#include "common/file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <iterator>

#include "tests/fakes/temp_folder.h"

namespace edge {
namespace {

std::ptrdiff_t EntriesOf(const fakes::TempFolder& folder) {
  return std::distance(std::filesystem::directory_iterator(folder.path()), {});
}

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

TEST_CASE("A file is replaced whole with its mode and leaves no temporary file", "[common]") {
  const fakes::TempFolder folder;
  const std::string path = folder / "key.pem";
  REQUIRE(WriteFileAtomically(path, "first", 0600).ok());
  CHECK(ModeOf(path) == 0600);
  REQUIRE(WriteFileAtomically(path, std::string("sec\0nd", 6), 0644).ok());
  CHECK(ModeOf(path) == 0644);
  CHECK(ReadFile(path).value() == std::string("sec\0nd", 6));
  CHECK(EntriesOf(folder) == 1);
}

TEST_CASE("A write that fails leaves no temporary file and names the path", "[common]") {
  const fakes::TempFolder folder;
  REQUIRE(MakeDirectories(folder / "taken/inside").ok());
  const Status status = WriteFileAtomically(folder / "taken", "x", 0600);
  CHECK_FALSE(status.ok());
  CHECK(status.message().find("taken") != std::string::npos);
  CHECK(EntriesOf(folder) == 1);
  const Status again = WriteFileAtomically(folder / "no/such/folder", "x", 0600);
  CHECK_THAT(again.message(), Catch::Contains("no/such/folder: "));  // and not of this one try
  CHECK(WriteFileAtomically(folder / "no/such/folder", "x", 0600).code() == Code::kNotFound);
}

TEST_CASE("Reading stops at the limit and says so", "[common]") {
  const fakes::TempFolder folder;
  const std::string path = folder / "large";
  REQUIRE(WriteFileAtomically(path, std::string(50'000, 'x'), 0600).ok());
  CHECK(ReadFile(path, 50'000).value().size() == 50'000);
  CHECK(ReadFile(path, 49'999).status().code() == Code::kResourceExhausted);
  CHECK(ReadFile(folder / "none").status().code() == Code::kNotFound);
  CHECK(ReadFile(folder / "none").status().message().find("none") != std::string::npos);
}

TEST_CASE("Folders are made with their parents and existing ones are fine", "[common]") {
  const fakes::TempFolder folder;
  REQUIRE(MakeDirectories(folder / "a/b/c", 0700).ok());
  CHECK(ModeOf(folder / "a/b") == 0700);
  CHECK(MakeDirectories(folder / "a/b/c/").ok());
  CHECK(MakeDirectories("/").ok());
  REQUIRE(WriteFileAtomically(folder / "file", "x", 0600).ok());
  CHECK(MakeDirectories(folder / "file").code() == Code::kAlreadyExists);
  CHECK_FALSE(MakeDirectories(folder / "file/below").ok());
}

TEST_CASE("An errno becomes the code that fits", "[common]") {
  const std::pair<int, Code> cases[] = {{ENOENT, Code::kNotFound},
                                        {EACCES, Code::kPermissionDenied},
                                        {EROFS, Code::kPermissionDenied},
                                        {EEXIST, Code::kAlreadyExists},
                                        {ENOSPC, Code::kResourceExhausted},
                                        {EMFILE, Code::kResourceExhausted},
                                        {EIO, Code::kDataLoss},
                                        {EINVAL, Code::kUnknown}};
  for (const auto& [error, code] : cases) {
    errno = error;
    const Status status = ErrnoStatus("opening", "/x");
    CHECK(status.code() == code);
    CHECK(status.message().find("opening /x: ") == 0);
  }
}

TEST_CASE("an error of a file says what to do where the cause tells", "[common]") {
  for (const int error :
       {ENOENT, ENOTDIR, EISDIR, EACCES, EPERM, EROFS, ENOSPC, EDQUOT, EMFILE, ENFILE, EIO}) {
    errno = error;
    const Status status = ErrnoStatus("opening", "/x");
    INFO(status.ToString());
    CHECK_FALSE(status.next_step().empty());
  }
  CHECK(ReadFile("/no/such/file").status().next_step().find("path") != std::string::npos);
}

}  // namespace
}  // namespace edge
