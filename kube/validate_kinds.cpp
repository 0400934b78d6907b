#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "common/bytes.h"
#include "kube/name_rules.h"
#include "kube/validation.h"
#include "kube/validators.h"

namespace edge::kube {
namespace {

constexpr std::size_t kMaxData = 1024 * 1024;

std::size_t ValidateKeys(const Json& object, const char* field, FieldErrors& errors) {
  const Json* data = Find(object, {field});
  if (data == nullptr || !data->is_object()) return 0;
  std::size_t total = 0;
  for (const auto& [key, value] : data->items()) {
    AddIfBad(std::string(field) + "[" + key + "]", key, CheckConfigKey(key), errors);
    if (value.is_string()) total += value.get_ref<const std::string&>().size();
  }
  return total;
}

void ValidateConfigMap(const Json& map, FieldErrors& errors) {
  const std::size_t text = ValidateKeys(map, "data", errors);
  const std::size_t binary = ValidateKeys(map, "binaryData", errors) / 4 * 3;
  if (text + binary > kMaxData) errors.push_back(TooLong("data", kMaxData));
  const Json* bytes = Find(map, {"binaryData"});
  const Json* data = Find(map, {"data"});
  if (bytes == nullptr || data == nullptr) return;
  for (const auto& [key, value] : data->items()) {
    if (bytes->contains(key)) {
      errors.push_back(Invalid("data[" + key + "]", key, "duplicate of key present in binaryData"));
    }
  }
}

void RequireKeys(const Json& secret, std::initializer_list<const char*> keys, FieldErrors& errors) {
  for (const char* key : keys) {
    if (Find(secret, {"data", key}) == nullptr) {
      errors.push_back(Required("data[" + std::string(key) + "]"));
    }
  }
}

/// A registry login must be JSON. Its content is never shown.
void ValidateDockerConfig(const Json& secret, const char* key, FieldErrors& errors) {
  RequireKeys(secret, {key}, errors);
  const auto text = Base64Decode(FindString(secret, {"data", key}));
  if (Find(secret, {"data", key}) != nullptr && (!text.ok() || !ParseJson(*text).ok())) {
    errors.push_back(Invalid("data[" + std::string(key) + "]", "<secret contents redacted>",
                             "the value is no valid JSON"));
  }
}

void ValidateSecret(const Json& secret, FieldErrors& errors) {
  if (ValidateKeys(secret, "data", errors) / 4 * 3 > kMaxData) {
    errors.push_back(TooLong("data", kMaxData));
  }
  const std::string type = FindString(secret, {"type"});
  if (type == "kubernetes.io/dockerconfigjson") {
    ValidateDockerConfig(secret, ".dockerconfigjson", errors);
  } else if (type == "kubernetes.io/dockercfg") {
    ValidateDockerConfig(secret, ".dockercfg", errors);
  } else if (type == "kubernetes.io/tls") {
    RequireKeys(secret, {"tls.crt", "tls.key"}, errors);
  } else if (type == "kubernetes.io/ssh-auth") {
    RequireKeys(secret, {"ssh-privatekey"}, errors);
  }
}

void ValidateServicePort(const Json& port, const std::string& path, bool name_needed,
                         std::set<std::string>& names, FieldErrors& errors) {
  const std::string name = FindString(port, {"name"});
  if (name.empty() && name_needed) errors.push_back(Required(path + ".name"));
  if (!name.empty()) {
    AddIfBad(path + ".name", name, CheckDnsLabel(name), errors);
    if (!names.insert(name).second) errors.push_back(Duplicate(path + ".name", name));
  }
  CheckRange(port, "port", path, 1, 65535, errors);
  CheckRange(port, "targetPort", path, 1, 65535, errors);
  if (FindInt(port, {"nodePort"}) != 0) CheckRange(port, "nodePort", path, 1, 65535, errors);
}

void ValidateService(const Json& service, FieldErrors& errors) {
  const Json* spec = Find(service, {"spec"});
  if (spec == nullptr) return;
  const Json* ports = Find(*spec, {"ports"});
  const std::size_t count = ports != nullptr && ports->is_array() ? ports->size() : 0;
  const std::string type = FindString(*spec, {"type"});
  const bool headless = FindString(*spec, {"clusterIP"}) == "None";
  if (type == "ExternalName") {
    const std::string name = FindString(*spec, {"externalName"});
    if (name.empty())
      errors.push_back(Required("spec.externalName"));
    else
      AddIfBad("spec.externalName", name, CheckDnsSubdomain(name), errors);
  } else if (count == 0 && !headless) {
    errors.push_back(Required("spec.ports"));
  }
  std::set<std::string> names;
  ForEachAt(*spec, "ports", "spec", [&](const Json& port, const std::string& path) {
    ValidateServicePort(port, path, count > 1, names, errors);
  });
  if (const Json* selector = Find(*spec, {"selector"})) {
    ValidateLabels(*selector, "spec.selector", errors);
  }
}

void ValidateNode(const Json& node, FieldErrors& errors) {
  const Json* spec = Find(node, {"spec"});
  if (spec == nullptr) return;
  ValidateTaints(*spec, errors);
}

void ValidateEvent(const Json& event, FieldErrors& errors) {
  const std::string about = FindString(event, {"involvedObject", "namespace"});
  const std::string ns = FindString(event, {"metadata", "namespace"});
  // Events about cluster-scoped objects are kept in "default".
  if (about.empty() ? ns != "default" && ns != "kube-system" && !ns.empty() : about != ns) {
    errors.push_back(Invalid("involvedObject.namespace", about, "does not match event.namespace"));
  }
}

void ValidateLease(const Json& lease, FieldErrors& errors) {
  const Json* spec = Find(lease, {"spec"});
  if (spec == nullptr) return;
  const Json* duration = Find(*spec, {"leaseDurationSeconds"});
  if (duration != nullptr && FindInt(*spec, {"leaseDurationSeconds"}) <= 0) {
    errors.push_back(Invalid("spec.leaseDurationSeconds", *duration, "must be greater than 0"));
  }
  CheckNotNegative(*spec, "leaseTransitions", "spec", errors);
  const Json* holder = Find(*spec, {"holderIdentity"});
  if (holder != nullptr && *holder == "" && !spec->contains("strategy")) {
    errors.push_back(Invalid("spec.holderIdentity", "", "must not be empty"));
  }
}

constexpr std::array<std::pair<std::string_view, KindValidator>, 8> kKinds{{
    {"core.v1.ConfigMap", ValidateConfigMap},
    {"core.v1.Event", ValidateEvent},
    {"core.v1.Node", ValidateNode},
    {"core.v1.Pod", ValidatePod},
    {"core.v1.Secret", ValidateSecret},
    {"core.v1.Service", ValidateService},
    {"coordination.v1.Lease", ValidateLease},
    {"edge.v1.EdgeNode", ValidateEdgeNode},
}};

}  // namespace

KindValidator FindKindValidator(std::string_view type_name) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](const auto& kind) { return kind.first == type_name; });
  return found == kKinds.end() ? nullptr : found->second;
}

}  // namespace edge::kube
