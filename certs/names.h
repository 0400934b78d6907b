#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/status.h"

namespace edge::certs {

/// X.509 allows 64 characters in a CN, and "system:node:" takes 12 of them.
inline constexpr std::size_t kMaxNodeName = 52;
inline constexpr std::string_view kNodePrefix = "system:node:";
inline constexpr std::string_view kNodesOrganization = "system:nodes";
inline constexpr std::string_view kHubCommonName = "edge:hub";
inline constexpr std::size_t kMaxHubId = 55;

/// OK for a DNS-1123 subdomain (as Kubernetes demands of Node names) of 1 to 52 characters.
/// Errors: kInvalidArgument that quotes the name and says what is wrong.
Status CheckNodeName(std::string_view name);

/// "system:node:<name>".
std::string NodeCommonName(std::string_view node_name);
/// The reverse. Errors: kInvalidArgument for another prefix or a bad node name.
Result<std::string> NodeOfCommonName(std::string_view common_name);

/// OK for 1 to 55 letters, digits, "-", "_" and "." of a replica's hub_id. Errors:
/// kInvalidArgument.
Status CheckHubId(std::string_view hub_id);
/// "edge:hub:<hub_id>", or "edge:hub" for a lone hub, whose id is empty.
std::string HubCommonName(std::string_view hub_id);

}  // namespace edge::certs
