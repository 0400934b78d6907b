#pragma once

#include <string>

#include "common/status.h"
#include "link/ports/mqtt_client.h"

namespace edge::link {

/// Where to connect, out of "tls://host[:port]", "tls://[address]:port".
struct Endpoint {
  std::string host;
  std::string port = "8883";
};
Result<Endpoint> ParseUrl(const std::string& url);

/// Reads the files of `tls`; kInvalidArgument names the first that cannot be used, and why.
Status CheckFiles(const MqttTls& tls);

/// Says why a connection cannot be made, where the MQTT library has only said that: resolves,
/// connects and shakes hands step by step, and reports the first step that fails. Takes up to some
/// seconds; for a thread that may wait. kUnavailable when all of it works now.
Status Diagnose(const MqttOptions& options);

}  // namespace edge::link
