#include "edged/adapters/fs/host_path.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "tests/integration/edged_adapters/pod_fixture.h"

namespace edge::edged {

TEST_CASE("hostPath makes what its type lets it make", "[fs]") {
  const fakes::TempFolder temp;
  Must(CheckHostPath(temp.path() + "/d/e", HostPathType::kDirectoryOrCreate));
  CHECK((StatOf(temp.path() + "/d/e").st_mode & 07777) == 0755);
  Must(CheckHostPath(temp.path() + "/d/e", HostPathType::kDirectory));
  Must(CheckHostPath(temp.path() + "/f", HostPathType::kFileOrCreate));
  CHECK(S_ISREG(StatOf(temp.path() + "/f").st_mode));
  Must(CheckHostPath(temp.path() + "/f", HostPathType::kFile));
  Must(CheckHostPath(temp.path() + "/nothing", HostPathType::kUnset));
}

TEST_CASE("hostPath of another type is an error that names path and type", "[fs]") {
  const fakes::TempFolder temp;
  temp.Write("f", "");
  const Status status = CheckHostPath(temp.path() + "/f", HostPathType::kDirectory);
  CHECK(status.code() == Code::kFailedPrecondition);
  CHECK(status.message() == "hostPath " + temp.path() + "/f is not a directory");
  CHECK(CheckHostPath(temp.path(), HostPathType::kFile).code() == Code::kFailedPrecondition);
  CHECK(CheckHostPath(temp.path() + "/f", HostPathType::kSocket).code() ==
        Code::kFailedPrecondition);
  const Status missing = CheckHostPath(temp.path() + "/none", HostPathType::kBlockDevice);
  CHECK(missing.code() == Code::kFailedPrecondition);
  CHECK(missing.message().find("block device") != std::string::npos);
  Must(CheckHostPath("/dev/null", HostPathType::kCharDevice));
}

TEST_CASE("A socket is a socket", "[fs]") {
  const fakes::TempFolder temp;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string path = temp.path() + "/s";
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int server = socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(bind(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  Must(CheckHostPath(path, HostPathType::kSocket));
  CHECK_FALSE(CheckHostPath(path, HostPathType::kFile).ok());
  close(server);
}

TEST_CASE("hostPath must be absolute and stay where it says", "[fs]") {
  CHECK(CheckHostPath("etc", HostPathType::kUnset).code() == Code::kInvalidArgument);
  CHECK(CheckHostPath("/a/../etc", HostPathType::kUnset).code() == Code::kInvalidArgument);
  CHECK(CheckHostPath("/a/..", HostPathType::kUnset).code() == Code::kInvalidArgument);
  CHECK(CheckHostPath("", HostPathType::kUnset).code() == Code::kInvalidArgument);
}

}  // namespace edge::edged
