#include "cloudhub/adapters/embedded/janitor.h"

#include "cloudhub/adapters/embedded/dependents.h"
#include "cloudhub/adapters/embedded/kind_rules.h"
#include "cloudhub/adapters/embedded/status_answer.h"
#include "common/log.h"

namespace edge::cloudhub::embedded {
namespace {

const kube::ResourceInfo* ResourceOf(const StoreKey& key) {
  for (const kube::ResourceInfo& resource : kube::Resources()) {
    if (QualifiedResource(resource) == key.resource) return &resource;
  }
  return nullptr;
}

}  // namespace

Janitor::Janitor(Registry& registry, WatchHub& hub, Executor& executor)
    : registry_(registry), hub_(hub), executor_(executor) {}

void Janitor::Start() {
  for (const kube::ResourceInfo& resource : kube::Resources()) {
    Selection all;
    all.resource = &resource;
    auto subscribed = hub_.Subscribe(
        std::move(all), registry_.store().revision(),
        [this, &resource](const SelectedEvent& event) { return OnEvent(resource, event); });
    if (subscribed.ok()) subscriptions_.push_back(std::move(*subscribed));
  }
  for (const auto& [key, stored] : registry_.store().List("namespaces", "", {}, 0)) {
    if (stored->bytes.find("\"deletionTimestamp\"") != std::string::npos) {
      namespaces_.insert(key.name);
    }
  }
  WorkSoon();
  Sweep();
}

bool Janitor::OnEvent(const kube::ResourceInfo& resource, const SelectedEvent& event) {
  const bool is_namespace = IsCore(resource, "namespaces");
  if (event.type != "DELETED" && !is_namespace) return true;
  const Json object = Decode(resource, *event.object);
  if (event.type == "DELETED") {
    // Events and Leases own nothing, and there are many.
    if (resource.plural != "events" && resource.plural != "leases") {
      gone_.insert(FindString(object, {"metadata", "uid"}));
    }
    // A namespace that waited for this object may end now; others are looked at in vain, cheaply.
    if (resource.namespaced) namespaces_.insert(FindString(object, {"metadata", "namespace"}));
  } else if (object["metadata"].contains("deletionTimestamp")) {
    namespaces_.insert(FindString(object, {"metadata", "name"}));
  }
  WorkSoon();
  return true;
}

void Janitor::WorkSoon() {
  if (!soon_.pending()) soon_ = executor_.After(Duration(0), [this] { Work(); });
}

void Janitor::Work() {
  const std::set<std::string> namespaces = std::exchange(namespaces_, {});
  const std::set<std::string> gone = std::exchange(gone_, {});
  for (const std::string& name : namespaces) TendNamespace(name);
  for (const std::string& uid : gone) Collect(uid);
}

void Janitor::TendNamespace(const std::string& name) {
  const kube::ResourceInfo& resource = *kube::FindResource("", "v1", "namespaces");
  std::optional<Json> ns = registry_.Load({&resource, "", name, ""});
  if (!ns) return;
  if (!(*ns)["metadata"].contains("deletionTimestamp")) {
    // What went may have been its ServiceAccount, without which there are no new pods.
    const Status kept = registry_.EnsureDefaultAccount(name);
    if (!kept.ok()) LogWarning("an object was not made", {{"WHY", kept.ToString()}});
    return;
  }
  std::size_t left = 0;
  for (const kube::ResourceInfo& kind : kube::Resources()) {
    if (!kind.namespaced) continue;
    for (const auto& [key, stored] : registry_.store().List(QualifiedResource(kind), name, {}, 0)) {
      DeleteAt(key);
      if (registry_.store().Get(key) != nullptr) ++left;
    }
  }
  if (left > 0) return;  // each one's deletion brings us back
  (*ns)["spec"]["finalizers"] = Json::array();
  const Answer done = registry_.Finalize({"namespaces", "", name}, resource, std::move(*ns));
  if (!done.ok()) LogError("cannot end a namespace: " + ToStatus(done).message(), {{"NS", name}});
}

void Janitor::Collect(const std::string& owner_uid) {
  for (const StoreKey& key : FindDependents(registry_.store(), owner_uid)) {
    const StoredPtr stored = registry_.store().Get(key);
    const kube::ResourceInfo* resource = ResourceOf(key);
    if (stored == nullptr || resource == nullptr) continue;
    if (!HasLivingOwner(registry_.store(), Decode(*resource, *stored))) DeleteAt(key);
  }
}

void Janitor::DeleteAt(const StoreKey& key) {
  const kube::ResourceInfo* resource = ResourceOf(key);
  if (resource == nullptr) return;
  const Answer done = registry_.Delete({resource, key.ns, key.name, ""}, {});
  if (!done.ok() && done.code != 404) {
    LogError("cannot collect an object: " + ToStatus(done).message(),
             {{"KIND", key.resource}, {"NS", key.ns}, {"NAME", key.name}});
  }
}

void Janitor::Sweep() {
  ExpireEvents();
  for (const auto& [key, stored] : registry_.store().List("namespaces", "", {}, 0)) {
    if (stored->bytes.find("\"deletionTimestamp\"") != std::string::npos) TendNamespace(key.name);
  }
  sweep_ = executor_.After(kSweepPeriod, [this] { Sweep(); });
}

void Janitor::ExpireEvents() {
  const kube::ResourceInfo& events = *kube::FindResource("", "v1", "events");
  const WallTime oldest = executor_.clock().Wall() - kEventLife;
  for (const auto& [key, stored] : registry_.store().List("events", "", {}, 0)) {
    const Json event = Decode(events, *stored);
    const std::string created = FindString(event, {"metadata", "creationTimestamp"});
    const auto last = ParseTime(FindString(event, {"lastTimestamp"}, created));
    const auto first = ParseTime(created);
    if (first.ok() && *first < oldest && (!last.ok() || *last < oldest)) DeleteAt(key);
  }
}

}  // namespace edge::cloudhub::embedded
