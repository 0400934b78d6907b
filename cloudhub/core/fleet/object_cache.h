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

/// A ConfigMap or Secret to follow as that node from now on, because pods of ours began to refer to
/// it or the node as which it was followed does not any more; or to follow no longer.
struct FollowChange {
  sync::ObjectKey key;
  std::string node;
  bool follow = true;
};

struct CacheChanges {
  std::vector<NodeChange> nodes;
  std::vector<FollowChange> follows;
};

/// The one compact copy of what the nodes need: pruned bytes of the pods of admitted nodes, of
/// Nodes that are ours and of the ConfigMaps and Secrets that those pods refer to, indexed by node.
/// Of all else in the cluster nothing is kept (design.md 16). A cache of watches: it may lag, be
/// partial or empty, and what is missing here is no evidence (design.md 5).
///
/// Thread rule: the loop thread.
class ObjectCache {
 public:
  explicit ObjectCache(std::string cluster_name) : cluster_name_(std::move(cluster_name)) {}

  /// From now on what is bound to the node is kept: it has an EdgeNode, and its Node is ours. True:
  /// pods bound to it were passed over before. They are to be listed and applied, and until
  /// SetListed the node's pods do not count as synced.
  bool Admit(const std::string& node);
  bool Admitted(const std::string& node) const;
  void SetListed(const std::string& node);
  /// Keeps nothing of that node any more but its Node, and nothing that only it needed. No node is
  /// told that anything is gone: that the hub lets go of an object is no evidence.
  CacheChanges Drop(const std::string& node);

  /// A pod or Node as a watch delivered it. Pods of nodes that are not admitted are not kept, nor
  /// are Nodes that are not ours: one under an admitted name drops that node (design.md 16).
  CacheChanges Apply(sync::Kind kind, const Json& object);
  /// A watch's DELETED.
  CacheChanges Delete(sync::Kind kind, const Json& object);

  /// False: the watch of pods or Nodes begins with a new list. True: the list is through; what is
  /// held and was not in it may have gone meanwhile, and is returned to be looked at one by one.
  std::vector<sync::Entry> SetSynced(sync::Kind kind, bool synced);
  /// The same for one ConfigMap or Secret.
  std::optional<sync::Entry> SetConfigSynced(const sync::ObjectKey& key, bool synced);
  /// Whether that very object is kept, in whichever version.
  bool Holds(const sync::Entry& entry) const;
  /// The node as which it is read; empty where nobody refers to it.
  std::string ReaderOf(const sync::ObjectKey& key) const;
  /// The reader was refused: the next of the nodes that refer to it, if there is another, reads.
  CacheChanges PassOn(const sync::ObjectKey& key);

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
  struct Referrers {
    std::set<std::string> nodes;
    std::string reader;  ///< one of them
  };
  struct NodeIndex {
    std::set<std::string> pods;                 ///< UIDs
    std::map<sync::ObjectKey, int> references;  ///< how many pods refer to it
    std::string uid;                            ///< of the Node object
    bool admitted = false;
    bool listed = true;  ///< false: pods bound to it were passed over and not yet listed
  };

  CacheChanges DropForeign(const std::string& node);
  CacheChanges ApplyConfig(Held held);
  CacheChanges ApplyBound(Held held);
  void Refer(const std::string& node, const std::set<sync::ObjectKey>& keys, CacheChanges& out);
  void Unrefer(const std::string& node, const std::set<sync::ObjectKey>& keys, CacheChanges& out);
  void Forget(const std::string& uid, CacheChanges& out);

  const std::string cluster_name_;
  std::map<std::string, Held> bound_;  ///< pods and Nodes by UID
  std::map<sync::ObjectKey, Held> configs_;
  std::map<sync::ObjectKey, Referrers> referrers_;
  std::map<std::string, NodeIndex> nodes_;
  /// Names of nodes that pods were seen bound to and that were not admitted then.
  std::set<std::string> passed_over_;
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
