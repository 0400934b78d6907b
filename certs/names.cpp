#include "certs/names.h"

#include <algorithm>

namespace edge::certs {
namespace {

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// A label of a DNS name: letters, digits and, inside, hyphens.
bool IsLabel(std::string_view label) {
  if (label.empty() || !IsLowerOrDigit(label.front()) || !IsLowerOrDigit(label.back())) {
    return false;
  }
  for (const char c : label) {
    if (!IsLowerOrDigit(c) && c != '-') return false;
  }
  return true;
}

}  // namespace

Status CheckNodeName(std::string_view name) {
  const std::string quoted = "node name \"" + std::string(name.substr(0, 80)) + "\"";
  if (name.empty()) return InvalidArgument("the node name is empty");
  if (name.size() > kMaxNodeName) {
    return InvalidArgument(quoted + " has " + std::to_string(name.size()) + " characters",
                           "choose one of at most 52, so that it fits into a certificate");
  }
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (!IsLabel(name.substr(begin, end - begin))) {
      return InvalidArgument(quoted + " is no DNS name",
                             "use lower-case letters, digits, '-' and '.', and begin and end each "
                             "part with a letter or digit");
    }
    begin = end + 1;
  }
  return Status::Ok();
}

std::string NodeCommonName(std::string_view node_name) {
  return std::string(kNodePrefix) + std::string(node_name);
}

Result<std::string> NodeOfCommonName(std::string_view common_name) {
  if (common_name.substr(0, kNodePrefix.size()) != kNodePrefix) {
    return InvalidArgument("\"" + std::string(common_name.substr(0, 80)) +
                           "\" is no node's certificate name");
  }
  const std::string_view name = common_name.substr(kNodePrefix.size());
  EDGE_RETURN_IF_ERROR(CheckNodeName(name));
  return std::string(name);
}

Status CheckHubId(std::string_view hub_id) {
  const bool plain = std::all_of(hub_id.begin(), hub_id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  if (plain && !hub_id.empty() && hub_id.size() <= kMaxHubId) return Status::Ok();
  return InvalidArgument(
      "the hub id \"" + std::string(hub_id.substr(0, 80)) + "\" fits into no certificate",
      "use 1 to 55 letters, digits, '-', '_' and '.'");
}

std::string HubCommonName(std::string_view hub_id) {
  std::string name(kHubCommonName);
  return hub_id.empty() ? name : name + ":" + std::string(hub_id);
}

}  // namespace edge::certs
