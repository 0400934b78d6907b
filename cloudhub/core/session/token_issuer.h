#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"
#include "sync/hub_types.h"
#include "sync/messages.h"

namespace edge::cloudhub {

/// Gets tokens for the ServiceAccounts of one node's pods from the API, as that node and bound to
/// the pod. The node may ask for what a volume of a pod that is bound to it asks for, and no more
/// (design.md 16); the API server judges once more. A passing failure is tried again some times and
/// then let go without an answer: the node asks again. So is what is over the bound.
///
/// What a token says is never logged.
///
/// Thread rule: the loop thread.
class TokenIssuer {
 public:
  using Reply = std::function<void(sync::TokenReply)>;

  /// `view`: the node's pods as the cache has them.
  TokenIssuer(std::string node, KubeApi& api, Executor& executor, Random& random,
              const sync::DesiredView& view, Reply reply);

  void Ask(const sync::TokenRequest& request);

 private:
  struct Asked {
    sync::TokenRequest request;
    int failures = 0;
    Timer retry;
  };

  void Next();
  void Start(const sync::TokenKey& key);
  Status Judge(const sync::TokenRequest& request) const;
  void OnAnswer(const sync::TokenKey& key, const Result<Json>& answer);
  void OnFailure(const sync::TokenKey& key, const Status& why);
  void Refuse(const sync::TokenKey& key, const Status& why);
  void Settle(const sync::TokenKey& key, sync::TokenReply reply);

  const std::string node_;
  KubeApi& api_;
  Executor& executor_;
  Random& random_;
  const sync::DesiredView& view_;
  const Reply reply_;
  std::map<sync::TokenKey, Asked> asked_;
  std::list<sync::TokenKey> ready_;  ///< of asked_
  int active_ = 0;                   ///< calls under way
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
