#include "tests/contract/mqtt/contract.h"
#include "tests/fakes/fake_mqtt.h"
#include "tests/fakes/manual_executor.h"

namespace edge::link::testing {
namespace {

class FakeWorld final : public MqttWorld {
 public:
  FakeWorld() {
    broker_.refused_urls["tls://localhost:1"] = Unavailable("tls://localhost:1: refused");
    broker_.may_publish = [](const std::string& client, const std::string& topic) {
      return client == "edge:hub" || topic.find("/" + client + "/up/") != std::string::npos;
    };
  }
  MqttClientFactory Factory() override { return broker_.Factory(); }
  MqttOptions NodeOptions(const std::string& node) override {
    MqttOptions options;
    options.url = "tls://fake:8883";
    options.client_id = "system:node:" + node;
    return options;
  }
  MqttOptions HubOptions() override {
    MqttOptions options;
    options.url = "tls://fake:8884";
    options.client_id = "edge:hub";
    return options;
  }
  void Until(const std::string& what, const std::function<bool()>& condition) override {
    executor_.RunReady();
    INFO("waited for: " << what);
    REQUIRE(condition());
  }
  void Settle() override { executor_.RunReady(); }
  void BreakConnections() override { broker_.Restart(); }

 private:
  fakes::ManualExecutor executor_;
  fakes::FakeBroker broker_{executor_};
};

}  // namespace

std::unique_ptr<MqttWorld> MakeWorld() { return std::make_unique<FakeWorld>(); }

}  // namespace edge::link::testing
