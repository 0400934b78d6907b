#include "link/enrol_client.h"

#include <utility>

#include "link/broker_session.h"
#include "link/topics.h"

namespace edge::link {
namespace {

constexpr std::size_t kMaxReply = 64 * 1024;

BrokerSession::Options SessionOptions(const EnrolClientOptions& options) {
  BrokerSession::Options session;
  session.urls = options.broker_urls;
  session.mqtt.client_id = options.client_id;
  session.mqtt.tls.ca_file = options.ca_file;
  session.mqtt.maximum_packet_size = kMaxReply + 1024;
  session.subscriptions = {{EnrolTopic(options.client_id, Direction::kDown), 1}};
  session.backoff_first = options.backoff_first;
  session.backoff_max = options.backoff_max;
  return session;
}

}  // namespace

class EnrolClient::Impl {
 public:
  Impl(Executor& executor, Random& random, MqttClientFactory factory, EnrolClientOptions options,
       std::string request, Handlers handlers)
      : executor_(executor),
        options_(std::move(options)),
        request_(std::move(request)),
        handlers_(std::move(handlers)),
        session_(executor, random, std::move(factory), SessionOptions(options_),
                 {[this] { Ask(); }, [this](const Status& why) { Down(why); },
                  [this](MqttMessage message) { Receive(std::move(message)); }}) {}

  void Start() { session_.Start(); }

 private:
  void Ask() {
    again_ = executor_.After(options_.answer_timeout, [this] {
      handlers_.on_failed_attempt(
          DeadlineExceeded("the hub has not answered the enrolment request",
                           "check that cloudhub runs and serves this cluster"));
      Ask();
    });
    session_.Publish({EnrolTopic(options_.client_id, Direction::kUp), request_, 1},
                     [this](const Status& taken) {
                       if (!taken.ok()) handlers_.on_failed_attempt(taken);
                     });
  }
  void Down(const Status& why) {
    again_.Cancel();
    handlers_.on_failed_attempt(why);
  }
  void Receive(MqttMessage message) {
    if (message.payload.size() > kMaxReply || !handlers_.on_reply(std::move(message.payload))) {
      return;
    }
    again_.Cancel();
    session_.Stop();
  }

  Executor& executor_;
  const EnrolClientOptions options_;
  const std::string request_;
  const Handlers handlers_;
  Timer again_;
  BrokerSession session_;  // last: goes first
};

EnrolClient::EnrolClient(Executor& executor, Random& random, MqttClientFactory factory,
                         EnrolClientOptions options, std::string request, Handlers handlers)
    : impl_(std::make_unique<Impl>(executor, random, std::move(factory), std::move(options),
                                   std::move(request), std::move(handlers))) {}
EnrolClient::~EnrolClient() = default;
void EnrolClient::Start() { impl_->Start(); }

}  // namespace edge::link
