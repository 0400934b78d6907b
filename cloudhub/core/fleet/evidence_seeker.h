#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"

namespace edge::cloudhub {

/// An object that a new list lacked.
struct Suspect {
  Resource resource;
  std::string ns, name;
  std::string uid;  ///< empty: whichever has the name
  auto operator<=>(const Suspect&) const = default;
};

/// Asks the API for objects that a new list lacked: only a 404 or another UID, read at that moment,
/// says that one is gone (design.md 5). Asks again, ever more seldom, until there is an answer.
///
/// Thread rule: the loop thread. The references outlive it.
class EvidenceSeeker {
 public:
  struct Interest {
    /// As whom it is read; nullopt once nobody wants to know any more.
    std::function<std::optional<Actor>()> reader;
    /// The API said so.
    std::function<void()> gone;
  };

  EvidenceSeeker(KubeApi& api, Executor& executor, Random& random)
      : api_(api), executor_(executor), random_(random) {}

  void Look(const Suspect& suspect, Interest interest);

 private:
  struct Search {
    Interest interest;
    int failures = 0;
    Timer retry;
  };

  void Ask(const Suspect& suspect);
  void OnAnswer(const Suspect& suspect, const Result<Json>& found);

  KubeApi& api_;
  Executor& executor_;
  Random& random_;
  std::map<Suspect, Search> searches_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
