#include "cloudhub/adapters/embedded/registry.h"

#include "cloudhub/adapters/embedded/decode_object.h"
#include "cloudhub/adapters/embedded/kind_rules.h"
#include "cloudhub/adapters/embedded/status_answer.h"
#include "common/log.h"
#include "kube/defaults.h"
#include "kube/validation.h"

namespace edge::cloudhub::embedded {
namespace {

constexpr std::string_view kSuffixLetters = "bcdfghjklmnpqrstvwxz2456789";
constexpr std::size_t kSuffixSize = 5;
constexpr std::size_t kMaxPrefix = 58;

const kube::ResourceInfo& Core(std::string_view plural) {
  return *kube::FindResource("", "v1", plural);
}

/// For what the next start makes up for.
void WarnIfBad(const Status& status) {
  if (!status.ok()) LogWarning("an object was not made", {{"WHY", status.ToString()}});
}

/// The namespace of the URL goes into an object that names none.
std::optional<Answer> PlaceInNamespace(const Target& target, Json& object) {
  Json& metadata = object["metadata"];
  if (!metadata.is_object()) metadata = Json::object();
  if (!target.resource->namespaced) {
    metadata.erase("namespace");
    return std::nullopt;
  }
  if (FindString(metadata, {"namespace"}).empty()) metadata["namespace"] = target.ns;
  if (metadata["namespace"] == target.ns) return std::nullopt;
  return BadRequestAnswer(
      "the namespace of the provided object does not match the namespace sent on the request");
}

}  // namespace

Registry::Registry(ObjectStore& store, const Clock& clock, Random& random)
    : store_(store), clock_(clock), random_(random) {}

Status Registry::Bootstrap() {
  for (const char* name :
       {"default", "kube-system", "kube-public", "kube-node-lease", "edge-system"}) {
    Target ns{&Core("namespaces"), "", name, ""};
    if (store_.Get(KeyOf(ns)) != nullptr) continue;
    const Answer made = Create(
        ns, {{"kind", "Namespace"}, {"apiVersion", "v1"}, {"metadata", {{"name", name}}}}, {});
    EDGE_RETURN_IF_ERROR(ToStatus(made).WithContext("cannot make namespace " + std::string(name)));
  }
  for (const auto& [key, stored] : store_.List("namespaces", "", {}, 0)) {
    WarnIfBad(EnsureDefaultAccount(key.name));
  }
  return Status::Ok();
}

Status Registry::EnsureDefaultAccount(const std::string& ns) {
  const Target account{&Core("serviceaccounts"), ns, "default", ""};
  const std::optional<Json> held = Load({&Core("namespaces"), "", ns, ""});
  const bool ends = !held || Find(*held, {"metadata", "deletionTimestamp"}) != nullptr;
  if (ends || store_.Get(KeyOf(account)) != nullptr) return Status::Ok();
  const Answer made = Create(
      account,
      {{"kind", "ServiceAccount"}, {"apiVersion", "v1"}, {"metadata", {{"name", "default"}}}}, {});
  return ToStatus(made).WithContext("cannot make the default ServiceAccount of " + ns);
}

StoreKey Registry::KeyOf(const Target& target) const {
  return {QualifiedResource(*target.resource), target.resource->namespaced ? target.ns : "",
          target.name};
}

std::optional<Json> Registry::Load(const Target& target) const {
  const StoredPtr stored = store_.Get(KeyOf(target));
  if (stored == nullptr) return std::nullopt;
  return Decode(*target.resource, *stored);
}

Answer Registry::Get(const Target& target) const {
  std::optional<Json> object = Load(target);
  if (!object) return NotFoundAnswer(*target.resource, target.name);
  return {200, std::move(*object), {}};
}

Status Registry::Store(const StoreKey& key, Json& object) {
  Json stored = object;
  stored.erase("kind");
  stored.erase("apiVersion");
  EDGE_RETURN_IF_ERROR(store_.Put(key, stored));
  object["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"];
  return Status::Ok();
}

std::string Registry::UniqueName(const Target& target, const std::string& prefix) {
  Target free = target;
  do {
    free.name = prefix.substr(0, kMaxPrefix);
    for (std::size_t i = 0; i < kSuffixSize; ++i) {
      free.name += kSuffixLetters[random_.Below(kSuffixLetters.size())];
    }
  } while (store_.Get(KeyOf(free)) != nullptr);
  return free.name;
}

void Registry::StampNew(const kube::ResourceInfo& resource, Json& object) {
  object["metadata"]["uid"] = random_.Uuid();
  object["metadata"]["creationTimestamp"] = Now();
  FinishCreate(resource, object);
}

Answer Registry::Create(Target target, Json object, const WriteOptions& options) {
  const kube::ResourceInfo& resource = *target.resource;
  Answer answer{201, nullptr, {}};
  if (auto refusal = DecodeObject(resource, options, object, answer.warnings)) {
    return *refusal;
  }
  if (auto refusal = PlaceInNamespace(target, object)) return *refusal;
  if (!FindString(object, {"metadata", "resourceVersion"}).empty()) {
    return BadRequestAnswer("resourceVersion should not be set on objects to be created");
  }
  const std::string prefix = FindString(object, {"metadata", "generateName"});
  target.name = FindString(object, {"metadata", "name"});
  if (target.name.empty() && !prefix.empty()) {
    object["metadata"]["name"] = target.name = UniqueName(target, prefix);
  }
  if (auto refusal = AdmitToNamespace(target)) return *refusal;
  PrepareForCreate(resource, object);
  kube::Default(TypeOf(resource), object);
  StampNew(resource, object);
  if (IsCore(resource, "pods")) {
    if (auto refusal = AdmitPod(target, object)) return *refusal;
  }
  if (IsCore(resource, "services")) AllocateClusterIp(object);
  const auto errors = kube::Validate(TypeOf(resource), object, {.namespaced = resource.namespaced});
  if (!errors.empty()) return InvalidAnswer(resource, target.name, errors);
  if (store_.Get(KeyOf(target)) != nullptr) return AlreadyExistsAnswer(resource, target.name);
  if (!options.dry_run) {
    if (const Status stored = Store(KeyOf(target), object); !stored.ok()) return FromStatus(stored);
    if (IsCore(resource, "namespaces")) {
      WarnIfBad(EnsureDefaultAccount(target.name));
    }
  }
  answer.body = std::move(object);
  return answer;
}

void Registry::AllocateClusterIp(Json& service) {
  Json& spec = service["spec"];
  const bool none = FindString(spec, {"type"}) == "ExternalName";
  if (none || !FindString(spec, {"clusterIP"}).empty()) return;
  const std::string resource = QualifiedResource(Core("services"));
  std::string ip;
  bool taken = true;
  while (taken) {
    ip = "10.96." + std::to_string(random_.Below(255)) + "." +
         std::to_string(1 + random_.Below(253));
    taken = false;
    for (const auto& [key, stored] : store_.List(resource, "", {}, 0)) {
      taken = taken || stored->bytes.find("\"" + ip + "\"") != std::string::npos;
    }
  }
  spec["clusterIP"] = ip;
  spec["clusterIPs"] = Json::array({ip});
  spec["ipFamilies"] = Json::array({"IPv4"});
  spec["ipFamilyPolicy"] = "SingleStack";
}

Answer Registry::Bind(const Target& target, const Json& binding, const WriteOptions& options) {
  const kube::ResourceInfo& pods = *target.resource;
  std::optional<Json> pod = Load(target);
  if (!pod) return NotFoundAnswer(pods, target.name);
  const std::string node = FindString(binding, {"target", "name"});
  const std::string held = FindString(*pod, {"spec", "nodeName"});
  const auto conflict = [&](const std::string& cause) {
    Answer answer = ConflictAnswer(pods, target.name, cause);
    answer.body["message"] =
        "Operation cannot be fulfilled on pods/binding \"" + target.name + "\": " + cause;
    answer.body["details"]["kind"] = "pods/binding";
    return answer;
  };
  if (node.empty() || FindString(binding, {"target", "kind"}, "Node") != "Node") {
    return InvalidAnswer(pods, target.name, {kube::Required("target.name")});
  }
  if (const std::string uid = FindString(binding, {"metadata", "uid"});
      !uid.empty() && uid != FindString(*pod, {"metadata", "uid"})) {
    return conflict("Precondition failed: UID in precondition: " + uid +
                    ", UID in object meta: " + FindString(*pod, {"metadata", "uid"}));
  }
  if (pod->at("metadata").contains("deletionTimestamp")) {
    return conflict("pod " + target.name + " is being deleted, cannot be assigned to a host");
  }
  if (!held.empty()) {
    return conflict("pod " + target.name + " is already assigned to node \"" + held + "\"");
  }
  (*pod)["spec"]["nodeName"] = node;
  Json conditions = Json::array({{{"type", "PodScheduled"},
                                  {"status", "True"},
                                  {"lastProbeTime", nullptr},
                                  {"lastTransitionTime", Now()}}});
  if (const Json* old = Find(*pod, {"status", "conditions"}); old != nullptr) {
    for (const Json& condition : *old) {
      if (FindString(condition, {"type"}) != "PodScheduled") conditions.push_back(condition);
    }
  }
  (*pod)["status"]["conditions"] = std::move(conditions);
  if (!options.dry_run) {
    if (const Status stored = Store(KeyOf(target), *pod); !stored.ok()) return FromStatus(stored);
  }
  Answer answer{201, nullptr, {}};
  answer.body = {{"kind", "Status"},
                 {"apiVersion", "v1"},
                 {"metadata", Json::object()},
                 {"status", "Success"},
                 {"code", 201}};
  return answer;
}

}  // namespace edge::cloudhub::embedded
