#include "common/bytes.h"
#include "edged/core/pod/container_config.h"
#include "edged/core/pod/environment.h"

namespace edge::edged {
namespace {

// "https://index.docker.io/v1/" and "docker.io" are the same registry.
std::string RegistryOf(std::string name) {
  if (const std::size_t scheme = name.find("://"); scheme != std::string::npos) {
    name = name.substr(scheme + 3);
  }
  name = name.substr(0, name.find('/'));
  return name == "index.docker.io" || name == "registry-1.docker.io" ? "docker.io" : name;
}

RegistryCredentials ReadAuth(const Json& auth) {
  RegistryCredentials credentials;
  credentials.username = FindString(auth, {"username"});
  credentials.password = FindString(auth, {"password"});
  credentials.identity_token = FindString(auth, {"identitytoken"});
  credentials.registry_token = FindString(auth, {"registrytoken"});
  const Result<std::string> pair = Base64Decode(FindString(auth, {"auth"}));
  const std::size_t colon = pair.ok() ? pair->find(':') : std::string::npos;
  if (colon != std::string::npos && credentials.username.empty()) {
    credentials.username = pair->substr(0, colon);
    credentials.password = pair->substr(colon + 1);
  }
  return credentials;
}

void AddMatching(const Json& auths, const std::string& registry,
                 std::vector<RegistryCredentials>* found) {
  if (!auths.is_object()) return;
  for (const auto& [name, auth] : auths.items()) {
    if (RegistryOf(name) == registry) found->push_back(ReadAuth(auth));
  }
}

}  // namespace

std::vector<RegistryCredentials> PullCredentials(const DesiredPod& desired,
                                                 const std::string& image) {
  std::vector<RegistryCredentials> result;
  const Result<std::string> full = NormalizeImage(image);
  if (!full.ok() || desired.pod == nullptr) return result;
  const std::string registry = RegistryOf(*full);
  for (const std::string& name : desired.pod->pull_secrets) {
    const auto secret = desired.objects.secrets.find(name);
    if (secret == desired.objects.secrets.end() || secret->second == nullptr) continue;
    const auto entries = ObjectEntries(ObjectRef::Kind::kSecret, *secret->second, false);
    if (!entries.ok()) continue;
    for (const auto& [key, bytes] : *entries) {
      const Result<Json> config = ParseJson(bytes);
      if (!config.ok()) continue;
      if (key == ".dockerconfigjson") {
        if (const Json* auths = Find(*config, {"auths"})) AddMatching(*auths, registry, &result);
      } else if (key == ".dockercfg") {
        AddMatching(*config, registry, &result);
      }
    }
  }
  return result;
}

}  // namespace edge::edged
