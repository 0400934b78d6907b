#include "tests/kubernetes/oracle/normal.h"

#include <algorithm>
#include <regex>
#include <utility>
#include <vector>

namespace edge::oracle {
namespace {

constexpr std::size_t kBrief = 400;

bool IsNumber(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return !text.empty() && text != "0" && text.find_first_not_of("0123456789") == std::string::npos;
}

/// Members whose values are nobody's concern; their presence is.
void NormalizeMember(const std::string& key, Json& value) {
  if (key == "resourceVersion" && IsNumber(value)) value = "VERSION";
  if (key == "continue" && value.is_string() && value != "") value = "CONTINUE";
  if (key == "nodePort" && value.is_number_integer() && value >= 30000) value = 30000;
}

/// Several faults come in no order that anybody relies on.
void SortFaults(Json& status) {
  const Json* found = Find(status, {"details", "causes"});
  if (found == nullptr || found->size() < 2) return;
  Json& causes = status["details"]["causes"];
  std::sort(causes.begin(), causes.end());
  const std::string message = FindString(status, {"message"});
  const std::size_t list = message.find("is invalid: [");
  if (list != std::string::npos) status["message"] = message.substr(0, list) + "is invalid: [...]";
}

/// What a list of resources calls one, in either form of discovery.
std::string NameOf(const Json& entry) {
  return FindString(entry, {"name"}, FindString(entry, {"resource"}));
}

const Json* FindNamed(const Json& list, const std::string& name) {
  for (const Json& entry : list) {
    if (NameOf(entry) == name) return &entry;
  }
  return nullptr;
}

void KeepNamed(Json& real, const Json& embedded) {
  Json kept = Json::array();
  for (Json& entry : real) {
    const Json* ours = FindNamed(embedded, NameOf(entry));
    if (ours == nullptr) continue;
    entry.erase("storageVersionHash");  // opaque
    if (entry.contains("subresources") && ours->contains("subresources")) {
      Json subresources = Json::array();
      for (const Json& sub : entry["subresources"]) {
        for (const Json& our_sub : ours->at("subresources")) {
          if (our_sub.at("subresource") == sub.at("subresource")) subresources.push_back(sub);
        }
      }
      entry["subresources"] = std::move(subresources);
    }
    kept.push_back(std::move(entry));
  }
  // Custom kinds come in the order in which they were accepted.
  std::stable_sort(kept.begin(), kept.end(),
                   [](const Json& a, const Json& b) { return NameOf(a) < NameOf(b); });
  real = std::move(kept);
}

}  // namespace

std::string NormalizeText(std::string text) {
  static const std::vector<std::pair<std::regex, std::string>> kVary = {
      {std::regex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UID"},
      {std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]+Z"), "MICROTIME"},
      {std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z"), "TIME"},
      {std::regex("gen-[bcdfghjklmnpqrstvwxz2456789]{5}"), "gen-*"},
      {std::regex("\\b10\\.(96|250)\\.[0-9]+\\.[0-9]+"), "CLUSTER-IP"},
      {std::regex("\\b3[0-2][0-9]{3}\\b"), "30000"},
      {std::regex("(resource version: |current: )[0-9]+( \\([0-9]+\\))?"), "$1VERSION"},
      {std::regex("(ResourceVersion in record \\()[0-9]+"), "$1VERSION"},
      {std::regex("^([0-9]+m)?[0-9]+s$"), "AGE"}};
  for (const auto& [pattern, word] : kVary) text = std::regex_replace(text, pattern, word);
  return text;
}

Json Normalize(Json value) {
  if (value.is_string()) return NormalizeText(value.get<std::string>());
  if (value.is_object()) {
    value.erase("managedFields");
    SortFaults(value);
    if (value.contains("verbs")) std::sort(value["verbs"].begin(), value["verbs"].end());
  }
  if (!value.is_structured()) return value;
  for (auto& [key, member] : value.items()) {
    if (value.is_object()) NormalizeMember(key, member);
    member = Normalize(std::move(member));
  }
  return value;
}

void RestrictDiscovery(Json& real, const Json& embedded) {
  const std::string kind = FindString(real, {"kind"});
  if (kind == "APIResourceList" && embedded.contains("resources")) {
    KeepNamed(real["resources"], embedded["resources"]);
  }
  if (kind != "APIGroupDiscoveryList" || !embedded.contains("items")) return;
  const Json::json_pointer resources("/items/0/versions/0/resources");
  if (real.contains(resources) && embedded.contains(resources)) {
    KeepNamed(real[resources], embedded[resources]);
  }
}

std::string Brief(const Json& value) {
  std::string text = DumpJson(value);
  if (text.size() > kBrief) text = text.substr(0, kBrief) + "...";
  return text;
}

}  // namespace edge::oracle
