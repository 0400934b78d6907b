#pragma once

#include "common/executor.h"
#include "link/ports/mqtt_client.h"

namespace edge::link {

/// Sets TLS 1.3 as the minimum for every OpenSSL context that this process makes from now on and
/// that sets no minimum of its own (Paho has no such setting). Call it in main before any library
/// makes a context. Errors: kInternal with OpenSSL's words.
Status RequireTls13();

/// Clients on Eclipse Paho's C++ library. All share one thread of ours, on which Paho is called,
/// because its calls wait for name resolution, and Paho's own two. RequireTls13 is called first.
/// `executor` outlives the factory and every client that it made.
Result<MqttClientFactory> MakePahoFactory(Executor& executor);

}  // namespace edge::link
