#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "kube/edge_node.h"
#include "kube/name_rules.h"
#include "kube/validation.h"
#include "kube/validators.h"

namespace edge::kube {
namespace {

constexpr std::array kTerminalsOwn = {"kubernetes.io/arch", "kubernetes.io/hostname",
                                      "kubernetes.io/os"};
constexpr std::array kHubsOwn = {"node-role.kubernetes.io/edge",
                                 "node.kubernetes.io/exclude-from-external-load-balancers"};
constexpr std::string_view kConditionTaints = "node.kubernetes.io/";

/// "host:port" or "[v6]:port" with a port from 1 to 65535 and nothing behind it.
bool IsHostPort(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view host = text.substr(0, colon), port = text.substr(colon + 1);
  int number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size()) return false;
  if (number < 1 || number > 65535) return false;
  if (host.front() == '[') {
    return host.size() > 2 && host.back() == ']' &&
           host.find_first_not_of("0123456789abcdefABCDEF:.", 1) == host.size() - 1;
  }
  return CheckDnsSubdomain(host).empty();
}

void ValidateBroker(const Json& node, FieldErrors& errors) {
  const std::string url = FindString(node, {"spec", "connection", "brokerURL"});
  constexpr std::string_view kScheme = "tls://";
  if (url.empty()) return;  // the table says so
  if (std::string_view(url).substr(0, kScheme.size()) != kScheme ||
      !IsHostPort(std::string_view(url).substr(kScheme.size()))) {
    errors.push_back(Invalid("spec.connection.brokerURL", url,
                             "must be tls://host:port, e.g. tls://mqtt.example.com:8883"));
  }
}

}  // namespace

std::string WhyReservedLabel(std::string_view key) {
  const auto in = [&](const auto& own) {
    return std::find(own.begin(), own.end(), key) != own.end();
  };
  if (in(kTerminalsOwn)) return "the terminal sets this label itself: leave it out";
  if (in(kHubsOwn)) return "the hub sets this label itself: leave it out";
  return {};
}

std::string WhyReservedTaint(std::string_view key) {
  if (key.substr(0, kConditionTaints.size()) != kConditionTaints) return {};
  return "must not begin with node.kubernetes.io/: Kubernetes sets and removes those itself; write "
         "a domain of your own, e.g. example.com/checkout";
}

void ValidateTaints(const Json& spec, FieldErrors& errors) {
  std::set<std::pair<std::string, std::string>> seen;
  ForEachAt(spec, "taints", "spec", [&](const Json& taint, const std::string& path) {
    const std::string key = FindString(taint, {"key"}), value = FindString(taint, {"value"});
    if (!key.empty()) AddIfBad(path + ".key", key, CheckQualifiedName(key), errors);
    AddIfBad(path + ".value", value, CheckLabelValue(value), errors);
    if (!seen.emplace(key, FindString(taint, {"effect"})).second) {
      errors.push_back({FieldErrorType::kDuplicate, path, taint,
                        "taints must be unique by key and effect pair"});
    }
  });
}

void ValidateEdgeNode(const Json& node, FieldErrors& errors) {
  ValidateBroker(node, errors);
  const Json* spec = Find(node, {"spec"});
  if (spec == nullptr) return;
  if (const Json* labels = Find(*spec, {"labels"}); labels != nullptr && labels->is_object()) {
    ValidateLabels(*labels, "spec.labels", errors);
    for (const auto& [key, value] : labels->items()) {
      AddIfBad("spec.labels", key, WhyReservedLabel(key), errors);
    }
  }
  ValidateTaints(*spec, errors);
  ForEachAt(*spec, "taints", "spec", [&](const Json& taint, const std::string& path) {
    const std::string key = FindString(taint, {"key"});
    AddIfBad(path + ".key", key, WhyReservedTaint(key), errors);
  });
  CheckNotNegative(*spec, "tolerationSeconds", "spec", errors);
}

}  // namespace edge::kube
