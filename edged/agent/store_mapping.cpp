#include "edged/agent/store_mapping.h"

#include <charconv>
#include <map>
#include <memory>

#include "common/json.h"
#include "sync/prune.h"

namespace edge::edged {
namespace {

struct Mapper {
  offline_store::Change operator()(const sync::StoreObject& change) const {
    const sync::StoredObject& object = change.object;
    return offline_store::PutObject{
        {object.entry, *object.bytes, object.prune_rule, object.order, object.retained}};
  }
  offline_store::Change operator()(const sync::DropObject& change) const {
    return offline_store::DeleteObject{change.key, change.uid};
  }
  offline_store::Change operator()(const sync::StoreTombstone& change) const {
    return offline_store::PutTombstone{{change.tombstone.entry, change.tombstone.order}};
  }
  offline_store::Change operator()(const sync::StoreMeta& change) const {
    return offline_store::PutMeta{change.name, change.value};
  }
};

/// The status that was last computed for a stored pod, as its digest entry.
void AddStatus(const offline_store::PodFacts& row, const sync::ObjectKey& key,
               std::vector<sync::Entry>& statuses) {
  const Result<Json> json = ParseJson(row.bytes);
  if (!json.ok()) return;
  const Json* status = Find(*json, {"status"});
  if (status == nullptr || !status->is_object()) return;
  statuses.push_back({key, row.pod_uid, sync::StatusVersion(key.kind, *status)});
}

}  // namespace

offline_store::Batch ToBatch(const std::vector<sync::StoreChange>& changes) {
  offline_store::Batch batch;
  batch.reserve(changes.size());
  for (const sync::StoreChange& change : changes) batch.push_back(std::visit(Mapper{}, change));
  return batch;
}

sync::NodeStart ToNodeStart(const offline_store::Contents& contents) {
  sync::NodeStart start;
  std::map<std::string, sync::ObjectKey> pods;
  for (const offline_store::HeldObject& object : contents.objects) {
    start.objects.push_back({object.entry, std::make_shared<const std::string>(object.bytes),
                             object.prune_rule, object.order, object.retained});
    if (object.entry.key.kind == sync::Kind::kPod) pods[object.entry.uid] = object.entry.key;
  }
  for (const offline_store::Tombstone& tombstone : contents.tombstones) {
    start.tombstones.push_back({tombstone.entry, tombstone.order});
  }
  for (const auto& [name, value] : contents.meta) {
    if (name == sync::kMetaClusterUid) start.cluster_uid = value;
    if (name == sync::kMetaEpoch) {
      std::from_chars(value.data(), value.data() + value.size(), start.epoch);
    }
  }
  for (const offline_store::PodFacts& row : contents.facts) {
    const auto pod = pods.find(row.pod_uid);
    if (pod != pods.end()) AddStatus(row, pod->second, start.statuses);
  }
  return start;
}

std::string StoredNodeName(const offline_store::Contents& contents) {
  // Facts stay until the pod is torn down, which may be later than its removal.
  bool has_pods = !contents.facts.empty();
  std::string name;
  for (const offline_store::HeldObject& object : contents.objects) {
    if (object.entry.key.kind == sync::Kind::kPod) has_pods = true;
    // Stores of releases that did not keep the name still hold the Node.
    if (object.entry.key.kind == sync::Kind::kNode) name = object.entry.key.name;
  }
  for (const auto& [key, value] : contents.meta) {
    if (key == kMetaNodeName) name = value;
  }
  return has_pods ? name : std::string();
}

}  // namespace edge::edged
