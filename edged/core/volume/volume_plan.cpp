#include "edged/core/volume/volume_plan.h"

#include "common/bytes.h"
#include "edged/core/pod/environment.h"
#include "edged/core/pod/field_value.h"

namespace edge::edged {
namespace {

using Files = std::map<std::string, VolumeFile>;

bool IsCleanPath(const std::string& path) {
  if (path.empty() || path.size() > 4096 || path.front() == '/') return false;
  std::size_t at = 0;
  while (at <= path.size()) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string part = path.substr(at, end - at);
    // "..name" is kept for the folder that the adapter swaps.
    if (part.empty() || part == "." || part.compare(0, 2, "..") == 0) return false;
    at = end + 1;
  }
  return path.find('\0') == std::string::npos;
}

Status Add(const std::string& path, std::uint32_t mode, std::string bytes, Files* files) {
  if (!IsCleanPath(path)) {
    return InvalidArgument("path \"" + path + "\" does not stay inside the volume");
  }
  (*files)[path] = VolumeFile{path, mode, std::move(bytes)};
  return Status::Ok();
}

Status AddObject(const Pod& pod, const Volume& volume, const VolumeSource& source,
                 const HeldObjects& objects, Files* files) {
  EDGE_ASSIGN_OR_RETURN(const Json* const object, FindObject(objects, *source.object));
  if (object == nullptr) return Status::Ok();
  EDGE_ASSIGN_OR_RETURN(const auto entries, ObjectEntries(source.object->kind, *object, true));
  if (source.items.empty()) {
    for (const auto& [key, bytes] : entries) {
      EDGE_RETURN_IF_ERROR(Add(key, volume.default_mode, bytes, files));
    }
  }
  for (const KeyToPath& item : source.items) {
    const auto found = entries.find(item.key);
    if (found == entries.end() && source.object->optional) continue;
    if (found == entries.end()) {
      return NotFound(
          "references non-existent " +
              std::string(source.object->kind == ObjectRef::Kind::kSecret ? "secret" : "config") +
              " key: " + item.key,
          "add the key to " + pod.ns + "/" + source.object->name);
    }
    EDGE_RETURN_IF_ERROR(
        Add(item.path, item.mode.value_or(volume.default_mode), found->second, files));
  }
  return Status::Ok();
}

Status AddDownward(const Pod& pod, const Volume& volume, const VolumeSource& source,
                   const NodeContext& node, Files* files) {
  for (const VolumeSource::DownwardItem& item : source.downward) {
    std::string value;
    if (item.field) {
      EDGE_ASSIGN_OR_RETURN(value, FieldValue(pod, *item.field, node, {}));
    } else if (item.resource) {
      EDGE_ASSIGN_OR_RETURN(value, ResourceValue(pod, *item.resource, "", node));
    }
    EDGE_RETURN_IF_ERROR(
        Add(item.path, item.mode.value_or(volume.default_mode), std::move(value), files));
  }
  return Status::Ok();
}

/// The user as whom every container runs, if that is one and the pod says so.
std::optional<std::int64_t> UserOf(const Pod& pod) {
  std::optional<std::int64_t> user;
  for (const auto* list : {&pod.init_containers, &pod.containers}) {
    for (const Container& container : *list) {
      const auto& own = container.security.run_as_user;
      const std::optional<std::int64_t> its = own ? own : pod.security.run_as_user;
      if (!its || (user && *user != *its)) return std::nullopt;
      user = its;
    }
  }
  return user;
}

/// Whose the file is and who may read it is as with kubelet: the pod's user or group alone, where
/// it says which; a group's read bit is the adapter's.
Status AddToken(const Pod& pod, const Volume& volume, const VolumeSource::Token& source,
                const HeldObjects& objects, Files* files) {
  const auto held = objects.tokens.find(source.what);
  const TokenState state = held == objects.tokens.end() ? TokenState() : held->second;
  if (state.token.empty() && state.why.empty()) return Unavailable("the token is on its way");
  if (state.token.empty()) {
    return FailedPrecondition("failed to fetch a token of serviceaccount \"" + pod.service_account +
                              "\": " + state.why);
  }
  const std::optional<std::int64_t> user = UserOf(pod);
  EDGE_RETURN_IF_ERROR(
      Add(source.path, user || pod.fs_group ? 0600 : volume.default_mode, state.token, files));
  (*files)[source.path].owner = user;
  return Status::Ok();
}

Result<PodVolume> PlanVolume(const Pod& pod, const Volume& volume, const HeldObjects& objects,
                             const NodeContext& node) {
  if (!volume.known) {
    return Unimplemented("its kind is not supported on this node",
                         "use emptyDir, hostPath, configMap, secret, projected or downwardAPI");
  }
  PodVolume planned;
  planned.name = volume.name;
  planned.kind = volume.kind;
  planned.tmpfs = volume.memory;
  planned.size_limit_bytes = volume.size_limit;
  planned.host_path = volume.host_path;
  planned.host_path_type = volume.host_path_type;
  if (volume.kind != VolumeKind::kHostPath) planned.fs_group = pod.fs_group;
  Files files;
  for (const VolumeSource& source : volume.sources) {
    if (source.object) {
      EDGE_RETURN_IF_ERROR(AddObject(pod, volume, source, objects, &files));
    }
    if (source.token) {
      EDGE_RETURN_IF_ERROR(AddToken(pod, volume, *source.token, objects, &files));
    }
    EDGE_RETURN_IF_ERROR(AddDownward(pod, volume, source, node, &files));
  }
  for (auto& [path, file] : files) planned.files.push_back(std::move(file));
  return planned;
}

void HashPart(std::string_view part, std::string* text) {
  *text += std::to_string(part.size());
  *text += ':';
  *text += part;
}

}  // namespace

Result<VolumePlan> PlanVolumes(const Pod& pod, const HeldObjects& objects,
                               const NodeContext& node) {
  VolumePlan plan;
  plan.pod_uid = pod.uid;
  for (const Volume& volume : pod.volumes) {
    Result<PodVolume> planned = PlanVolume(pod, volume, objects, node);
    if (!planned.ok()) {
      return planned.status().WithContext("MountVolume.SetUp failed for volume \"" + volume.name +
                                          "\"");
    }
    plan.volumes.push_back(std::move(*planned));
  }
  return plan;
}

std::string VolumePlanVersion(const VolumePlan& plan) {
  std::string text;
  for (const PodVolume& volume : plan.volumes) {
    HashPart(volume.name, &text);
    HashPart(std::to_string(static_cast<int>(volume.kind)), &text);
    HashPart(volume.host_path, &text);
    HashPart(std::to_string(volume.fs_group.value_or(-1)), &text);
    HashPart(std::to_string(volume.files.size()), &text);
    for (const VolumeFile& file : volume.files) {
      HashPart(file.path, &text);
      HashPart(std::to_string(file.mode), &text);
      HashPart(std::to_string(file.owner.value_or(-1)), &text);
      HashPart(file.bytes, &text);
    }
  }
  return HexEncode(AsBytes(Sha256(text))).substr(0, 32);
}

}  // namespace edge::edged
