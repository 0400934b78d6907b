#include "cloudhub/core/enrolment/link_info.h"

#include <algorithm>

#include "cloudhub/core/enrolment/config_map.h"
#include "cloudhub/core/resources.h"

namespace edge::cloudhub {
namespace {

std::string Lines(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += item + "\n";
  return text;
}

std::vector<std::string> Items(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) items.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return items;
}

Json NamespaceManifest() {
  return {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", kSystemNamespace}}}};
}

}  // namespace

Json LinkInfoToConfigMap(const LinkInfo& info) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", kLinkConfigMap}, {"namespace", kSystemNamespace}}},
          {"data",
           {{"clusterName", info.cluster_name},
            {"ca.crt", info.ca_certificate_pem},
            {"enrolURLs", Lines(info.enrol_urls)},
            {"brokerURLs", Lines(info.broker_urls)}}}};
}

Result<LinkInfo> LinkInfoFromConfigMap(const Json& config_map) {
  LinkInfo info;
  info.cluster_name = FindString(config_map, {"data", "clusterName"});
  info.ca_certificate_pem = FindString(config_map, {"data", "ca.crt"});
  info.enrol_urls = Items(FindString(config_map, {"data", "enrolURLs"}));
  info.broker_urls = Items(FindString(config_map, {"data", "brokerURLs"}));
  const char* missing = info.cluster_name.empty()         ? "clusterName"
                        : info.ca_certificate_pem.empty() ? "ca.crt"
                        : info.enrol_urls.empty()         ? "enrolURLs"
                                                          : nullptr;
  if (missing == nullptr) return info;
  return FailedPrecondition(
      "the ConfigMap edge-system/edge-link has no " + std::string(missing),
      "let cloudhub write it: set its cluster name, CA and broker addresses, and start it");
}

void PublishLinkInfo(KubeApi& api, const LinkInfo& info, std::function<void(Status)> done) {
  const Json config_map = LinkInfoToConfigMap(info);
  api.Create(
      {}, kNamespaces, NamespaceManifest(),
      [&api, config_map, done = std::move(done)](const Result<Json>& created) {
        // Where the hub may not create namespaces the operator has made it.
        const Code code = created.status().code();
        if (!created.ok() && code != Code::kAlreadyExists && code != Code::kPermissionDenied) {
          done(created.status());
          return;
        }
        PutConfigMap(api, config_map, done);
      });
}

}  // namespace edge::cloudhub
