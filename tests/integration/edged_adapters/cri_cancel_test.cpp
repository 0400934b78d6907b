#include <grpcpp/grpcpp.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>

#include "edged/adapters/cri/cri_runtime.h"
#include "proto/runtime/v1/api.grpc.pb.h"
#include "tests/fakes/temp_folder.h"

namespace edge::edged {
namespace {

namespace cri = ::runtime::v1;
using std::chrono::seconds;

constexpr seconds kPatience(20);  // of the test, for a machine under load

/// A runtime that answers no stop and no pull for as long as its caller waits.
class StuckRuntime final : public cri::RuntimeService::Service, public cri::ImageService::Service {
 public:
  explicit StuckRuntime(const std::string& socket) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("unix://" + socket, grpc::InsecureServerCredentials());
    builder.RegisterService(static_cast<cri::RuntimeService::Service*>(this));
    builder.RegisterService(static_cast<cri::ImageService::Service*>(this));
    server_ = builder.BuildAndStart();
  }
  ~StuckRuntime() override { server_->Shutdown(std::chrono::system_clock::now()); }

  grpc::Status StopContainer(grpc::ServerContext* context, const cri::StopContainerRequest*,
                             cri::StopContainerResponse*) override {
    return WaitForCancel(*context);
  }
  grpc::Status PullImage(grpc::ServerContext* context, const cri::PullImageRequest*,
                         cri::PullImageResponse*) override {
    return WaitForCancel(*context);
  }

  bool AwaitCalls(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return calls_ >= count; });
  }

  /// All that is stuck is done now.
  void Answer() {
    {
      const std::lock_guard lock(mutex_);
      answers_ = true;
    }
    changed_.notify_all();
  }

 private:
  grpc::Status WaitForCancel(const grpc::ServerContext& context) {
    {
      const std::lock_guard lock(mutex_);
      ++calls_;
    }
    changed_.notify_all();
    const auto end = std::chrono::steady_clock::now() + 3 * kPatience;
    std::unique_lock lock(mutex_);
    while (!answers_ && !context.IsCancelled() && std::chrono::steady_clock::now() < end) {
      changed_.wait_for(lock, std::chrono::milliseconds(10));  // nobody tells of a cancellation
    }
    return answers_ ? grpc::Status::OK : grpc::Status::CANCELLED;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int calls_ = 0;
  bool answers_ = false;
  std::unique_ptr<grpc::Server> server_;
};

CriOptions OptionsFor(const std::string& socket) {
  CriOptions options;
  options.socket = socket;
  options.label_key = "edge.kubeedge.io/node";
  options.label_value = "till-1";
  return options;
}

}  // namespace

TEST_CASE("The end of the agent waits for no grace and no pull", "[cri]") {
  const fakes::TempFolder files;
  StuckRuntime stuck(files.path() + "/cri.sock");
  CriRuntime runtime(OptionsFor(files.path() + "/cri.sock"));
  auto stop =
      std::async(std::launch::async, [&] { return runtime.StopContainer("c1", seconds(600)); });
  auto pull = std::async(std::launch::async,
                         [&] { return runtime.PullImage("app:1", std::nullopt).status(); });
  REQUIRE(stuck.AwaitCalls(2));
  runtime.FinishCalls(std::chrono::milliseconds(1));
  REQUIRE(stop.wait_for(kPatience) == std::future_status::ready);
  REQUIRE(pull.wait_for(kPatience) == std::future_status::ready);
  CHECK(stop.get().code() == Code::kCancelled);
  CHECK(pull.get().code() == Code::kCancelled);
}

TEST_CASE("A call that ends in time is not cancelled by the end of the agent", "[cri]") {
  const fakes::TempFolder files;
  StuckRuntime stuck(files.path() + "/cri.sock");
  CriRuntime runtime(OptionsFor(files.path() + "/cri.sock"));
  auto stop =
      std::async(std::launch::async, [&] { return runtime.StopContainer("c1", seconds(600)); });
  REQUIRE(stuck.AwaitCalls(1));
  auto finish = std::async(std::launch::async, [&] { runtime.FinishCalls(3 * kPatience); });
  stuck.Answer();
  REQUIRE(finish.wait_for(kPatience) == std::future_status::ready);
  CHECK(stop.get().ok());
}

TEST_CASE("A call that begins after the end of the agent ends at once", "[cri]") {
  const fakes::TempFolder files;
  StuckRuntime stuck(files.path() + "/cri.sock");
  CriRuntime runtime(OptionsFor(files.path() + "/cri.sock"));
  runtime.FinishCalls(std::chrono::milliseconds(1));
  auto stop =
      std::async(std::launch::async, [&] { return runtime.StopContainer("c1", seconds(600)); });
  REQUIRE(stop.wait_for(kPatience) == std::future_status::ready);
  CHECK(stop.get().code() == Code::kCancelled);
}

}  // namespace edge::edged
