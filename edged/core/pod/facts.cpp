#include "edged/core/pod/facts.h"

#include <algorithm>

namespace edge::edged {
namespace {

constexpr int kFormat = 1;

Json TerminationToJson(const Termination& end) {
  return {{"id", end.container_id},      {"attempt", end.attempt}, {"exit", end.exit_code},
          {"reason", end.reason},        {"message", end.message}, {"started", end.started_at},
          {"finished", end.finished_at}, {"image", end.image},     {"imageRef", end.image_ref}};
}

std::optional<Termination> TerminationFromJson(const Json* json) {
  if (json == nullptr || !json->is_object()) return std::nullopt;
  Termination end;
  end.container_id = FindString(*json, {"id"});
  end.attempt = static_cast<std::uint32_t>(FindInt(*json, {"attempt"}));
  end.exit_code = static_cast<std::int32_t>(FindInt(*json, {"exit"}));
  end.reason = FindString(*json, {"reason"});
  end.message = FindString(*json, {"message"});
  end.started_at = FindInt(*json, {"started"});
  end.finished_at = FindInt(*json, {"finished"});
  end.image = FindString(*json, {"image"});
  end.image_ref = FindString(*json, {"imageRef"});
  return end;
}

void PutTime(const char* key, const std::optional<BootTime>& time, Json* json) {
  if (time) (*json)[key] = time->time_since_epoch().count();
}

std::optional<BootTime> GetTime(const Json& json, const char* key) {
  const Json* value = Find(json, {key});
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  return BootTime(Duration(value->get<std::int64_t>()));
}

template <typename T>
std::optional<T> GetNumber(const Json& json, const char* key) {
  const Json* value = Find(json, {key});
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  return static_cast<T>(value->get<std::int64_t>());
}

const char* AdmissionName(Admission admission) {
  return admission == Admission::kRejected ? "rejected" : "admitted";
}

Admission AdmissionNamed(const std::string& name) {
  if (name == "admitted") return Admission::kAdmitted;
  return name == "rejected" ? Admission::kRejected : Admission::kNotJudged;
}

Json ContainerToJson(const ContainerFacts& facts) {
  Json json = {{"hash", facts.hash}, {"ran", facts.ran}, {"crashes", facts.crashes}};
  if (facts.attempt) json["attempt"] = *facts.attempt;
  if (!facts.counted.empty()) json["counted"] = facts.counted;
  if (!facts.running.empty()) json["running"] = facts.running;
  PutTime("runningSince", facts.running_since, &json);
  PutTime("retryAt", facts.retry_at, &json);
  if (facts.current) json["current"] = TerminationToJson(*facts.current);
  if (facts.last) json["last"] = TerminationToJson(*facts.last);
  return json;
}

ContainerFacts ContainerFromJson(const Json& json) {
  ContainerFacts facts;
  facts.hash = FindString(json, {"hash"});
  facts.ran = FindBool(json, {"ran"});
  facts.crashes = static_cast<int>(std::clamp<std::int64_t>(FindInt(json, {"crashes"}), 0, 1000));
  facts.attempt = GetNumber<std::uint32_t>(json, "attempt");
  facts.counted = FindString(json, {"counted"});
  facts.running = FindString(json, {"running"});
  facts.running_since = GetTime(json, "runningSince");
  facts.retry_at = GetTime(json, "retryAt");
  facts.current = TerminationFromJson(Find(json, {"current"}));
  facts.last = TerminationFromJson(Find(json, {"last"}));
  return facts;
}

// What a boot ago was a point in time is none now.
void EnterBoot(BootTime written_at, BootTime now, PodFacts* facts) {
  for (auto& [name, container] : facts->containers) {
    container.retry_at.reset();
    container.running_since.reset();
    container.running.clear();
  }
  facts->stopping_since.reset();
  if (facts->active_since) {
    facts->active_before += std::max(Duration(0), written_at - *facts->active_since);
    facts->active_since = now;
  }
}

}  // namespace

Json FactsToJson(const PodFacts& facts, const std::string& boot_id, BootTime now) {
  Json json = {{"format", kFormat}, {"boot", boot_id}, {"at", now.time_since_epoch().count()}};
  if (facts.start_time) json["startTime"] = *facts.start_time;
  if (facts.sandbox_attempt) json["sandboxAttempt"] = *facts.sandbox_attempt;
  if (facts.admission != Admission::kNotJudged) {
    json["admission"] = AdmissionName(facts.admission);
  }
  for (const auto& [name, container] : facts.containers) {
    json["containers"][name] = ContainerToJson(container);
  }
  if (!facts.terminal_phase.empty()) {
    json["terminal"] = {{"phase", facts.terminal_phase},
                        {"reason", facts.terminal_reason},
                        {"message", facts.terminal_message}};
  }
  if (facts.active_before.count() != 0) json["activeBefore"] = facts.active_before.count();
  PutTime("activeSince", facts.active_since, &json);
  PutTime("stoppingSince", facts.stopping_since, &json);
  if (facts.finished) json["finished"] = true;
  return json;
}

Result<PodFacts> FactsFromJson(const Json& json, const std::string& boot_id, BootTime now) {
  if (!json.is_object() || FindInt(json, {"format"}) != kFormat) {
    return InvalidArgument("a pod's stored facts are not of format 1",
                           "they are started afresh; restart counts begin at what runs");
  }
  PodFacts facts;
  facts.start_time = GetNumber<std::int64_t>(json, "startTime");
  facts.sandbox_attempt = GetNumber<std::uint32_t>(json, "sandboxAttempt");
  if (const Json* containers = Find(json, {"containers"});
      containers != nullptr && containers->is_object()) {
    for (const auto& [name, container] : containers->items()) {
      facts.containers[name] = ContainerFromJson(container);
    }
  }
  facts.admission = AdmissionNamed(FindString(json, {"admission"}));
  facts.terminal_phase = FindString(json, {"terminal", "phase"});
  facts.terminal_reason = FindString(json, {"terminal", "reason"});
  facts.terminal_message = FindString(json, {"terminal", "message"});
  facts.active_before = Duration(std::max<std::int64_t>(0, FindInt(json, {"activeBefore"})));
  facts.active_since = GetTime(json, "activeSince");
  facts.stopping_since = GetTime(json, "stoppingSince");
  facts.finished = FindBool(json, {"finished"});
  if (FindString(json, {"boot"}) != boot_id) {
    EnterBoot(GetTime(json, "at").value_or(BootTime{}), now, &facts);
  }
  return facts;
}

}  // namespace edge::edged
