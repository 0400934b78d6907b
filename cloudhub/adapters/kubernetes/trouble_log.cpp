#include "cloudhub/adapters/kubernetes/trouble_log.h"

#include "common/log.h"

namespace edge::cloudhub::kubernetes {
namespace {

constexpr Duration kSayAgain = std::chrono::minutes(5);

}  // namespace

void TroubleLog::Begins(const std::string& key, const std::string& what, const Status& why) {
  const BootTime now = clock_.Boot();
  const auto [it, is_new] = known_.try_emplace(key, Trouble{now, what});
  Trouble& trouble = it->second;
  if (!is_new) {
    if (trouble.lasts || now - trouble.logged_at < kSayAgain) return;
    trouble = {now, what};
  }
  LogWarning(what + ", trying again", {{"WHY", why.ToString()}});
}

void TroubleLog::IsOver(const std::string& key) {
  const auto it = known_.find(key);
  if (it == known_.end() || !it->second.lasts) return;
  it->second.lasts = false;
  LogInfo("over: " + it->second.what);
}

}  // namespace edge::cloudhub::kubernetes
