#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/executor.h"
#include "offline-store/store.h"

namespace edge::edged {

/// Name of the stored meta value that holds where this terminal connects to.
inline constexpr const char* kMetaBroker = "agent.broker";

/// Which broker the terminal connects to: that of its identity, until the hub's Welcome names
/// another one than it did before. Then the terminal goes over, and stays once a hub has welcomed
/// it there; when none has for ten minutes it goes back, and does not try that one again before it
/// is told of another. A connection alone is no answer: the hub may not be at that broker.
///
/// What it was told first is where it is already, or where it was never sent: no reason to leave a
/// broker that works. The time runs on while the agent does not, but for the last minute of it.
///
/// Failure modes: what the store does not keep is not done.
/// Thread rule: the loop thread.
class BrokerMover {
 public:
  using Urls = std::vector<std::string>;

  /// `move` connects to these instead.
  BrokerMover(offline_store::Store& store, Executor& executor, std::function<void(Urls)> move)
      : store_(store), executor_(executor), move_(std::move(move)) {}

  /// Where to connect to. `kept` is the stored value; one of another identity counts for nothing.
  Urls Start(const std::string& kept, Urls own);
  /// A hub welcomes us, by the connection in use, and names a broker; empty: none.
  void OnWelcome(const std::string& broker_url);
  /// There is a connection.
  void OnConnected() { connected_ = true; }

 private:
  Urls UrlsOf(const std::string& url) const;
  void Read(const std::string& kept);
  void Try(const std::string& url, const std::string& told_before);
  void Arm();
  void KeepTime();
  void Arrive();
  void GoBack();
  Duration Spent() const;
  void Save(std::function<void(const Status&)> done = nullptr);

  offline_store::Store& store_;
  Executor& executor_;
  const std::function<void(Urls)> move_;
  Urls own_;           ///< the identity's
  std::string told_;   ///< by the last Welcome that named one
  std::string moved_;  ///< where it has arrived; empty: at its own
  std::string trying_;
  Duration spent_{0};  ///< on trying_, before trying_since_
  BootTime trying_since_{};
  bool connected_ = false;  ///< to trying_
  Timer limit_, minute_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::edged
