#include "cloudhub/adapters/kubernetes/request_path.h"

#include <algorithm>

#include "common/log.h"

namespace edge::cloudhub::kubernetes {
namespace {

constexpr std::size_t kLongestName = 253;

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Path segments of the API: IsValidPathSegmentName of apimachinery, and no control characters.
Status CheckSegment(std::string_view what, std::string_view text) {
  const bool odd = std::any_of(text.begin(), text.end(), [](char c) {
    return c == '/' || c == '%' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (!text.empty() && text != "." && text != ".." && text.size() <= kLongestName && !odd) {
    return Status::Ok();
  }
  return InvalidArgument(Quote(text.substr(0, kLongestName)) + " cannot be the " +
                         std::string(what) + " of an object");
}

}  // namespace

std::string PercentEncoded(std::string_view text) {
  static const char* const kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (IsAlphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

Result<std::string> CollectionPath(const Resource& resource, const std::string& ns) {
  std::string path = "/api";
  if (!resource.group.empty()) {
    EDGE_RETURN_IF_ERROR(CheckSegment("group", resource.group));
    path += "s/" + PercentEncoded(resource.group);
  }
  EDGE_RETURN_IF_ERROR(CheckSegment("version", resource.version));
  EDGE_RETURN_IF_ERROR(CheckSegment("resource", resource.plural));
  path += "/" + PercentEncoded(resource.version);
  if (!ns.empty()) {
    EDGE_RETURN_IF_ERROR(CheckSegment("namespace", ns));
    path += "/namespaces/" + PercentEncoded(ns);
  }
  return path + "/" + PercentEncoded(resource.plural);
}

Result<std::string> ObjectPath(const Resource& resource, const std::string& ns,
                               const std::string& name, const std::string& subresource) {
  EDGE_ASSIGN_OR_RETURN(std::string path, CollectionPath(resource, ns));
  EDGE_RETURN_IF_ERROR(CheckSegment("name", name));
  path += "/" + PercentEncoded(name);
  if (subresource.empty()) return path;
  EDGE_RETURN_IF_ERROR(CheckSegment("subresource", subresource));
  return path + "/" + PercentEncoded(subresource);
}

Status CheckNodeName(std::string_view node) {
  const bool fits =
      !node.empty() && node.size() <= kLongestName && IsAlphanumeric(node.front()) &&
      IsAlphanumeric(node.back()) && std::all_of(node.begin(), node.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
      });
  if (fits) return Status::Ok();
  return InvalidArgument(Quote(node.substr(0, kLongestName)) + " cannot be the name of a Node");
}

}  // namespace edge::cloudhub::kubernetes
