#include "edged/core/pod/field_value.h"

#include "kube/quantity.h"

namespace edge::edged {
namespace {

// As Go's %q writes it, which is how kubelet formats labels in a file.
std::string GoQuote(const std::string& text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"': result += "\\\""; break;
      case '\\': result += "\\\\"; break;
      case '\n': result += "\\n"; break;
      case '\t': result += "\\t"; break;
      case '\r': result += "\\r"; break;
      case '\a': result += "\\a"; break;
      case '\b': result += "\\b"; break;
      case '\f': result += "\\f"; break;
      case '\v': result += "\\v"; break;
      default:
        if (byte < 0x20 || byte == 0x7f) {
          result += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
        } else {
          result += c;
        }
    }
  }
  return result + "\"";
}

std::string FormatMap(const std::map<std::string, std::string>& map) {
  std::string result;
  for (const auto& [key, value] : map) {
    if (!result.empty()) result += "\n";
    result += key + "=" + GoQuote(value);
  }
  return result;
}

std::string Join(const std::vector<std::string>& parts) {
  std::string result;
  for (const std::string& part : parts) result += (result.empty() ? "" : ",") + part;
  return result;
}

std::string First(const std::vector<std::string>& list) {
  return list.empty() ? std::string() : list.front();
}

// metadata.labels['key']: the key, where `path` starts with `prefix` and is closed properly.
std::optional<std::string> Subscript(const std::string& path, const std::string& prefix) {
  const std::string open = prefix + "['";
  if (path.size() < open.size() + 2 || path.compare(0, open.size(), open) != 0) return {};
  if (path.compare(path.size() - 2, 2, "']") != 0) return {};
  return path.substr(open.size(), path.size() - open.size() - 2);
}

std::string ValueOr(const std::map<std::string, std::string>& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? std::string() : found->second;
}

Result<std::string> StatusField(const Pod& pod, const std::string& path, const NodeContext& node,
                                const std::vector<std::string>& pod_ips) {
  const std::vector<std::string>& ips = pod.host_network ? node.host_ips : pod_ips;
  if (path == "status.hostIP") return First(node.host_ips);
  if (path == "status.hostIPs") return Join(node.host_ips);
  if (path == "status.podIP") return First(ips);
  if (path == "status.podIPs") return Join(ips);
  return InvalidArgument("fieldPath \"" + path + "\" is not supported",
                         "use a field of the downward API");
}

}  // namespace

Result<std::string> FieldValue(const Pod& pod, const FieldRef& field, const NodeContext& node,
                               const std::vector<std::string>& pod_ips) {
  const std::string& path = field.path;
  if (path == "metadata.name") return pod.name;
  if (path == "metadata.namespace") return pod.ns;
  if (path == "metadata.uid") return pod.uid;
  if (path == "metadata.labels") return FormatMap(pod.labels);
  if (path == "metadata.annotations") return FormatMap(pod.annotations);
  if (path == "spec.nodeName") return pod.node_name.empty() ? node.node_name : pod.node_name;
  if (path == "spec.serviceAccountName") return pod.service_account;
  if (const auto key = Subscript(path, "metadata.labels")) return ValueOr(pod.labels, *key);
  if (const auto key = Subscript(path, "metadata.annotations")) {
    return ValueOr(pod.annotations, *key);
  }
  return StatusField(pod, path, node, pod_ips);
}

Result<std::string> ResourceValue(const Pod& pod, const ResourceFieldRef& ref,
                                  const std::string& own_container, const NodeContext& node) {
  const std::string name = ref.container.empty() ? own_container : ref.container;
  const Container* container = pod.FindContainer(name);
  if (container == nullptr) {
    return InvalidArgument("resourceFieldRef: the pod has no container \"" + name + "\"");
  }
  const std::size_t dot = ref.resource.find('.');
  const std::string list = ref.resource.substr(0, dot);
  if (dot == std::string::npos || (list != "limits" && list != "requests")) {
    return InvalidArgument("resourceFieldRef: \"" + ref.resource + "\" is not supported",
                           "use limits.* or requests.*");
  }
  const std::string resource = ref.resource.substr(dot + 1);
  std::string text = ValueOr(list == "limits" ? container->limits : container->requests, resource);
  if (text.empty() && list == "limits") text = ValueOr(node.allocatable, resource);
  EDGE_ASSIGN_OR_RETURN(const kube::Quantity value,
                        kube::Quantity::Parse(text.empty() ? "0" : text));
  EDGE_ASSIGN_OR_RETURN(const kube::Quantity given,
                        kube::Quantity::Parse(ref.divisor.empty() ? "1" : ref.divisor));
  const kube::Quantity divisor = given.IsZero() ? kube::Quantity::FromInt(1) : given;
  const bool milli = resource == "cpu";
  const std::int64_t top = milli ? value.MilliValue() : value.Value();
  const std::int64_t bottom = milli ? divisor.MilliValue() : divisor.Value();
  if (bottom <= 0) return InvalidArgument("resourceFieldRef: divisor " + ref.divisor);
  return std::to_string(top / bottom + (top % bottom > 0 ? 1 : 0));
}

}  // namespace edge::edged
