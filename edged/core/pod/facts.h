#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/clock.h"
#include "common/json.h"
#include "common/status.h"

namespace edge::edged {

/// How an instance of a container ended, as status reports it.
struct Termination {
  std::string container_id;
  std::uint32_t attempt = 0;
  std::int32_t exit_code = 0;
  std::string reason, message;
  std::int64_t started_at = 0, finished_at = 0;  ///< nanoseconds since the epoch; 0: unknown
  std::string image, image_ref;
  bool operator==(const Termination&) const = default;
};

/// What is remembered of one container beyond what the runtime tells.
struct ContainerFacts {
  std::string hash;  ///< ContainerHash of the instance that these facts are about
  std::optional<std::uint32_t> attempt;  ///< the highest ever made
  bool ran = false;                      ///< an instance with this hash has run on this node
  int crashes = 0;                       ///< exits in a row, forgotten after 10 minutes of running
  std::string counted;                   ///< id of the last instance whose exit is in `crashes`
  std::string running;                   ///< id of the instance seen running since `running_since`
  std::optional<BootTime> running_since;
  std::optional<BootTime> retry_at;    ///< the end of the back-off
  std::optional<Termination> current;  ///< how the newest instance ended, if it did
  std::optional<Termination> last;     ///< how the one before it ended
  bool operator==(const ContainerFacts&) const = default;
};

/// Whether a pod may run here is decided once, before anything of it is made (admission.h).
enum class Admission { kNotJudged, kAdmitted, kRejected };

/// What must outlive the agent's process and a power cut, per pod UID. Written when it changed,
/// read once at start. Points on BootTime are kept with the boot's id: CLOCK_BOOTTIME goes on
/// through an agent's crash, and means nothing in the next boot.
struct PodFacts {
  std::optional<std::int64_t> start_time;  ///< wall, nanoseconds since the epoch; status.startTime
  std::optional<std::uint32_t> sandbox_attempt;  ///< the highest ever made
  std::map<std::string, ContainerFacts> containers;
  Admission admission = Admission::kNotJudged;
  /// "Succeeded" or "Failed" once the pod is terminal: it is never left again.
  std::string terminal_phase, terminal_reason, terminal_message;
  /// For activeDeadlineSeconds: seconds of earlier boots, and since when in this one.
  Duration active_before{0};
  std::optional<BootTime> active_since;
  /// When the graceful stop began in this boot, so that a crash does not start the grace anew.
  std::optional<BootTime> stopping_since;
  bool finished = false;  ///< everything is stopped and torn down; the terminal status is final
  bool operator==(const PodFacts&) const = default;
};

/// `now` and `boot_id` are stored with the facts. Deterministic.
Json FactsToJson(const PodFacts& facts, const std::string& boot_id, BootTime now);

/// Facts as they hold at `now` in the boot `boot_id`. In another boot than the one that wrote them,
/// back-offs are over (after a power cut everything desired starts at once), crash counts stay,
/// and the active time counts on from where it was last written.
/// Error: kInvalidArgument for what FactsToJson did not write; starting from empty facts is safe.
Result<PodFacts> FactsFromJson(const Json& json, const std::string& boot_id, BootTime now);

}  // namespace edge::edged
