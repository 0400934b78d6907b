#include <grpcpp/grpcpp.h>
#include <grpcpp/server_posix.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <thread>

#include "common/loop.h"
#include "edged/adapters/cri/cri_runtime.h"
#include "proto/runtime/v1/api.grpc.pb.h"
#include "tests/fakes/temp_folder.h"

namespace edge::edged {
namespace {

namespace cri = ::runtime::v1;

/// A runtime whose machine is so busy that it says its first word late, and to one caller only.
class SlowRuntime final : public cri::RuntimeService::Service {
 public:
  SlowRuntime(const std::string& socket, std::chrono::milliseconds delay)
      : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    grpc::ServerBuilder builder;
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    thread_ = std::thread([this, delay] {
      const int caller = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (caller < 0) return;
      // Silent for that long, or until the caller gives up.
      pollfd hang_up{caller, POLLRDHUP, 0};
      ::poll(&hang_up, 1, static_cast<int>(delay.count()));
      grpc::AddInsecureChannelFromFd(server_.get(), caller);
    });
  }
  ~SlowRuntime() override {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
    server_->Shutdown(std::chrono::system_clock::now());
  }

  grpc::Status RemoveContainer(grpc::ServerContext*, const cri::RemoveContainerRequest*,
                               cri::RemoveContainerResponse*) override {
    return grpc::Status::OK;
  }

 private:
  const UniqueFd listener_;
  std::unique_ptr<grpc::Server> server_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("A runtime that is slow to accept is waited for", "[cri]") {
  const fakes::TempFolder files;
  SlowRuntime slow(files / "cri.sock", std::chrono::seconds(1));
  CriOptions options;
  options.socket = files / "cri.sock";
  options.label_key = "edge.kubeedge.io/node";
  options.label_value = "till-1";
  CriRuntime runtime(options);
  const Status removed = runtime.RemoveContainer("c1");
  INFO(removed.ToString());
  CHECK(removed.ok());
}

}  // namespace edge::edged
