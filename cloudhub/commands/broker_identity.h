#pragma once

#include <string>

#include "common/status.h"

namespace edge::cloudhub {

/// What is in a file that a setting names. Errors name the setting and the next step.
Result<std::string> FileOfSetting(const std::string& setting, const std::string& path);

/// Whether the hub's certificate and private key, with which it comes to its brokers, are there and
/// belong together: it is known at start, and no later try would go better. The files are those of
/// the settings broker.certificate_file and broker.key_file.
Status CheckBrokerIdentity(const std::string& certificate_file, const std::string& key_file);

}  // namespace edge::cloudhub
