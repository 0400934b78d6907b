#include "edged/agent/pod_worker.h"

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "edged/core/event/pod_events.h"
#include "edged/core/pod/pod_status.h"
#include "sync/prune.h"

namespace edge::edged {
namespace {

constexpr Duration kStoreRetry = std::chrono::seconds(5);
constexpr std::string_view kExitTopic = "/tasks/exit";
/// The runtime's CRI side learns of an exit from the same event as we do, and answers for some
/// milliseconds as before: ask again until it knows, in all for about five seconds.
constexpr Duration kFirstInspection = std::chrono::milliseconds(10);
constexpr int kMaxInspections = 9;
/// The same for a sandbox: a second look after the first.
constexpr Duration kSandboxLook = std::chrono::milliseconds(500);
/// Housekeeping waits for the starts of other pods, but not for ever.
constexpr Duration kTidyAtLatest = std::chrono::seconds(30);
/// How long what changes while something is being made is kept back, because more follows at once:
/// a pod's start is one write to the disk and one message then, not four.
constexpr Duration kSettling = std::chrono::milliseconds(250);

}  // namespace

StoredPod ReadStoredPod(const offline_store::PodFacts& row, const std::string& boot_id,
                        BootTime now) {
  StoredPod stored;
  const Result<Json> json = ParseJson(row.bytes);
  if (!json.ok()) return stored;
  if (const Json* facts = Find(*json, {"facts"})) {
    Result<PodFacts> read = FactsFromJson(*facts, boot_id, now);
    if (read.ok()) stored.facts = *std::move(read);
  }
  if (const Json* status = Find(*json, {"status"})) stored.status = *status;
  return stored;
}

PodWorker::PodWorker(PodWorkerContext& context, DesiredPod desired, StoredPod stored)
    : context_(context),
      desired_(std::move(desired)),
      facts_(std::move(stored.facts)),
      status_(std::move(stored.status)) {}

PodWorker::~PodWorker() { context_.making.erase(desired_.uid); }

void PodWorker::SetDesired(DesiredPod desired) {
  desired_ = std::move(desired);
  StepSoon();
}

void PodWorker::SetLook(PodLook look, bool volumes_on_disk) {
  observed_.volumes_on_disk = volumes_on_disk;
  ApplyLook(observed_, std::move(look.sandboxes), std::move(look.containers));
  StepSoon();
}

void PodWorker::LookFirst() {
  observed_.volumes_on_disk = true;  // there may be a folder: taking down none is harmless
  LookAgain();
}

void PodWorker::LookAgain() {
  observed_.needs_look = true;
  StepSoon();
}

void PodWorker::OnRuntimeEvent(const RuntimeEvent& event) {
  const std::string& id = event.container_id;
  const bool container = std::any_of(observed_.containers.begin(), observed_.containers.end(),
                                     [&](const ContainerInfo& c) { return c.id == id; });
  if (container) return Inspect(id, event.topic == kExitTopic, 0);
  LookAgain();
  second_look_ = context_.executor.After(kSandboxLook, [this] { LookAgain(); });
}

void PodWorker::Inspect(const std::string& id, bool exited, int attempt) {
  context_.runner.Inspect(id, [this, id, exited, attempt,
                               alive = std::weak_ptr(alive_)](const Result<ContainerInfo>& info) {
    if (alive.expired()) return;
    if (!info.ok()) {
      inspections_.erase(id);
      return LookAgain();
    }
    if (exited && info->state == ContainerState::kRunning && attempt < kMaxInspections) {
      inspections_[id] =
          context_.executor.After(kFirstInspection * (1 << attempt),
                                  [this, id, attempt] { Inspect(id, true, attempt + 1); });
      return;
    }
    inspections_.erase(id);
    ApplyContainer(observed_, *info);
    StepSoon();
  });
}

void PodWorker::ResendStatus() {
  if (!status_.is_object()) return;
  status_unsaved_ = true;
  StepSoon();
}

bool PodWorker::Differs(const PodLook& listed) const {
  if (!observed_.looked) return true;
  const auto same_sandbox = [&](const SandboxInfo& a) {
    return std::any_of(listed.sandboxes.begin(), listed.sandboxes.end(),
                       [&](const SandboxInfo& b) { return a.id == b.id && a.state == b.state; });
  };
  const auto same_container = [&](const ContainerInfo& a) {
    return std::any_of(listed.containers.begin(), listed.containers.end(),
                       [&](const ContainerInfo& b) { return a.id == b.id && a.state == b.state; });
  };
  return listed.sandboxes.size() != observed_.sandboxes.size() ||
         listed.containers.size() != observed_.containers.size() ||
         !std::all_of(observed_.sandboxes.begin(), observed_.sandboxes.end(), same_sandbox) ||
         !std::all_of(observed_.containers.begin(), observed_.containers.end(), same_container);
}

void PodWorker::StepSoon() {
  if (std::exchange(step_posted_, true)) return;
  context_.executor.Post([this, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    step_posted_ = false;
    Step();
  });
}

Now PodWorker::ReadNow() const {
  return {context_.executor.clock().Boot(), context_.executor.clock().Wall()};
}

void PodWorker::Step() {
  const Now now = ReadNow();
  Plan plan = Reconcile(desired_, observed_, facts_, *context_.node, now);
  if (plan.gone) return context_.on_gone(desired_.uid);
  if (desired_.pod != nullptr && !std::exchange(unsupported_told_, true)) {
    for (const EventDraft& event : UnsupportedEvent(desired_)) context_.on_event(event);
    // Almost every pod leaves its dnsPolicy at that: it is said once in a pod's life.
    if (desired_.present && !facts_.start_time && facts_.terminal_phase.empty()) {
      for (const EventDraft& event : DnsEvent(desired_, *context_.node)) context_.on_event(event);
    }
  }
  const bool settling = IsSettling(plan);
  if (desired_.pod != nullptr) {
    for (const EventDraft& event : EventsOfPlan(desired_, plan_, plan)) context_.on_event(event);
    // A removed pod has no status to speak of, and one that was not looked at is not known yet.
    if (desired_.present && observed_.looked && !settling) UpdateStatus(plan, now);
  }
  plan_ = std::move(plan);
  wake_.Cancel();
  if (plan_.wake_at) {
    wake_ = context_.executor.After(std::max(*plan_.wake_at - now.boot, Duration::zero()),
                                    [this] { StepSoon(); });
  }
  if (!(plan_.facts == facts_)) facts_unsaved_ = true;
  facts_ = plan_.facts;
  std::vector<Action> actions = plan_.actions;
  if (MayTidy()) {
    actions.insert(actions.end(), plan_.housekeeping.begin(), plan_.housekeeping.end());
  }
  Perform(actions, settling ? offline_store::Batch{} : ChangesToStore(now));
  TellMaking(plan_.making);
}

void PodWorker::TellMaking(bool making) {
  const bool calm = context_.making.empty();
  if (making) {
    context_.making.insert(desired_.uid);
  } else {
    context_.making.erase(desired_.uid);
  }
  if (!calm && context_.making.empty()) context_.on_calm();
}

void PodWorker::Tidy() {
  if (!plan_.housekeeping.empty()) StepSoon();
}

// After a power cut every pod has dead sandboxes, and removing those of the first pods that run
// would slow the start of the others.
bool PodWorker::MayTidy() {
  if (plan_.housekeeping.empty()) return false;
  if (context_.making.empty() || std::exchange(tidy_overdue_, false)) {
    tidy_.Cancel();
    return true;
  }
  if (!tidy_.pending()) {
    tidy_ = context_.executor.After(kTidyAtLatest, [this] {
      tidy_overdue_ = true;
      StepSoon();
    });
  }
  return false;
}

bool PodWorker::IsSettling(const Plan& plan) {
  if (std::exchange(settled_, false) || !plan.making) {
    settling_.Cancel();
    return false;
  }
  if (!settling_.pending()) {
    settling_ = context_.executor.After(kSettling, [this] {
      settled_ = true;
      StepSoon();
    });
  }
  return true;
}

void PodWorker::UpdateStatus(const Plan& plan, Now now) {
  Json status = ComputePodStatus(desired_, observed_, plan, *context_.node, status_, now);
  if (status == status_ && plan.facts.finished == facts_.finished) return;
  status_ = std::move(status);
  status_unsaved_ = true;
}

offline_store::Batch PodWorker::ChangesToStore(Now now) {
  offline_store::Batch batch;
  if (!facts_unsaved_ && !status_unsaved_) return batch;
  const Json row = {{"facts", FactsToJson(facts_, context_.boot_id, now.boot)},
                    {"status", status_}};
  batch.push_back(offline_store::PutFacts{{desired_.uid, DumpJson(row)}});
  if (!status_unsaved_) return batch;
  const Json report = {
      {"metadata", {{"name", desired_.name}, {"namespace", desired_.ns}, {"uid", desired_.uid}}},
      {"status", status_},
      {"finished", facts_.finished && desired_.pod && desired_.pod->deletion_grace.has_value()}};
  batch.push_back(offline_store::PutStatus{StatusEntry(), DumpJson(report)});
  return batch;
}

void PodWorker::Perform(const std::vector<Action>& actions, offline_store::Batch batch) {
  const BootTime now = context_.executor.clock().Boot();
  for (const Action& action : actions) Begin(observed_, action, now);
  for (const Action& action : actions) Run(action);
  if (batch.empty()) return;
  std::optional<sync::Entry> reported;
  if (status_unsaved_) reported = StatusEntry();
  facts_unsaved_ = status_unsaved_ = false;
  context_.store.Commit(std::move(batch),
                        [this, reported, alive = std::weak_ptr(alive_)](const Status& status) {
                          if (!alive.expired()) OnCommitted(status, reported);
                        });
}

void PodWorker::OnCommitted(const Status& status, const std::optional<sync::Entry>& reported) {
  if (status.ok()) {
    if (reported) context_.on_status(*reported);
    return;
  }
  facts_unsaved_ = true;
  status_unsaved_ = status_unsaved_ || reported.has_value();
  store_retry_ = context_.executor.After(kStoreRetry, [this] { StepSoon(); });
}

sync::Entry PodWorker::StatusEntry() const {
  return {{sync::Kind::kPod, desired_.ns, desired_.name},
          desired_.uid,
          sync::StatusVersion(sync::Kind::kPod, status_)};
}

SandboxInfo PodWorker::ReadySandbox() const {
  for (const SandboxInfo& sandbox : observed_.sandboxes) {
    if (sandbox.state == SandboxState::kReady) return sandbox;
  }
  return {};
}

ImageFact PodWorker::ImageOf(const std::string& container) const {
  const Container* spec =
      desired_.pod == nullptr ? nullptr : desired_.pod->FindContainer(container);
  if (spec == nullptr) return {};
  const Result<std::string> image = NormalizeImage(spec->image);
  if (!image.ok()) return {};
  const auto it = observed_.images.find(*image);
  return it == observed_.images.end() ? ImageFact{} : it->second;
}

void PodWorker::Run(const Action& action) {
  if (action.kind == ActionKind::kLook) return RunLook(action);
  for (const EventDraft& event : EventsAtBegin(desired_, action)) context_.on_event(event);
  context_.runner.Run(
      action, desired_, ReadySandbox(), ImageOf(action.container), context_.node,
      [this, action, alive = std::weak_ptr(alive_)](const Outcome& outcome, Duration took) {
        if (!alive.expired()) OnOutcome(action, outcome, took);
      });
}

void PodWorker::RunLook(const Action& action) {
  context_.runner.Look(desired_.uid,
                       [this, action, alive = std::weak_ptr(alive_)](const Result<PodLook>& look) {
                         if (alive.expired()) return;
                         Outcome outcome;
                         outcome.status = look.status();
                         Finish(observed_, action, outcome, context_.executor.clock().Boot());
                         if (look.ok()) ApplyLook(observed_, look->sandboxes, look->containers);
                         StepSoon();
                       });
}

void PodWorker::OnOutcome(const Action& action, const Outcome& outcome, Duration took) {
  using std::chrono::microseconds;
  LogDebug("action done",
           {{"ACTION", std::string(ActionName(action.kind))},
            {"POD", desired_.ns + "/" + desired_.name},
            {"CONTAINER", action.container},
            {"US", std::to_string(std::chrono::duration_cast<microseconds>(took).count())}});
  if (!outcome.status.ok()) {
    LogWarning(std::string(ActionName(action.kind)) + " failed",
               {{"POD", desired_.ns + "/" + desired_.name},
                {"POD_UID", desired_.uid},
                {"CONTAINER", action.container},
                {"WHY", outcome.status.ToString()}});
  }
  for (const EventDraft& event : EventsAtFinish(desired_, action, outcome, took)) {
    context_.on_event(event);
  }
  Finish(observed_, action, outcome, context_.executor.clock().Boot());
  StepSoon();
}

}  // namespace edge::edged
