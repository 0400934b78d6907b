#include "tests/fakes/fake_mqtt.h"

#include <algorithm>
#include <utility>

namespace edge::fakes {

using link::MqttMessage;
using link::MqttOptions;
using link::MqttSubscription;

class FakeBroker::Client final : public link::MqttClient {
 public:
  Client(FakeBroker& broker, Handlers handlers)
      : broker_(broker), handlers_(std::make_shared<Handlers>(std::move(handlers))) {}

  ~Client() override {
    const auto session = broker_.sessions_.find(options_.client_id);
    if (session == broker_.sessions_.end() || session->second.online != this) return;
    broker_.sessions_.erase(session);
  }

  void Connect(const MqttOptions& options, Done done) override {
    ++broker_.connects;
    broker_.attempts.push_back(options);
    if (broker_.silent) return;
    options_ = options;
    Soon([this, done = std::move(done)] {
      if (auto refused = Refusal(); !refused.ok()) return done(refused);
      Join();
      done(Status::Ok());
    });
  }

  void Subscribe(std::vector<MqttSubscription> subscriptions, Done done) override {
    if (broker_.silent) return;
    Soon([this, subscriptions = std::move(subscriptions), done = std::move(done)] {
      if (!connected_) return done(Unavailable(options_.url + ": connection lost"));
      auto& kept = broker_.sessions_[options_.client_id].subscriptions;
      for (const MqttSubscription& one : subscriptions) {
        std::erase_if(kept, [&](const auto& old) { return old.filter == one.filter; });
        kept.push_back(one);
      }
      done(Status::Ok());
    });
  }

  void Publish(MqttMessage message, Done done) override {
    const std::uint64_t id = ++last_id_;
    pending_[id] = std::move(done);
    if (broker_.silent) return;
    Soon([this, id, message = std::move(message)] { Take(id, message); });
  }

  void Lose(Status why) {
    if (!std::exchange(connected_, false)) return;
    Soon([this, why = std::move(why)] {
      const auto handlers = handlers_;
      const std::weak_ptr<int> alive = alive_;
      for (auto& [id, done] : std::exchange(pending_, {})) {
        if (done) done(why);
        if (alive.expired()) return;
      }
      handlers->on_lost(why);
    });
  }

  void Deliver(MqttMessage message) {
    if (broker_.silent) return;
    Soon([this, message = std::move(message)] {
      if (!connected_) return;
      const auto handlers = handlers_;
      handlers->on_message(message);
    });
  }

 private:
  void Soon(Task task) {
    broker_.executor_.Post([alive = std::weak_ptr<int>(alive_), task = std::move(task)] {
      if (!alive.expired()) task();
    });
  }

  Status Refusal() const {
    if (const auto found = broker_.refused_urls.find(options_.url);
        found != broker_.refused_urls.end()) {
      return found->second;
    }
    const auto found = broker_.refused_certificates.find(options_.tls.certificate_file);
    return found == broker_.refused_certificates.end() ? Status::Ok() : found->second;
  }

  void Join() {
    const auto old = broker_.sessions_.find(options_.client_id);
    if (old != broker_.sessions_.end()) old->second.online->Lose(Unavailable("taken over"));
    broker_.sessions_[options_.client_id] = {{}, this};
    connected_ = true;
  }

  void Take(std::uint64_t id, const MqttMessage& message) {
    if (!connected_) return Settle(id, Unavailable(options_.url + ": connection lost"));
    if (broker_.may_publish && !broker_.may_publish(options_.client_id, message.topic)) {
      return Settle(id, PermissionDenied(options_.url + ": not authorised"));
    }
    broker_.published.push_back(message);
    broker_.Route(message);
    if (!broker_.hold_acks) return Settle(id, Status::Ok());
    broker_.held_.push_back([this, alive = std::weak_ptr<int>(alive_), id] {
      if (!alive.expired()) Settle(id, Status::Ok());
    });
  }

  void Settle(std::uint64_t id, const Status& outcome) {
    auto done = pending_.extract(id);
    if (!done.empty() && done.mapped()) done.mapped()(outcome);
  }

  FakeBroker& broker_;
  std::shared_ptr<Handlers> handlers_;
  MqttOptions options_;
  bool connected_ = false;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, Done> pending_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

link::MqttClientFactory FakeBroker::Factory() {
  return [this](link::MqttClient::Handlers handlers) {
    return std::make_unique<Client>(*this, std::move(handlers));
  };
}

void FakeBroker::Release() {
  hold_acks = false;
  for (Task& task : std::exchange(held_, {})) executor_.Post(std::move(task));
}

void FakeBroker::Cut(const std::string& client_id) {
  const auto found = sessions_.find(client_id);
  if (found == sessions_.end()) return;
  Client* const client = found->second.online;
  sessions_.erase(found);
  client->Lose(Unavailable("connection lost"));
}

void FakeBroker::Restart() {
  for (auto& [id, session] : std::exchange(sessions_, {})) {
    session.online->Lose(Unavailable("connection lost"));
  }
}

bool FakeBroker::Online(const std::string& client_id) const {
  return sessions_.contains(client_id);
}

void FakeBroker::Route(const MqttMessage& message) {
  for (auto& [id, session] : sessions_) {
    int qos = -1;
    for (const MqttSubscription& one : session.subscriptions) {
      if (Matches(one.filter, message.topic)) qos = std::max(qos, std::min(one.qos, message.qos));
    }
    if (qos < 0) continue;
    MqttMessage copy = message;
    copy.qos = qos;
    session.online->Deliver(std::move(copy));
  }
}

bool FakeBroker::Matches(const std::string& filter, const std::string& topic) {
  std::size_t f = 0;
  std::size_t t = 0;
  while (f < filter.size()) {
    const std::size_t f_end = std::min(filter.find('/', f), filter.size());
    const std::string level = filter.substr(f, f_end - f);
    if (level == "#") return true;
    if (t > topic.size()) return false;
    const std::size_t t_end = std::min(topic.find('/', t), topic.size());
    if (level != "+" && level != topic.substr(t, t_end - t)) return false;
    f = f_end + 1;
    t = t_end + 1;
  }
  return t > topic.size();
}

}  // namespace edge::fakes
