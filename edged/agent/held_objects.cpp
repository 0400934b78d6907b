#include "edged/agent/held_objects.h"

#include "kube/references.h"

namespace edge::edged {

Result<std::vector<sync::ObjectKey>> ReferencesOfPod(const std::string& pod_bytes) {
  EDGE_ASSIGN_OR_RETURN(const Json pod, ParseJson(pod_bytes));
  const std::set<sync::ObjectKey> keys = kube::ConfigKeys(pod);
  return std::vector<sync::ObjectKey>(keys.begin(), keys.end());
}

Result<std::shared_ptr<const Pod>> HeldObjectIndex::FindPod(const std::string& uid) {
  const auto it = sync_.held().find({sync::Kind::kPod, uid});
  if (it == sync_.held().end()) return NotFound("pod " + uid + " is not held");
  Parsed& parsed = parsed_[uid];
  if (parsed.pod != nullptr && parsed.version == it->second.object.entry.version) return parsed.pod;
  EDGE_ASSIGN_OR_RETURN(const Json json, ParseJson(*it->second.object.bytes));
  EDGE_ASSIGN_OR_RETURN(Pod pod, ParsePod(json));
  parsed.version = it->second.object.entry.version;
  parsed.pod = std::make_shared<const Pod>(std::move(pod));
  return parsed.pod;
}

std::shared_ptr<const Json> HeldObjectIndex::FindJson(const sync::ObjectKey& key) {
  const sync::StoredObject* object = sync_.Current(key);
  if (object == nullptr) return nullptr;
  Parsed& parsed = parsed_[object->entry.uid];
  if (parsed.json != nullptr && parsed.version == object->entry.version) return parsed.json;
  Result<Json> json = ParseJson(*object->bytes);
  if (!json.ok()) return nullptr;
  parsed.version = object->entry.version;
  parsed.json = std::make_shared<const Json>(*std::move(json));
  return parsed.json;
}

HeldObjects HeldObjectIndex::ObjectsOf(const Pod& pod) {
  HeldObjects objects;
  for (const sync::ObjectKey& key : kube::ConfigKeys(pod.json)) {
    std::shared_ptr<const Json> json = FindJson(key);
    if (json == nullptr) continue;
    auto& group = key.kind == sync::Kind::kSecret ? objects.secrets : objects.config_maps;
    group[key.name] = std::move(json);
  }
  return objects;
}

void HeldObjectIndex::Forget(const std::string& uid) { parsed_.erase(uid); }

}  // namespace edge::edged
