#include "edged/agent/local_api.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <thread>

#include "edgectl/client.h"
#include "tests/fakes/temp_folder.h"

namespace edge::edged {

namespace {

/// An agent's loop on a thread of its own, with a socket in a folder of its own.
struct World {
  fakes::TempFolder files;
  std::string path = files.path() + "/edged.sock";
  std::unique_ptr<Loop> loop = Loop::Create().value();
  std::unique_ptr<LocalApi> api = LocalApi::Listen(*loop, path).value();
  std::thread thread;

  World() {
    api->Handle("status", [](const Json&) -> Result<Json> { return Json{{"connected", true}}; });
    api->Handle("fail", [](const Json&) -> Result<Json> {
      return FailedPrecondition("the store is broken", "see the log");
    });
    api->Handle("large",
                [](const Json&) -> Result<Json> { return Json(std::string(5000000, 'x')); });
    thread = std::thread([this] { loop->Run(); });
  }
  ~World() {
    loop->Stop();
    thread.join();
  }

  /// Sends raw bytes and returns all that comes back until the other side closes.
  std::string Raw(const std::string& bytes) const {
    const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    static_cast<void>(send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
    std::string reply;
    std::array<char, 4096> buffer{};
    for (ssize_t got = 1; got > 0;) {
      got = read(fd.get(), buffer.data(), buffer.size());
      if (got > 0) reply.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return reply;
  }
};

}  // namespace

TEST_CASE("edgectl gets the answer of a command", "[edgectl]") {
  const World world;
  CHECK(edgectl::Ask(world.path, "status").value() == Json({{"connected", true}}));
}

TEST_CASE("An error of the agent reaches edgectl with its code and next step", "[edgectl]") {
  const World world;
  const Status status = edgectl::Ask(world.path, "fail").status();
  CHECK(status.code() == Code::kFailedPrecondition);
  CHECK(status.message() == "the store is broken");
  CHECK(status.next_step() == "see the log");
  CHECK(edgectl::Ask(world.path, "no-such").status().code() == Code::kUnimplemented);
}

TEST_CASE("An answer larger than the socket buffer arrives whole", "[edgectl]") {
  const World world;
  CHECK(edgectl::Ask(world.path, "large")->get<std::string>().size() == 5000000);
}

TEST_CASE("Garbage and an endless request end the connection and not the agent", "[edgectl]") {
  const World world;
  CHECK(world.Raw("garbage\n").find("\"ok\":false") != std::string::npos);
  CHECK(world.Raw("[1]\n").find("\"ok\":false") != std::string::npos);
  CHECK(world.Raw(std::string(200000, 'x')).empty());
  CHECK(edgectl::Ask(world.path, "status").ok());
}

TEST_CASE("The socket is for its owner alone", "[edgectl]") {
  const World world;
  struct stat info {};
  REQUIRE(stat(world.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("A socket that a killed agent left is replaced and a live one is not", "[edgectl]") {
  const World world;
  CHECK(LocalApi::Listen(*world.loop, world.path).status().code() == Code::kAlreadyExists);
  fakes::TempFolder files;
  const std::string path = files.path() + "/s";
  {
    const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  }
  const auto loop = Loop::Create().value();
  CHECK(LocalApi::Listen(*loop, path).ok());
}

TEST_CASE("Without an agent edgectl says how to start it", "[edgectl]") {
  const Status status = edgectl::Ask("/tmp/no-such-folder/edged.sock", "status").status();
  CHECK(status.code() == Code::kUnavailable);
  CHECK(status.next_step().find("systemctl start edged") != std::string::npos);
}

}  // namespace edge::edged
