#include "cloudhub/core/fleet/evidence_seeker.h"

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "common/retry.h"

namespace edge::cloudhub {
namespace {

constexpr Duration kFirstLookAgain = std::chrono::seconds(2);
constexpr Duration kLastLookAgain = std::chrono::minutes(1);

}  // namespace

void EvidenceSeeker::Look(const Suspect& suspect, Interest interest) {
  searches_[suspect] = {std::move(interest), 0, {}};
  Ask(suspect);
}

void EvidenceSeeker::Ask(const Suspect& suspect) {
  const auto search = searches_.find(suspect);
  if (search == searches_.end()) return;
  const std::optional<Actor> reader = search->second.interest.reader();
  if (!reader) {
    searches_.erase(search);
    return;
  }
  api_.Get(*reader, suspect.resource, suspect.ns, suspect.name,
           [this, suspect, alive = std::weak_ptr(alive_)](const Result<Json>& found) {
             if (!alive.expired()) OnAnswer(suspect, found);
           });
}

void EvidenceSeeker::OnAnswer(const Suspect& suspect, const Result<Json>& found) {
  const auto it = searches_.find(suspect);
  if (it == searches_.end()) return;
  if (found.ok() || found.status().code() == Code::kNotFound) {
    const Search search = std::move(it->second);
    searches_.erase(it);
    const bool other = found.ok() && !suspect.uid.empty() &&
                       FindString(*found, {"metadata", "uid"}) != suspect.uid;
    if (!found.ok() || other) search.interest.gone();
    return;
  }
  Search& search = it->second;
  if (search.failures == 0) {
    LogWarning("whether an object is gone is not known yet",
               {{"OBJECT", suspect.resource.plural + "/" + suspect.ns + "/" + suspect.name},
                {"WHY", found.status().ToString()}});
  }
  search.retry =
      executor_.After(PauseBeforeRetry(random_, search.failures++, kFirstLookAgain, kLastLookAgain),
                      [this, suspect] { Ask(suspect); });
}

}  // namespace edge::cloudhub
