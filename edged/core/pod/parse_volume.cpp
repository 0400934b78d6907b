#include "edged/core/pod/parse_container.h"
#include "kube/quantity.h"

namespace edge::edged {
namespace {

std::optional<std::uint32_t> ParseMode(const FieldReader& reader, const char* key) {
  const std::optional<std::int64_t> mode = reader.OptionalInt(key);
  if (!mode) return std::nullopt;
  if (*mode < 0 || *mode > 0777) {
    reader.Fail(reader.path() + "." + key + " is no file mode (0 to 0777)");
    return std::nullopt;
  }
  return static_cast<std::uint32_t>(*mode);
}

HostPathType ParseHostPathType(const FieldReader& reader) {
  const std::string type = reader.String("type");
  if (type == "DirectoryOrCreate") return HostPathType::kDirectoryOrCreate;
  if (type == "Directory") return HostPathType::kDirectory;
  if (type == "FileOrCreate") return HostPathType::kFileOrCreate;
  if (type == "File") return HostPathType::kFile;
  if (type == "Socket") return HostPathType::kSocket;
  if (type == "CharDevice") return HostPathType::kCharDevice;
  if (type == "BlockDevice") return HostPathType::kBlockDevice;
  return HostPathType::kUnset;
}

std::vector<KeyToPath> ParseItems(const FieldReader& reader) {
  std::vector<KeyToPath> items;
  for (const auto& item : reader.List("items")) {
    items.push_back({item.String("key"), item.String("path"), ParseMode(item, "mode")});
  }
  return items;
}

VolumeSource ParseDownward(const FieldReader& reader) {
  VolumeSource source;
  for (const auto& item : reader.List("items")) {
    VolumeSource::DownwardItem file;
    file.path = item.String("path");
    file.mode = ParseMode(item, "mode");
    if (item.Has("fieldRef")) file.field = ParseFieldRef(item.Object("fieldRef"));
    if (item.Has("resourceFieldRef")) {
      file.resource = ParseResourceFieldRef(item.Object("resourceFieldRef"));
    }
    source.downward.push_back(std::move(file));
  }
  return source;
}

VolumeSource ParseObjectSource(const FieldReader& reader, ObjectRef::Kind kind,
                               const char* name_key) {
  VolumeSource source;
  source.object = ParseObjectRef(reader, kind, name_key);
  source.items = ParseItems(reader);
  return source;
}

VolumeSource ParseToken(const FieldReader& reader) {
  VolumeSource source;
  source.token.emplace();
  source.token->path = reader.String("path");
  source.token->what.audience = reader.String("audience");
  if (const auto seconds = reader.OptionalInt("expirationSeconds")) {
    source.token->what.expiration_seconds = *seconds;
  }
  return source;
}

// clusterTrustBundle is named by UnsupportedFields.
void ParseProjected(const FieldReader& reader, Volume* volume) {
  for (const auto& source : reader.List("sources")) {
    if (source.Has("configMap")) {
      volume->sources.push_back(
          ParseObjectSource(source.Object("configMap"), ObjectRef::Kind::kConfigMap, "name"));
    } else if (source.Has("secret")) {
      volume->sources.push_back(
          ParseObjectSource(source.Object("secret"), ObjectRef::Kind::kSecret, "name"));
      volume->memory = true;
    } else if (source.Has("downwardAPI")) {
      volume->sources.push_back(ParseDownward(source.Object("downwardAPI")));
    } else if (source.Has("serviceAccountToken")) {
      volume->sources.push_back(ParseToken(source.Object("serviceAccountToken")));
      volume->memory = true;
    }
  }
}

void ParseEmptyDir(const FieldReader& reader, Volume* volume) {
  volume->kind = VolumeKind::kEmptyDir;
  volume->memory = reader.String("medium") == "Memory";
  const std::string limit = reader.String("sizeLimit");
  if (limit.empty()) return;
  const Result<kube::Quantity> quantity = kube::Quantity::Parse(limit);
  if (!quantity.ok() || quantity->IsNegative()) {
    reader.Fail(reader.path() + ".sizeLimit is no quantity");
    return;
  }
  volume->size_limit = static_cast<std::uint64_t>(quantity->Value());
}

void ParseContent(const FieldReader& reader, const char* kind, Volume* volume) {
  const FieldReader source = reader.Object(kind);
  const std::string name = kind;
  volume->kind = VolumeKind::kContent;
  volume->default_mode = ParseMode(source, "defaultMode").value_or(0644);
  if (name == "projected") {
    ParseProjected(source, volume);
  } else if (name == "downwardAPI") {
    volume->sources.push_back(ParseDownward(source));
  } else if (name == "secret") {
    volume->memory = true;
    volume->sources.push_back(ParseObjectSource(source, ObjectRef::Kind::kSecret, "secretName"));
  } else {
    volume->sources.push_back(ParseObjectSource(source, ObjectRef::Kind::kConfigMap, "name"));
  }
}

}  // namespace

Volume ParseVolume(const FieldReader& reader) {
  Volume volume;
  volume.name = reader.String("name");
  if (volume.name.empty()) reader.Fail(reader.path() + " has no name");
  for (const char* kind : {"configMap", "secret", "projected", "downwardAPI"}) {
    if (!reader.Has(kind)) continue;
    ParseContent(reader, kind, &volume);
    return volume;
  }
  if (reader.Has("hostPath")) {
    const FieldReader source = reader.Object("hostPath");
    volume.kind = VolumeKind::kHostPath;
    volume.host_path = source.String("path");
    volume.host_path_type = ParseHostPathType(source);
    return volume;
  }
  if (!reader.Has("emptyDir")) volume.known = false;
  ParseEmptyDir(reader.Object("emptyDir"), &volume);
  return volume;
}

}  // namespace edge::edged
