#pragma once

#include <string>

#include "common/json.h"

namespace edge::oracle {

/// Without what differs from one server, or one run, to the next: uids, times, versions, addresses
/// and ages become words; managedFields go.
Json Normalize(Json value);
std::string NormalizeText(std::string text);

/// Takes out of a real server's discovery what the embedded one does not serve.
void RestrictDiscovery(Json& real, const Json& embedded);

/// As it stands in a report: short.
std::string Brief(const Json& value);

}  // namespace edge::oracle
