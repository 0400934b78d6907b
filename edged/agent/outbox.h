#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "common/executor.h"
#include "common/random.h"
#include "offline-store/store.h"
#include "sync/messages.h"

namespace edge::edged {

/// Sends what waits in the store's status outbox and event queue, each in an order and at a pace of
/// its own so that neither waits for the other, and takes out what the hub says is settled. What
/// gets no answer is sent again with jittered back-off for as long as there is a connection; what
/// is in the store when the connection comes back is sent then.
///
/// Thread rule: the loop thread.
class Outbox {
 public:
  using Send = std::function<void(sync::UpMessage)>;

  Outbox(offline_store::Store& store, Executor& executor, Random& random, Send send);

  /// From now on there is a connection: everything unsettled goes out.
  void OnConnected();
  void OnDisconnected();
  /// A status was committed / an event was committed.
  void KickStatuses() { Kick(statuses_); }
  void KickEvents() { Kick(events_); }
  void OnAck(const sync::StatusAck& ack);
  void OnAck(const sync::EventAck& ack);

 private:
  /// One class of rows on its way.
  struct Stream {
    std::uint64_t sent = 0;  ///< the highest sequence sent since the last (re)start
    int silences = 0;        ///< resends in a row without an ack
    Timer resend;
    /// Sends rows above `sent`; the highest sequence sent, 0 when there was none.
    std::function<std::uint64_t(std::uint64_t after)> pass_on;
    /// Whether anything is unsettled.
    std::function<bool()> waiting;
  };

  void Kick(Stream& stream);
  void Restart(Stream& stream);
  void ArmResend(Stream& stream);
  std::uint64_t PassOnStatuses(std::uint64_t after);
  std::uint64_t PassOnEvents(std::uint64_t after);

  offline_store::Store& store_;
  Executor& executor_;
  Random& random_;
  const Send send_;
  bool connected_ = false;
  Stream statuses_, events_;
};

}  // namespace edge::edged
