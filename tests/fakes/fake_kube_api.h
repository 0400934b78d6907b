#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "kube/selector.h"

namespace edge::fakes {

/// A Kubernetes API in memory: uid, resourceVersion and generation, conflicts, the end of what is
/// being deleted once its last finalizer is taken away, merge patches
/// (strategic ones are applied as merge patches: lists are replaced), label and field selectors,
/// watches. It does not validate, default or authorize. Answers are posted, as the port demands.
///
/// Thread rule: the executor's thread.
class FakeKubeApi final : public cloudhub::KubeApi {
 public:
  explicit FakeKubeApi(Executor& executor) : executor_(executor) {}

  struct Call {
    std::string verb;  ///< "get", "create", "update", "patch", "delete"
    std::string what;  ///< "secrets/edge-system/join-1"
    std::string actor;
    bool urgent = false;
  };
  const std::vector<Call>& calls() const { return calls_; }
  /// How often what waits was to be dropped: nothing waits here.
  int drops() const { return drops_; }
  void DropWaiting(const Status&) override { ++drops_; }

  /// The next `times` calls of that verb on that plural fail so, before they do anything.
  void FailNext(const std::string& verb, const std::string& plural, Status status, int times = 1) {
    for (int i = 0; i < times; ++i) failures_[verb + " " + plural].push_back(status);
  }
  /// Runs once, just before the next call of that verb on that plural is carried out: another
  /// writer that comes in between.
  void BeforeNext(const std::string& verb, const std::string& plural, Task task) {
    before_[verb + " " + plural].push_back(std::move(task));
  }

  /// The object as it is now, or null. For the test's eyes.
  Json Peek(const cloudhub::Resource& resource, const std::string& ns,
            const std::string& name) const {
    const auto found = objects_.find({resource, ns, name});
    return found == objects_.end() ? Json() : found->second;
  }
  /// Whether somebody follows that now, in the name of that node (empty: the hub's own).
  bool Follows(const cloudhub::Resource& resource, const std::string& field_selector,
               const std::string& actor) const {
    return std::any_of(followers_.begin(), followers_.end(), [&](const auto& follower) {
      return follower->on_event && follower->resource == resource && follower->actor == actor &&
             follower->options.field_selector == field_selector;
    });
  }
  /// The object goes, and no watch says so: it was broken meanwhile.
  void EraseUnseen(const cloudhub::Resource& resource, const std::string& ns,
                   const std::string& name) {
    objects_.erase({resource, ns, name});
  }
  /// From now on that node may not begin to follow anything.
  void RefuseFollows(const std::string& node) { refused_.insert(node); }
  /// The live watches of that resource begin anew.
  void Relist(const cloudhub::Resource& resource) {
    for (const auto& follower : followers_) {
      if (!follower->live || follower->resource != resource) continue;
      executor_.Post([this, follower] {
        Notify(*follower, {cloudhub::WatchEvent::Type::kRelisted, Json()});
        List(follower);
      });
    }
  }
  /// Puts an object there at once, as somebody else would. Returns it with uid and version.
  Json Put(const cloudhub::Resource& resource, Json object) {
    const Key key = KeyOf(resource, object);
    const auto found = objects_.find(key);
    if (found != objects_.end()) {
      object["metadata"]["uid"] = found->second["metadata"]["uid"];
      return Store(key, std::move(object), cloudhub::WatchEvent::Type::kModified);
    }
    object["metadata"]["uid"] = "uid-" + std::to_string(++uids_);
    return Store(key, std::move(object), cloudhub::WatchEvent::Type::kAdded);
  }
  void Erase(const cloudhub::Resource& resource, const std::string& ns, const std::string& name) {
    const auto found = objects_.find({resource, ns, name});
    if (found == objects_.end()) return;
    const Json object = found->second;
    objects_.erase(found);
    Tell(resource, {cloudhub::WatchEvent::Type::kDeleted, object});
  }

  void Get(const cloudhub::Actor& actor, const cloudhub::Resource& resource, const std::string& ns,
           const std::string& name, Done done) override {
    Answer("get", actor, {resource, ns, name}, std::move(done),
           [this, key = Key{resource, ns, name}]() -> Result<Json> { return Existing(key); });
  }

  void Create(const cloudhub::Actor& actor, const cloudhub::Resource& resource, const Json& object,
              Done done) override {
    const Key key = KeyOf(resource, object);
    Answer("create", actor, key, std::move(done), [this, key, object]() -> Result<Json> {
      if (objects_.count(key) != 0) return AlreadyExists(Text(key) + " already exists");
      return Put(std::get<0>(key), object);
    });
  }

  /// "create" of the plural "serviceaccounts/token" in FailNext and calls(). A token names who it
  /// is for, and lives as long as it is asked to.
  void CreateSub(const cloudhub::Actor& actor, const cloudhub::Resource& resource,
                 const std::string& ns, const std::string& name, const std::string& subresource,
                 const Json& object, Done done) override {
    const Key sub{
        {resource.group, resource.version, resource.plural + "/" + subresource}, ns, name};
    Answer("create", actor, sub, std::move(done),
           [this, key = Key{resource, ns, name}, object]() -> Result<Json> {
             EDGE_RETURN_IF_ERROR(Existing(key).status());
             Json made = object;
             made["status"] = {{"token", "token-" + std::to_string(++tokens_) + " of " + Text(key)},
                               {"expirationTimestamp", "2030-01-01T00:00:00Z"}};
             return made;
           });
  }

  void Update(const cloudhub::Actor& actor, const cloudhub::Resource& resource, const Json& object,
              Done done) override {
    const Key key = KeyOf(resource, object);
    Answer("update", actor, key, std::move(done), [this, key, object]() -> Result<Json> {
      EDGE_ASSIGN_OR_RETURN(const Json held, Existing(key));
      EDGE_RETURN_IF_ERROR(CheckPreconditions(key, held, object));
      return Put(std::get<0>(key), object);
    });
  }

  void Patch(const cloudhub::Actor& actor, const cloudhub::Resource& resource,
             const std::string& ns, const std::string& name, const std::string&,
             cloudhub::PatchType type, const Json& patch, Done done) override {
    const Key key{resource, ns, name};
    Answer("patch", actor, key, std::move(done), [this, key, type, patch]() -> Result<Json> {
      EDGE_ASSIGN_OR_RETURN(Json held, Existing(key));
      EDGE_RETURN_IF_ERROR(CheckPreconditions(key, held, patch));
      if (type == cloudhub::PatchType::kJson) {
        EDGE_ASSIGN_OR_RETURN(held, Patched(key, held, patch));
      } else {
        held.merge_patch(patch);
      }
      Json stored = Put(std::get<0>(key), std::move(held));
      const Json& metadata = stored["metadata"];
      const bool released = metadata.value("finalizers", Json()) == Json::array();
      if (released && metadata.contains("deletionTimestamp")) {
        Erase(std::get<0>(key), std::get<1>(key), std::get<2>(key));
      }
      return stored;
    });
  }

  void Delete(const cloudhub::Actor& actor, const cloudhub::Resource& resource,
              const std::string& ns, const std::string& name, const std::string& uid,
              std::optional<std::int64_t>, Done done) override {
    const Key key{resource, ns, name};
    Answer("delete", actor, key, std::move(done), [this, key, uid]() -> Result<Json> {
      EDGE_ASSIGN_OR_RETURN(const Json held, Existing(key));
      if (!uid.empty() && held["metadata"]["uid"] != uid) return Aborted(Text(key) + ": other uid");
      Erase(std::get<0>(key), std::get<1>(key), std::get<2>(key));
      return held;
    });
  }

  std::unique_ptr<cloudhub::Watch> Follow(
      const cloudhub::Actor& actor, const cloudhub::Resource& resource,
      const cloudhub::ListOptions& options,
      std::function<void(const cloudhub::WatchEvent&)> on_event) override {
    auto follower =
        std::make_shared<Follower>(Follower{resource, options, std::move(on_event), actor.node});
    followers_.push_back(follower);
    executor_.Post([this, follower] {
      if (refused_.contains(follower->actor)) {
        return Notify(*follower, {cloudhub::WatchEvent::Type::kRefused, Json()});
      }
      List(follower);
    });
    return std::make_unique<Handle>(follower);
  }

 private:
  using Key = std::tuple<cloudhub::Resource, std::string, std::string>;

  struct Follower {
    cloudhub::Resource resource;
    cloudhub::ListOptions options;
    std::function<void(const cloudhub::WatchEvent&)> on_event;  ///< null once unwatched
    std::string actor;
    bool live = false;
  };

  class Handle final : public cloudhub::Watch {
   public:
    explicit Handle(std::shared_ptr<Follower> follower) : follower_(std::move(follower)) {}
    ~Handle() override { follower_->on_event = nullptr; }

   private:
    std::shared_ptr<Follower> follower_;
  };

  void List(const std::shared_ptr<Follower>& follower) {
    for (const auto& [key, object] : objects_) {
      Deliver(*follower, std::get<0>(key), {cloudhub::WatchEvent::Type::kAdded, object});
    }
    follower->live = true;
    Notify(*follower, {cloudhub::WatchEvent::Type::kSynced, Json()});
  }
  /// The copy lives on should the function end its own watch.
  static void Notify(const Follower& follower, const cloudhub::WatchEvent& event) {
    if (const auto on_event = follower.on_event) on_event(event);
  }

  static Key KeyOf(const cloudhub::Resource& resource, const Json& object) {
    return {resource, FindString(object, {"metadata", "namespace"}),
            FindString(object, {"metadata", "name"})};
  }
  static std::string Text(const Key& key) {
    const auto& [resource, ns, name] = key;
    return resource.plural + "/" + (ns.empty() ? "" : ns + "/") + name;
  }

  Result<Json> Existing(const Key& key) const {
    const auto found = objects_.find(key);
    if (found == objects_.end()) return NotFound(Text(key) + " not found");
    return found->second;
  }

  static Result<Json> Patched(const Key& key, const Json& held, const Json& patch) try {
    return held.patch(patch);
  } catch (const Json::exception& error) {
    return InvalidArgument(Text(key) + ": " + error.what());
  }

  static Status CheckPreconditions(const Key& key, const Json& held, const Json& given) {
    for (const char* field : {"uid", "resourceVersion"}) {
      const std::string wanted = FindString(given, {"metadata", field});
      if (!wanted.empty() && wanted != FindString(held, {"metadata", field})) {
        return Aborted(Text(key) + ": the object has been modified");
      }
    }
    return Status::Ok();
  }

  Json Store(const Key& key, Json object, cloudhub::WatchEvent::Type type) {
    object["metadata"]["resourceVersion"] = std::to_string(++revision_);
    objects_[key] = object;
    Tell(std::get<0>(key), {type, object});
    return object;
  }

  void Answer(const std::string& verb, const cloudhub::Actor& actor, const Key& key, Done done,
              std::function<Result<Json>()> act) {
    calls_.push_back({verb, Text(key), actor.node, actor.urgent});
    executor_.Post([this, slot = verb + " " + std::get<0>(key).plural, done = std::move(done),
                    act = std::move(act)] {
      if (auto& tasks = before_[slot]; !tasks.empty()) {
        const Task task = std::move(tasks.front());
        tasks.pop_front();
        task();
      }
      if (auto& failures = failures_[slot]; !failures.empty()) {
        const Status status = failures.front();
        failures.pop_front();
        done(status);
        return;
      }
      done(act());
    });
  }

  void Tell(const cloudhub::Resource& resource, const cloudhub::WatchEvent& event) {
    for (const auto& follower : followers_) {
      if (follower->live) {
        executor_.Post([follower, resource, event] { Deliver(*follower, resource, event); });
      }
    }
  }

  static void Deliver(const Follower& follower, const cloudhub::Resource& resource,
                      const cloudhub::WatchEvent& event) {
    if (!follower.on_event || follower.resource != resource) return;
    const auto& options = follower.options;
    if (!options.ns.empty() && options.ns != FindString(event.object, {"metadata", "namespace"})) {
      return;
    }
    const auto labels = kube::LabelSelector::Parse(options.label_selector);
    const auto fields = kube::FieldSelector::Parse(
        options.field_selector, kube::SelectableFields(resource.group, resource.plural));
    if (labels.ok() && !labels->MatchesObject(event.object)) return;
    if (fields.ok() && !fields->Matches(event.object)) return;
    Notify(follower, event);
  }

  Executor& executor_;
  std::map<Key, Json> objects_;
  std::vector<std::shared_ptr<Follower>> followers_;
  int drops_ = 0;
  std::vector<Call> calls_;
  std::set<std::string> refused_;
  std::map<std::string, std::deque<Status>> failures_;
  std::map<std::string, std::deque<Task>> before_;
  std::uint64_t revision_ = 0;
  std::uint64_t uids_ = 0;
  std::uint64_t tokens_ = 0;
};

}  // namespace edge::fakes
