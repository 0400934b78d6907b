#include "edged/agent/pod_manager.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "common/log.h"
#include "edged/core/event/node_events.h"
#include "kube/references.h"

namespace edge::edged {
namespace {

/// The runtime starts beside us after a power cut: ask often at first, nobody else is waiting.
constexpr Duration kFirstLookRetry = std::chrono::milliseconds(100);
constexpr Duration kLastLookRetry = std::chrono::seconds(5);
constexpr int kPatientLooks = 50;
constexpr Duration kRelistInterval = std::chrono::seconds(60);

}  // namespace

PodManager::PodManager(PodWorkerContext& context, HeldObjectIndex& index,
                       const sync::NodeSync& sync, TokenKeeper& tokens)
    : context_(context),
      index_(index),
      sync_(sync),
      tokens_(tokens),
      admission_(context, index, [this](const std::string& uid) { Want(uid); }) {
  context_.on_gone = [this](const std::string& uid) {
    context_.executor.Post([this, uid, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) OnGone(uid);
    });
  };
  context_.on_calm = [this] { TidyAll(); };
}

void PodManager::TidyAll() {
  for (const auto& [uid, worker] : workers_) worker->Tidy();
}

void PodManager::Start(const offline_store::Contents& contents) {
  const BootTime now = context_.executor.clock().Boot();
  for (const offline_store::PodFacts& row : contents.facts) {
    stored_[row.pod_uid] = ReadStoredPod(row, context_.boot_id, now);
  }
  for (const offline_store::Tombstone& tombstone : contents.tombstones) {
    tombstones_[tombstone.entry.uid] = tombstone.entry.key;
  }
  FirstLook();
}

void PodManager::FirstLook() {
  context_.runner.LookAtAll([this, alive = std::weak_ptr(alive_)](const Result<NodeLook>& look) {
    if (!alive.expired()) OnFirstLook(look);
  });
}

void PodManager::OnFirstLook(const Result<NodeLook>& look) {
  if (!look.ok()) {
    if (std::exchange(runtime_error_, look.status().message()) != look.status().message()) {
      LogWarning("the container runtime does not answer, asking again",
                 {{"WHY", look.status().ToString()}});
    }
    // Slowly from the fiftieth time on: this machine may never get a runtime.
    const Duration wait = ++looks_failed_ < kPatientLooks ? kFirstLookRetry : kLastLookRetry;
    retry_ = context_.executor.After(wait, [this] { FirstLook(); });
    return;
  }
  look_ = *look;
  started_ = true;
  CountUnknown(look_);
  for (const auto& [uid, key] : tombstones_) {
    if (look_.pods.contains(uid) || look_.on_disk.contains(uid)) Unwant(uid, key);
  }
  fresh_look_ = true;
  WantAll();
  fresh_look_ = false;  // who comes later looks for itself
  ForgetGone();
  look_ = {};
  relist_ = context_.executor.After(kRelistInterval, [this] { Relist(); });
  WarnOfForeignPods();
}

/// Two node agents on one runtime take each other's pods for orphans, and nobody would guess that
/// from what follows (design.md 14).
void PodManager::WarnOfForeignPods() {
  context_.runner.ForeignPods(
      [this, alive = std::weak_ptr(alive_)](const Result<std::vector<std::string>>& foreign) {
        if (alive.expired()) return;
        if (!foreign.ok()) {
          LogDebug("pods of others not listed", {{"WHY", foreign.status().ToString()}});
        } else if (const auto event = ForeignPodsEvent(context_.node->node_name, *foreign)) {
          LogWarning(event->message);
          context_.on_event(*event);
        }
      });
}

/// A pod may have been gone before a crash, and its facts not yet deleted: nobody else asks for
/// them.
void PodManager::ForgetGone() {
  std::erase_if(stored_, [this](const auto& item) {
    const std::string& uid = item.first;
    if (sync_.held().contains({sync::Kind::kPod, uid}) || look_.pods.contains(uid) ||
        look_.on_disk.contains(uid)) {
      return false;
    }
    DeleteFacts(uid);
    return true;
  });
}

void PodManager::DeleteFacts(const std::string& uid) {
  context_.store.Commit({offline_store::DeleteFacts{uid}}, [](const Status& status) {
    if (!status.ok()) LogWarning("facts of a gone pod not deleted", {{"WHY", status.ToString()}});
  });
}

void PodManager::WantAll() {
  // In the order in which the hub sent them: of two UIDs under one name the older one goes first.
  // But what ran here before has its place, and what is new gets what is left.
  std::vector<std::tuple<bool, sync::Order, std::string>> pods;
  for (const auto& [id, held] : sync_.held()) {
    if (id.first == sync::Kind::kPod && !workers_.contains(id.second)) {
      pods.emplace_back(!RanBefore(id.second), held.object.order, id.second);
    }
  }
  std::sort(pods.begin(), pods.end());
  for (const auto& [is_new, order, uid] : pods) Want(uid);
}

DesiredPod PodManager::DesiredOf(std::shared_ptr<const Pod> pod) {
  DesiredPod desired;
  desired.uid = pod->uid;
  desired.ns = pod->ns;
  desired.name = pod->name;
  desired.objects = index_.ObjectsOf(*pod);
  desired.objects.tokens = tokens_.Want(*pod);
  desired.pod = std::move(pod);
  return desired;
}

bool PodManager::NameIsTaken(const DesiredPod& pod) const {
  return std::any_of(workers_.begin(), workers_.end(), [&](const auto& item) {
    const DesiredPod& other = item.second->desired();
    return other.uid != pod.uid && other.ns == pod.ns && other.name == pod.name;
  });
}

void PodManager::Want(const std::string& uid) {
  if (!started_) return;
  const Result<std::shared_ptr<const Pod>> pod = index_.FindPod(uid);
  if (!pod.ok()) {
    LogError("pod cannot be run", {{"POD_UID", uid}, {"WHY", pod.status().ToString()}});
    const auto held = sync_.held().find({sync::Kind::kPod, uid});
    if (held == sync_.held().end()) return;
    const sync::ObjectKey& key = held->second.object.entry.key;
    context_.on_event({{"v1", "Pod", key.ns, key.name, uid, ""},
                       true,
                       "FailedSync",
                       "this terminal cannot run the pod: " + pod.status().message() +
                           ". Correct the manifest and create the pod anew"});
    return;
  }
  DesiredPod desired = DesiredOf(*pod);
  const auto worker = workers_.find(uid);
  if (worker != workers_.end()) return worker->second->SetDesired(std::move(desired));
  if (NameIsTaken(desired)) return;  // OnGone of the old one comes back to it
  if (!Admit(desired)) return;       // PodAdmission comes back to it
  AddWorker(std::move(desired));
}

/// Whatever the node is like now, what ran here before runs on. Facts of releases that admitted
/// everything have a start time and no word of admission.
bool PodManager::RanBefore(const std::string& uid) const {
  const auto stored = stored_.find(uid);
  if (stored != stored_.end() && stored->second.facts.start_time) return true;
  return look_.on_disk.contains(uid) || listed_.contains(uid);
}

/// Pods that go are not counted: what they hold is free in a moment, and a rejection is for ever.
bool PodManager::Admit(const DesiredPod& pod) {
  const bool ran = RanBefore(pod.uid);
  PodFacts& facts = stored_[pod.uid].facts;
  if (facts.admission != Admission::kNotJudged) return true;
  if (ran || pod.pod->deletion_grace) {
    facts.admission = Admission::kAdmitted;
    return true;
  }
  std::vector<const Pod*> admitted;
  for (const auto& [uid, worker] : workers_) {
    const DesiredPod& other = worker->desired();
    const bool stays = other.present && other.pod != nullptr && !other.pod->deletion_grace;
    if (stays && worker->facts().terminal_phase.empty()) admitted.push_back(other.pod.get());
  }
  return admission_.Judge(pod, admitted, &facts);
}

void PodManager::AddWorker(DesiredPod desired) {
  const std::string uid = desired.uid;
  const bool desired_present = desired.present;
  StoredPod stored;
  if (auto node = stored_.extract(uid)) stored = std::move(node.mapped());
  auto worker = std::make_unique<PodWorker>(context_, std::move(desired), std::move(stored));
  const auto look = look_.pods.find(uid);
  const bool listed = look != look_.pods.end();
  if (fresh_look_ && (!listed || look->second.inspected)) {
    worker->SetLook(listed ? look->second : PodLook{}, look_.on_disk.contains(uid));
  } else if (!fresh_look_ && desired_present && !listed_.contains(uid)) {
    worker->SetLook({}, true);  // new here: nobody else makes pods of ours
  } else {
    worker->LookFirst();
  }
  workers_[uid] = std::move(worker);
  unknown_.erase(uid);
}

void PodManager::Unwant(const std::string& uid, const sync::ObjectKey& key) {
  tombstones_[uid] = key;
  index_.Forget(uid);
  tokens_.Forget(uid);
  admission_.Forget(uid);
  if (!started_) return;
  const auto worker = workers_.find(uid);
  DesiredPod desired;
  if (worker != workers_.end()) desired = worker->second->desired();
  desired.uid = uid;
  desired.ns = key.ns;
  desired.name = key.name;
  desired.present = false;
  if (worker != workers_.end()) return worker->second->SetDesired(std::move(desired));
  AddWorker(std::move(desired));
}

void PodManager::OnGone(const std::string& uid) {
  if (workers_.erase(uid) == 0) return;
  tombstones_.erase(uid);
  DeleteFacts(uid);
  WantAll();  // one that waited for the name
}

void PodManager::OnHeldChange(const sync::HeldChange& change) {
  const sync::Entry& entry = change.entry;
  const bool removed = change.what == sync::HeldChange::What::kRemoved;
  if (entry.key.kind == sync::Kind::kPod) {
    return removed ? Unwant(entry.uid, entry.key) : Want(entry.uid);
  }
  if (removed) index_.Forget(entry.uid);
  RefreshPodsUsing(entry.key);
}

void PodManager::RefreshPodsUsing(const sync::ObjectKey& key) {
  for (const auto& [uid, worker] : workers_) {
    const DesiredPod& desired = worker->desired();
    if (!desired.present || desired.pod == nullptr || desired.ns != key.ns) continue;
    if (!kube::ConfigKeys(desired.pod->json).contains(key)) continue;
    worker->SetDesired(DesiredOf(desired.pod));
  }
}

void PodManager::OnTokens(const std::string& uid) {
  const auto worker = workers_.find(uid);
  if (worker == workers_.end()) return;
  const DesiredPod& desired = worker->second->desired();
  if (desired.present && desired.pod != nullptr) worker->second->SetDesired(DesiredOf(desired.pod));
}

bool PodManager::IsLive(const std::string& uid) const {
  const auto worker = workers_.find(uid);
  return worker == workers_.end() || worker->second->facts().terminal_phase.empty();
}

void PodManager::OnRuntimeEvent(const RuntimeEvent& event) {
  for (const auto& [uid, worker] : workers_) {
    const ObservedPod& observed = worker->observed();
    const auto is = [&](const auto& thing) { return thing.id == event.container_id; };
    if (std::any_of(observed.containers.begin(), observed.containers.end(), is) ||
        std::any_of(observed.sandboxes.begin(), observed.sandboxes.end(), is)) {
      return worker->OnRuntimeEvent(event);
    }
  }
}

void PodManager::Relist() {
  if (!started_ || std::exchange(relisting_, true)) return;
  context_.runner.List([this, alive = std::weak_ptr(alive_)](const Result<NodeLook>& listed) {
    if (alive.expired()) return;
    relisting_ = false;
    relist_ = context_.executor.After(kRelistInterval, [this] { Relist(); });
    if (listed.ok()) OnRelist(*listed);
  });
}

void PodManager::OnRelist(const NodeLook& listed) {
  const PodLook nothing;
  for (const auto& [uid, worker] : workers_) {
    const auto it = listed.pods.find(uid);
    if (worker->Differs(it == listed.pods.end() ? nothing : it->second)) worker->LookAgain();
  }
  CountUnknown(listed);
}

void PodManager::CountUnknown(const NodeLook& look) {
  std::set<std::string> unknown;
  listed_.clear();
  for (const auto& [uid, pod] : look.pods) {
    listed_.insert(uid);
    const bool running = std::any_of(pod.sandboxes.begin(), pod.sandboxes.end(),
                                     [](const auto& s) { return s.state == SandboxState::kReady; });
    const bool known = workers_.contains(uid) || tombstones_.contains(uid) ||
                       sync_.held().contains({sync::Kind::kPod, uid});
    if (!running || known) continue;
    unknown.insert(uid);
    if (!unknown_.contains(uid)) {
      LogWarning(
          "a pod of ours runs that the store does not know: it is left alone until the hub "
          "removes it",
          {{"POD", pod.sandboxes.front().pod_namespace + "/" + pod.sandboxes.front().pod_name},
           {"POD_UID", uid}});
    }
  }
  unknown_ = std::move(unknown);
}

void PodManager::ResendStatus(const std::string& uid) {
  const auto worker = workers_.find(uid);
  if (worker != workers_.end()) worker->second->ResendStatus();
}

}  // namespace edge::edged
