#include "edged/core/pod/backoff.h"
#include "edged/core/pod/planner.h"

namespace edge::edged {
namespace {

/// With imagePullPolicy Never somebody brings the image by hand: look for it now and then.
constexpr std::chrono::seconds kLookAgain{30};

}  // namespace

std::uint32_t Planner::NextAttempt(const std::string& name) const {
  const auto highest = FactsOf(name).attempt;
  return highest ? *highest + 1 : 0;
}

// True when the container's image can be started from. Else what is missing is under way, or the
// reason is in the plan.
bool Planner::EnsureImage(const Container& container) {
  const Result<std::string> image = NormalizeImage(container.image);
  if (!image.ok()) {
    plan_.waiting[container.name] = {"InvalidImageName", "Failed to apply default image tag \"" +
                                                             container.image +
                                                             "\": " + image.status().message()};
    return false;
  }
  const auto found = observed_.images.find(*image);
  const ImageFact fact = found == observed_.images.end() ? ImageFact() : found->second;
  const bool never = container.pull == PullPolicy::kNever;
  const bool look_again =
      never && fact.known && !fact.present && fact.checked_at + kLookAgain <= now_.boot;
  if ((!fact.known || look_again) && observed_.in_flight.count("image/" + *image) == 0) {
    // Between tries of a pull its error stays on show.
    if (const Failure* failure = FailureOf("image/" + *image);
        failure != nullptr && failure->retry_at > now_.boot && !never) {
      return PullFor(container, *image, false);
    }
    Action check{.kind = ActionKind::kCheckImage, .container = container.name, .image = *image};
    if (MayRun(check.Key())) Emit(std::move(check));
    return false;
  }
  if (!never) return PullFor(container, *image, fact.present);
  if (fact.present) return true;
  WakeAt(fact.checked_at + kLookAgain);
  plan_.waiting[container.name] = {
      "ErrImageNeverPull",
      "Container image \"" + container.image + "\" is not present with pull policy of Never"};
  return false;
}

// IfNotPresent pulls what is not there. Always pulls for every instance, except that a terminal
// must come up without its registry: what ran here before and did not crash is started from the
// copy that is here, and so is what cannot be pulled just now.
bool Planner::PullFor(const Container& container, const std::string& image, bool present) {
  const std::string key = "image/" + image;
  const Failure* failure = FailureOf(key);
  const std::uint32_t attempt = NextAttempt(container.name);
  if (present && container.pull == PullPolicy::kIfNotPresent) return true;
  if (present && container.pull == PullPolicy::kAlways) {
    const auto pulled = observed_.pulled.find(container.name);
    if (pulled != observed_.pulled.end() && pulled->second == attempt) return true;
    const ContainerFacts facts = FactsOf(container.name);
    const bool ran = facts.ran && facts.hash == ContainerHash(container);
    if (ran && (facts.crashes == 0 || failure != nullptr)) return true;
  }
  if (failure != nullptr) {
    const bool fresh = now_.boot < failure->at + kErrorShown;
    if (fresh) WakeAt(failure->at + kErrorShown);
    const std::string error = failure->status.message();
    plan_.waiting[container.name] =
        fresh ? Waiting{"ErrImagePull", error}
              : Waiting{"ImagePullBackOff", "Back-off pulling image \"" + container.image +
                                                "\": ErrImagePull: " + error};
  }
  if (MayRun(key)) {
    Emit({.kind = ActionKind::kPullImage,
          .container = container.name,
          .attempt = attempt,
          .image = image});
  }
  return false;
}

}  // namespace edge::edged
