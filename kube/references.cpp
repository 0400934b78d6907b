#include "kube/references.h"

#include <algorithm>
#include <array>

namespace edge::kube {
namespace {

constexpr std::array<const char*, 3> kContainerLists{"containers", "initContainers",
                                                     "ephemeralContainers"};

/// Calls `visit` with each element of the list at `path`, if there is one.
template <typename Visit>
void ForEach(const Json& value, std::initializer_list<std::string_view> path, Visit visit) {
  const Json* list = Find(value, path);
  if (list == nullptr || !list->is_array()) return;
  for (const Json& element : *list) visit(element);
}

class Collector {
 public:
  explicit Collector(std::string ns) : ns_(std::move(ns)) {}

  void Add(Reference::Kind kind, const Json* source, std::string_view name_field = "name",
           bool optional = false) {
    if (source == nullptr) return;
    const std::string name = FindString(*source, {name_field});
    if (name.empty()) return;
    optional = optional || FindBool(*source, {"optional"});
    const auto [it, added] = optional_.try_emplace({kind, name}, optional);
    if (!added) it->second = it->second && optional;
  }

  std::set<Reference> Take() const {
    std::set<Reference> references;
    for (const auto& [key, optional] : optional_) {
      references.insert({key.first, ns_, key.second, optional});
    }
    return references;
  }

 private:
  std::string ns_;
  std::map<std::pair<Reference::Kind, std::string>, bool> optional_;
};

using Kind = Reference::Kind;

void CollectContainer(const Json& container, Collector& out) {
  ForEach(container, {"env"}, [&](const Json& variable) {
    out.Add(Kind::kConfigMap, Find(variable, {"valueFrom", "configMapKeyRef"}));
    out.Add(Kind::kSecret, Find(variable, {"valueFrom", "secretKeyRef"}));
  });
  ForEach(container, {"envFrom"}, [&](const Json& source) {
    out.Add(Kind::kConfigMap, Find(source, {"configMapRef"}));
    out.Add(Kind::kSecret, Find(source, {"secretRef"}));
  });
}

/// Secrets with credentials for a storage driver, by where the volume names them.
void CollectDriverSecrets(const Json& volume, Collector& out) {
  for (const char* source :
       {"cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"}) {
    out.Add(Kind::kSecret, Find(volume, {source, "secretRef"}));
  }
  out.Add(Kind::kSecret, Find(volume, {"csi", "nodePublishSecretRef"}));
  out.Add(Kind::kSecret, Find(volume, {"azureFile"}), "secretName");
}

void CollectVolume(const Json& volume, Collector& out) {
  out.Add(Kind::kConfigMap, Find(volume, {"configMap"}));
  out.Add(Kind::kSecret, Find(volume, {"secret"}), "secretName");
  ForEach(volume, {"projected", "sources"}, [&](const Json& source) {
    out.Add(Kind::kConfigMap, Find(source, {"configMap"}));
    out.Add(Kind::kSecret, Find(source, {"secret"}));
  });
  CollectDriverSecrets(volume, out);
}

struct Amounts {
  bool any = false;        ///< a positive cpu or memory request or limit was seen
  bool guaranteed = true;  ///< so far each container's limits are its requests
};

bool IsPositive(const Json* amount) {
  if (amount == nullptr) return false;
  const auto quantity = Quantity::FromJson(*amount);
  return quantity.ok() && !quantity->IsZero() && !quantity->IsNegative();
}

bool SameAmount(const Json& a, const Json& b) {
  const auto first = Quantity::FromJson(a), second = Quantity::FromJson(b);
  return first.ok() && second.ok() && *first == *second;
}

void Inspect(const Json& resources, Amounts& amounts) {
  for (const char* name : {"cpu", "memory"}) {
    const Json* limit = Find(resources, {"limits", name});
    const Json* request = Find(resources, {"requests", name});
    const bool limited = IsPositive(limit);
    amounts.any = amounts.any || limited || IsPositive(request);
    const bool equal = limited && (request == nullptr || SameAmount(*limit, *request));
    amounts.guaranteed = amounts.guaranteed && equal;
  }
}

ResourceList ListAt(const Json& holder, std::string_view which) {
  ResourceList list;
  const Json* amounts = Find(holder, {"resources", which});
  if (amounts == nullptr || !amounts->is_object()) return list;
  for (const auto& [name, amount] : amounts->items()) {
    if (const auto quantity = Quantity::FromJson(amount); quantity.ok()) list[name] = *quantity;
  }
  return list;
}

void Sum(ResourceList& total, const ResourceList& more) {
  for (const auto& [name, amount] : more) total[name] += amount;
}

void Raise(ResourceList& total, const ResourceList& other) {
  for (const auto& [name, amount] : other) {
    const auto [it, added] = total.try_emplace(name, amount);
    if (!added && it->second < amount) it->second = amount;
  }
}

/// The rule of the scheduler: sidecars (restartable init containers) stay, so they add to what
/// runs after them; plain init containers run one at a time beside the sidecars started so far.
ResourceList PodAmounts(const Json& pod, std::string_view which) {
  ResourceList running, sidecars, initial;
  ForEach(pod, {"spec", "containers"},
          [&](const Json& container) { Sum(running, ListAt(container, which)); });
  ForEach(pod, {"spec", "initContainers"}, [&](const Json& container) {
    ResourceList need = ListAt(container, which);
    if (FindString(container, {"restartPolicy"}) == "Always") {
      Sum(sidecars, need);
      Raise(initial, sidecars);
    } else {
      Sum(need, sidecars);
      Raise(initial, need);
    }
  });
  Sum(running, sidecars);
  Raise(running, initial);
  const Json* spec = Find(pod, {"spec"});
  if (spec != nullptr) {
    for (const auto& [name, amount] : ListAt(*spec, which)) running[name] = amount;  // pod level
  }
  return running;
}

void AddOverhead(const Json& pod, ResourceList& total, bool only_present) {
  const Json* overhead = Find(pod, {"spec", "overhead"});
  if (overhead == nullptr || !overhead->is_object()) return;
  for (const auto& [name, amount] : overhead->items()) {
    const auto quantity = Quantity::FromJson(amount);
    if (quantity.ok() && (!only_present || total.contains(name))) total[name] += *quantity;
  }
}

}  // namespace

std::set<Reference> References(const Json& pod) {
  Collector out(FindString(pod, {"metadata", "namespace"}));
  for (const char* list : kContainerLists) {
    ForEach(pod, {"spec", list}, [&](const Json& container) { CollectContainer(container, out); });
  }
  ForEach(pod, {"spec", "volumes"}, [&](const Json& volume) { CollectVolume(volume, out); });
  // A pull secret that is missing does not stop the pod: the image may be public.
  ForEach(pod, {"spec", "imagePullSecrets"},
          [&](const Json& secret) { out.Add(Kind::kSecret, &secret, "name", true); });
  out.Add(Kind::kServiceAccount, Find(pod, {"spec"}), "serviceAccountName");
  return out.Take();
}

std::set<sync::ObjectKey> ConfigKeys(const Json& pod) {
  std::set<sync::ObjectKey> keys;
  for (const Reference& reference : References(pod)) {
    if (reference.kind == Kind::kServiceAccount) continue;
    const bool secret = reference.kind == Kind::kSecret;
    keys.insert(
        {secret ? sync::Kind::kSecret : sync::Kind::kConfigMap, reference.ns, reference.name});
  }
  return keys;
}

std::set<TokenSource> TokenSources(const Json& pod) {
  std::set<TokenSource> sources;
  ForEach(pod, {"spec", "volumes"}, [&](const Json& volume) {
    ForEach(volume, {"projected", "sources"}, [&](const Json& source) {
      const Json* token = Find(source, {"serviceAccountToken"});
      if (token == nullptr) return;
      sources.insert(
          {FindString(*token, {"audience"}), FindInt(*token, {"expirationSeconds"}, 3600)});
    });
  });
  return sources;
}

std::string_view QosClass(const Json& pod) {
  Amounts amounts;
  if (const Json* own = Find(pod, {"spec", "resources"}); own != nullptr && !own->empty()) {
    Inspect(*own, amounts);
  } else {
    for (const char* list : {"containers", "initContainers"}) {
      ForEach(pod, {"spec", list}, [&](const Json& container) {
        const Json* resources = Find(container, {"resources"});
        Inspect(resources == nullptr ? Json::object() : *resources, amounts);
      });
    }
  }
  if (!amounts.any) return "BestEffort";
  return amounts.guaranteed ? "Guaranteed" : "Burstable";
}

ResourceList PodRequests(const Json& pod) {
  ResourceList total = PodAmounts(pod, "requests");
  AddOverhead(pod, total, false);
  return total;
}

ResourceList PodLimits(const Json& pod) {
  ResourceList total = PodAmounts(pod, "limits");
  AddOverhead(pod, total, true);
  return total;
}

}  // namespace edge::kube
