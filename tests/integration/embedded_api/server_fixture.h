#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "cloudhub/adapters/embedded/embedded_api.h"
#include "common/loop.h"
#include "tests/fakes/temp_folder.h"

namespace edge::cloudhub::embedded {

/// The whole embedded API, served over HTTPS by a loop on a thread of its own.
class Server {
 public:
  explicit Server(const std::string& state_dir) {
    auto made = Loop::Create();
    REQUIRE(made.ok());
    loop_ = std::move(*made);
    EmbeddedApiOptions options;
    options.state_dir = state_dir;
    options.port = 0;
    auto opened = EmbeddedApi::Open(*loop_, random_, options);
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    api_ = std::move(*opened);
    REQUIRE(api_->Listen().ok());
    kubeconfig = api_->kubeconfig_path();
    url = "https://127.0.0.1:" + std::to_string(api_->port());
    cluster_uid = api_->cluster_uid();
    thread_ = std::thread([this] { loop_->Run(); });
  }
  ~Server() {
    std::promise<void> closed;
    loop_->Post([&] {
      api_.reset();
      closed.set_value();
    });
    closed.get_future().wait();
    loop_->Stop();
    thread_.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string kubeconfig, url, cluster_uid;

 private:
  SystemRandom random_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<EmbeddedApi> api_;
  std::thread thread_;
};

}  // namespace edge::cloudhub::embedded
