#include "link/adapters/paho/paho_client.h"

#include <utility>

#include "common/lane.h"
#include "link/adapters/paho/connection.h"

namespace edge::link {
namespace {

class PahoClient final : public MqttClient {
 public:
  PahoClient(Executor& executor, std::shared_ptr<Lane> lane, Handlers handlers)
      : lane_(std::move(lane)),
        connection_(std::make_shared<PahoConnection>(executor, *lane_, std::move(handlers))) {}
  ~PahoClient() override { connection_->Close(); }

  void Connect(const MqttOptions& options, Done done) override {
    connection_->Connect(options, std::move(done));
  }
  void Subscribe(std::vector<MqttSubscription> subscriptions, Done done) override {
    connection_->Subscribe(subscriptions, std::move(done));
  }
  void Publish(MqttMessage message, Done done) override {
    connection_->Publish(std::move(message), std::move(done));
  }

 private:
  // Shared with the factory and the other clients. Tasks on the lane hold connections, and never
  // the lane: it must not be destroyed on its own thread.
  const std::shared_ptr<Lane> lane_;
  const std::shared_ptr<PahoConnection> connection_;
};

}  // namespace

Result<MqttClientFactory> MakePahoFactory(Executor& executor) {
  EDGE_RETURN_IF_ERROR(RequireTls13());
  auto lane = std::make_shared<Lane>("mqtt", 1);
  return MqttClientFactory([&executor, lane](MqttClient::Handlers handlers) {
    return std::make_unique<PahoClient>(executor, lane, std::move(handlers));
  });
}

}  // namespace edge::link
