#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/json.h"
#include "sync/hub_types.h"
#include "sync/types.h"

namespace edge::cloudhub {

/// What a change of the cache means for one node.
struct NodeChange {
  enum class What {
    kChanged,       ///< it is (or may be) in the node's desired set, in this version
    kDeleted,       ///< the watch said that this UID is gone
    kUnreferenced,  ///< no pod of the node refers to it any more
  } what = What::kChanged;
  std::string node;
  sync::Entry entry;
};

/// ConfigMaps and Secrets to follow, or to follow no longer, because pods of ours began or ceased
/// to refer to them; with a node that refers to them.
struct FollowChange {
  sync::ObjectKey key;
  std::string node;
  bool follow = true;
};

struct CacheChanges {
  std::vector<NodeChange> nodes;
  std::vector<FollowChange> follows;
};

/// The one compact copy of what the nodes need: pruned bytes of pods, of Nodes that are ours and of
/// the ConfigMaps and Secrets that pods of ours refer to, indexed by node. A cache of watches: it
/// may lag, be partial or empty, and what is missing here is no evidence (design.md 5).
///
/// Thread rule: the loop thread.
class ObjectCache {
 public:
  /// A pod or Node as a watch delivered it. Objects without a node of ours are not kept.
  CacheChanges Apply(sync::Kind kind, const Json& object);
  /// A watch's DELETED.
  CacheChanges Delete(sync::Kind kind, const Json& object);

  /// False: the watch of pods or Nodes begins with a new list. True: the list is through; what is
  /// held and was not in it may have gone meanwhile, and is returned to be looked at one by one.
  std::vector<sync::Entry> SetSynced(sync::Kind kind, bool synced);
  void SetConfigSynced(const sync::ObjectKey& key, bool synced);

  /// The node that the pod of that UID is bound to; nullopt where the cache does not know it.
  std::optional<std::string> NodeOfPod(const std::string& uid) const;
  /// The Node object's UID; empty while it is not known.
  std::string NodeUid(const std::string& node) const;
  /// "True", "False" or "Unknown", as the Node's Ready condition says.
  std::string NodeReady(const std::string& node) const;

  // The sides of sync::DesiredView, by node.
  bool Synced(const std::string& node, sync::Kind kind) const;
  std::vector<sync::Entry> Desired(const std::string& node) const;
  std::optional<sync::DesiredObject> Find(const std::string& node, sync::Kind kind,
                                          const std::string& uid) const;
  bool Referenced(const std::string& node, const sync::ObjectKey& key) const;
  std::vector<sync::Entry> Statuses(const std::string& node) const;

 private:
  struct Held {
    sync::DesiredObject object;
    sync::Version status{};
    std::string node;                ///< of a pod; of a Node its name
    std::set<sync::ObjectKey> refs;  ///< of a pod
    std::string ready;               ///< of a Node
    bool unlisted = false;           ///< not seen since the last list began
  };
  struct NodeIndex {
    std::set<std::string> pods;                 ///< UIDs
    std::map<sync::ObjectKey, int> references;  ///< how many pods refer to it
    std::string uid;                            ///< of the Node object
  };

  CacheChanges ApplyConfig(Held held);
  CacheChanges ApplyBound(Held held);
  void Refer(const std::string& node, const std::set<sync::ObjectKey>& keys, CacheChanges& out);
  void Unrefer(const std::string& node, const std::set<sync::ObjectKey>& keys, CacheChanges& out);
  void Forget(const std::string& uid, CacheChanges& out);

  std::map<std::string, Held> bound_;  ///< pods and Nodes by UID
  std::map<sync::ObjectKey, Held> configs_;
  std::map<sync::ObjectKey, std::set<std::string>> referrers_;  ///< nodes by what they refer to
  std::map<std::string, NodeIndex> nodes_;
  std::map<sync::Kind, bool> synced_;
  std::map<sync::ObjectKey, bool> config_synced_;
};

/// One node's side of the cache, as its session sees it. The cache outlives it.
class NodeView final : public sync::DesiredView {
 public:
  NodeView(const ObjectCache& cache, std::string node) : cache_(cache), node_(std::move(node)) {}
  bool Synced(sync::Kind kind) const override { return cache_.Synced(node_, kind); }
  std::vector<sync::Entry> Desired(std::uint32_t) const override { return cache_.Desired(node_); }
  std::optional<sync::DesiredObject> Find(sync::Kind kind, const std::string& uid,
                                          std::uint32_t) const override {
    return cache_.Find(node_, kind, uid);
  }
  bool Referenced(const sync::ObjectKey& key) const override {
    return cache_.Referenced(node_, key);
  }
  std::vector<sync::Entry> Statuses() const override { return cache_.Statuses(node_); }

 private:
  const ObjectCache& cache_;
  const std::string node_;
};

}  // namespace edge::cloudhub
