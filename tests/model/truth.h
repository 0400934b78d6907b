#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/random.h"
#include "sync/node_types.h"

namespace edge::model {

/// One change of the API, as a watch tells it.
struct TruthEvent {
  bool deleted = false;
  sync::DesiredObject object;
};

/// The Kubernetes API of the model: what really is. One node; pods, ConfigMaps and Secrets under a
/// few names, so that names are used again often. An object's bytes are text: of a pod
/// "uid,generation|kind/name|kind/name...", of others "uid,generation".
class Truth {
 public:
  explicit Truth(std::string cluster_uid) : cluster_uid_(std::move(cluster_uid)) {}

  /// Creates, changes, deletes or recreates something.
  void Step(Random& random);
  /// Only creations; for a start that is not empty.
  void Seed(Random& random);

  const std::string& cluster_uid() const { return cluster_uid_; }
  const std::map<sync::ObjectKey, sync::DesiredObject>& objects() const { return objects_; }
  /// Every event since the beginning; caches read it each at their own pace.
  const std::vector<TruthEvent>& log() const { return log_; }
  bool Live(const std::string& uid) const { return live_.count(uid) > 0; }
  bool Knows(const std::string& uid) const { return uid.rfind(cluster_uid_ + "-", 0) == 0; }
  /// What the node should hold: all pods, and what they refer to.
  std::vector<sync::Entry> Desired() const;

  /// Statuses in the API, by pod UID; written by the node's reports and overwritten by controllers.
  std::map<std::string, sync::Version> statuses;

 private:
  void Write(const sync::ObjectKey& key, const std::string& uid, const std::string& refs);
  void Delete(const sync::ObjectKey& key);
  std::string NewRefs(Random& random) const;

  const std::string cluster_uid_;
  std::map<sync::ObjectKey, sync::DesiredObject> objects_;
  std::set<std::string> live_;
  std::map<std::string, std::string> refs_;  // of pods, by UID
  std::vector<TruthEvent> log_;
  int next_ = 0;
};

/// The references in a model pod's bytes.
Result<std::vector<sync::ObjectKey>> ModelReferences(const std::string& bytes);

/// Of a set of objects: the pods, and the rest as far as pods refer to it.
std::vector<sync::Entry> DesiredOf(const std::map<sync::ObjectKey, sync::DesiredObject>& objects);

}  // namespace edge::model
