#include "link/adapters/paho/paho_client.h"
#include "tests/contract/mqtt/contract.h"
#include "tests/integration/link/broker.h"

namespace edge::link::testing {
namespace {

class PahoWorld final : public MqttWorld {
 public:
  MqttClientFactory Factory() override { return factory_; }
  MqttOptions NodeOptions(const std::string& node) override {
    MqttOptions options;
    options.url = broker_.node_url();
    options.client_id = "edge-system:node:" + node;
    options.tls = broker_.NodeTls(node);
    return options;
  }
  MqttOptions HubOptions() override {
    MqttOptions options;
    options.url = broker_.hub_url();
    options.client_id = "edge-hub-1";
    options.tls = broker_.HubTls();
    return options;
  }
  void Until(const std::string& what, const std::function<bool()>& condition) override {
    RunUntil(*loop_, what, condition);
  }
  void Settle() override { RunFor(*loop_, std::chrono::milliseconds(300)); }
  void BreakConnections() override { broker_.Stop(); }

 private:
  std::unique_ptr<Loop> loop_ = std::move(Loop::Create().value());
  TestBroker broker_;
  MqttClientFactory factory_ = MakePahoFactory(*loop_).value();
};

}  // namespace

std::unique_ptr<MqttWorld> MakeWorld() { return std::make_unique<PahoWorld>(); }

}  // namespace edge::link::testing
