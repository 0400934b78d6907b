#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/executor.h"
#include "common/random.h"
#include "edged/core/event/event.h"
#include "edged/core/pod/inputs.h"
#include "edged/core/pod/pod_spec.h"
#include "edged/core/volume/token_life.h"
#include "offline-store/store.h"
#include "sync/messages.h"

namespace edge::edged {

/// The tokens of ServiceAccounts that volumes of pods ask for. What is missing, and what is at 80 %
/// of its life (or a day old), is asked for while there is a connection, with back-off until it
/// comes, and is stored: a terminal that starts offline has the tokens that it had. One that has
/// expired stays in use until there is another, and an Event says so.
///
/// A pod's first token is handed out once it is on the disk, or cannot be put there; a later one at
/// once. No token is ever logged.
///
/// Thread rule: the loop thread.
class TokenKeeper {
 public:
  struct Callbacks {
    std::function<void(sync::TokenRequest)> send;
    /// A pod's tokens are others now, or why there are none.
    std::function<void(const std::string& pod_uid)> on_change;
    std::function<void(const EventDraft&)> on_event;
    /// Whether the pod may still use a token: it has not come to its end.
    std::function<bool(const std::string& pod_uid)> is_live;
  };

  TokenKeeper(offline_store::Store& store, Executor& executor, Random& random, std::string boot_id,
              Callbacks callbacks);
  ~TokenKeeper();
  TokenKeeper(const TokenKeeper&) = delete;
  TokenKeeper& operator=(const TokenKeeper&) = delete;

  /// What was stored of the pods that `is_held`; the rest is deleted.
  void Start(const std::vector<offline_store::HeldToken>& tokens,
             const std::function<bool(const std::string& pod_uid)>& is_held);

  /// What there is of the pod's tokens. From now on they are kept, until Forget.
  std::map<kube::TokenSource, TokenState> Want(const Pod& pod);
  void Forget(const std::string& pod_uid);

  void OnReply(const sync::TokenReply& reply);
  void OnConnected();
  void OnDisconnected();

 private:
  struct Entry {
    sync::TokenRequest request;  ///< without names until a pod wants it
    TokenLife life;              ///< with the token that is held, or empty
    std::string refused;         ///< the last answer, if it was that
    BootTime ask_at{};
    BootTime wanted_since{};
    int asked = 0;          ///< times since the last token
    bool storing = false;   ///< the first one, which is on its way to the disk
    bool overdue = false;   ///< it was told that none comes
    bool told_old = false;  ///< that it has expired
  };

  bool IsMissing(const Entry& entry) const { return entry.life.token.empty() || entry.storing; }
  const Entry& Wanted(const Pod& pod, const kube::TokenSource& what);
  std::string WhyNoAnswer(const Entry& entry) const;
  std::string WhyMissing(const Entry& entry) const;
  void Look();
  void AskIfDue(Entry& entry, BootTime now);
  static BootTime TellOldAt(const Entry& entry);
  void TellOld(Entry& entry);
  void Arm();
  void Release(const sync::TokenKey& key, const Status& stored);
  void StoreSoon(const sync::TokenKey& key, Duration wait);
  void StoreAll();
  offline_store::Batch TakeUnstored();
  offline_store::Change RowOf(const Entry& entry) const;

  offline_store::Store& store_;
  Executor& executor_;
  Random& random_;
  const std::string boot_id_;
  const Callbacks callbacks_;
  std::map<sync::TokenKey, Entry> entries_;
  std::set<sync::TokenKey> unstored_;
  bool connected_ = false;
  Timer look_, store_due_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::edged
