#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cloudhub/adapters/kubernetes/curl_client.h"
#include "cloudhub/adapters/kubernetes/kubernetes_api.h"
#include "common/loop.h"

namespace edge::cloudhub::kubernetes {

/// The adapter on a loop that the test's thread runs, as far as a condition.
class Adapter {
 public:
  explicit Adapter(const std::string& kubeconfig, KubernetesOptions options = {}) {
    auto made = Loop::Create();
    REQUIRE(made.ok());
    loop_ = std::move(*made);
    auto client = CurlClient::Open(*loop_, kubeconfig);
    INFO(client.status().ToString());
    REQUIRE(client.ok());
    client_ = std::move(*client);
    api_ = std::make_unique<KubernetesApi>(*client_, *loop_, random_, std::move(options));
  }

  bool RunUntil(const std::function<bool()>& condition,
                Duration patience = std::chrono::seconds(20)) {
    const BootTime end = loop_->clock().Boot() + patience;
    while (!condition() && loop_->clock().Boot() < end) {
      const Timer tick = loop_->After(std::chrono::milliseconds(2), [this] { loop_->Stop(); });
      loop_->Run();
    }
    return condition();
  }
  Result<Json> Await(const std::function<void(KubeApi::Done)>& call) {
    auto answer = std::make_shared<std::optional<Result<Json>>>();
    call([answer](Result<Json> result) { *answer = std::move(result); });
    INFO("waiting for the answer to a call");
    REQUIRE(RunUntil([answer] { return answer->has_value(); }, std::chrono::seconds(60)));
    return **answer;
  }
  KubernetesApi& api() { return *api_; }
  Loop& loop() { return *loop_; }

 private:
  SystemRandom random_;
  std::unique_ptr<Loop> loop_;
  std::unique_ptr<CurlClient> client_;
  std::unique_ptr<KubernetesApi> api_;
};

}  // namespace edge::cloudhub::kubernetes
