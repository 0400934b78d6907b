#include "edged/core/pod/pod_spec.h"

#include "common/bytes.h"
#include "edged/core/pod/parse_container.h"

namespace edge::edged {
namespace {

std::optional<std::chrono::seconds> Seconds(const FieldReader& reader, const char* key) {
  const std::optional<std::int64_t> value = reader.OptionalInt(key);
  if (!value) return std::nullopt;
  // A negative grace means "at once"; a bound keeps durations from overflowing.
  constexpr std::int64_t kMost = 100LL * 365 * 24 * 3600;
  return std::chrono::seconds(*value < 0 ? 0 : *value > kMost ? kMost : *value);
}

void ParseMetadata(const FieldReader& metadata, Pod* pod) {
  pod->uid = metadata.String("uid");
  pod->ns = metadata.String("namespace", "default");
  pod->name = metadata.String("name");
  pod->labels = metadata.StringMap("labels");
  pod->annotations = metadata.StringMap("annotations");
  pod->generation = metadata.OptionalInt("generation").value_or(0);
  if (metadata.Has("deletionTimestamp")) {
    pod->deletion_grace =
        Seconds(metadata, "deletionGracePeriodSeconds").value_or(std::chrono::seconds(30));
  }
  if (pod->uid.empty()) metadata.Fail("the pod has no metadata.uid");
  if (pod->name.empty()) metadata.Fail("the pod has no metadata.name");
}

void ParsePodSecurity(const FieldReader& spec, Pod* pod) {
  const FieldReader context = spec.Object("securityContext");
  pod->security = ParseSecurityContext(context);
  pod->fs_group = context.OptionalInt("fsGroup");
  pod->supplemental_groups = context.Ints("supplementalGroups");
  for (const auto& sysctl : context.List("sysctls")) {
    pod->sysctls[sysctl.String("name")] = sysctl.String("value");
  }
  pod->host_network = spec.Bool("hostNetwork");
  pod->host_pid = spec.Bool("hostPID");
  pod->host_ipc = spec.Bool("hostIPC");
  pod->share_processes = spec.Bool("shareProcessNamespace");
}

void ParseNames(const FieldReader& spec, Pod* pod) {
  pod->node_name = spec.String("nodeName");
  pod->service_account = spec.String("serviceAccountName");
  pod->hostname = spec.String("hostname");
  pod->subdomain = spec.String("subdomain");
  pod->set_hostname_as_fqdn = spec.Bool("setHostnameAsFQDN");
  pod->priority_class = spec.String("priorityClassName");
  pod->dns_policy = spec.String("dnsPolicy", "ClusterFirst");
  const FieldReader dns = spec.Object("dnsConfig");
  pod->dns.servers = dns.Strings("nameservers");
  pod->dns.searches = dns.Strings("searches");
  for (const auto& option : dns.List("options")) {
    const std::string value = option.String("value");
    pod->dns.options.push_back(option.String("name") + (value.empty() ? "" : ":" + value));
  }
  for (const auto& alias : spec.List("hostAliases")) {
    pod->host_aliases.push_back({alias.String("ip"), alias.Strings("hostnames")});
  }
}

void ParseContainers(const FieldReader& spec, Pod* pod) {
  for (const auto& reader : spec.List("initContainers")) {
    pod->init_containers.push_back(ParseContainer(reader));
    pod->init_containers.back().init = true;
  }
  for (const auto& reader : spec.List("containers")) {
    pod->containers.push_back(ParseContainer(reader));
    pod->containers.back().sidecar = false;
  }
  if (pod->containers.empty()) spec.Fail("the pod has no containers");
}

void ParseSpec(const FieldReader& spec, Pod* pod) {
  ParseContainers(spec, pod);
  for (const auto& reader : spec.List("volumes")) pod->volumes.push_back(ParseVolume(reader));
  const std::string restart = spec.String("restartPolicy", "Always");
  pod->restart = restart == "Never"       ? RestartPolicy::kNever
                 : restart == "OnFailure" ? RestartPolicy::kOnFailure
                                          : RestartPolicy::kAlways;
  pod->grace = Seconds(spec, "terminationGracePeriodSeconds").value_or(pod->grace);
  pod->active_deadline = Seconds(spec, "activeDeadlineSeconds");
  for (const auto& secret : spec.List("imagePullSecrets")) {
    pod->pull_secrets.push_back(secret.String("name"));
  }
  for (const auto& gate : spec.List("readinessGates")) {
    pod->readiness_gates.push_back(gate.String("conditionType"));
  }
  ParseNames(spec, pod);
  ParsePodSecurity(spec, pod);
}

bool IsRegistry(const std::string& first) {
  return first.find_first_of(".:") != std::string::npos || first == "localhost";
}

bool IsImageCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-' || c == '/' || c == ':' || c == '@' || c == '+';
}

}  // namespace

const Container* Pod::FindContainer(const std::string& container) const {
  for (const auto* list : {&init_containers, &containers}) {
    for (const Container& candidate : *list) {
      if (candidate.name == container) return &candidate;
    }
  }
  return nullptr;
}

const Volume* Pod::FindVolume(const std::string& volume) const {
  for (const Volume& candidate : volumes) {
    if (candidate.name == volume) return &candidate;
  }
  return nullptr;
}

Result<Pod> ParsePod(const Json& object) {
  Status error;
  Pod pod;
  const FieldReader root(&object, "pod", &error);
  ParseMetadata(root.Object("metadata"), &pod);
  ParseSpec(root.Object("spec"), &pod);
  if (!error.ok()) return error.WithContext("pod " + pod.ns + "/" + pod.name);
  pod.json = object;
  return pod;
}

std::string ContainerHash(const Container& container) {
  const Json made_from = {{"image", container.image}, {"name", container.name}};
  return HexEncode(AsBytes(Sha256(DumpJson(made_from)))).substr(0, 16);
}

Result<std::string> NormalizeImage(const std::string& image) {
  const auto bad = [&](const char* cause) {
    return InvalidArgument("image \"" + image + "\": " + cause, "correct the image's name");
  };
  if (image.empty() || image.size() > 1024) return bad("empty or longer than 1024");
  for (const char c : image) {
    if (!IsImageCharacter(c)) return bad("a character that no image name has");
  }
  const std::size_t slash = image.find('/');
  const bool has_registry = slash != std::string::npos && IsRegistry(image.substr(0, slash));
  std::string full = has_registry                 ? image
                     : slash == std::string::npos ? "docker.io/library/" + image
                                                  : "docker.io/" + image;
  const std::size_t path = full.find('/') + 1;
  const std::string rest = full.substr(path);
  const std::size_t name_end = rest.find_first_of(":@");
  const std::string repository = rest.substr(0, name_end);
  if (repository.empty() || repository.back() == '/' || repository.front() == '/') {
    return bad("no repository");
  }
  for (const char c : repository) {
    if (c >= 'A' && c <= 'Z') return bad("the repository's name must be lowercase");
  }
  if (name_end == std::string::npos) return full + ":latest";
  if (name_end + 1 == rest.size()) return bad("an empty tag or digest");
  return full;
}

}  // namespace edge::edged
