#pragma once

#include <string>
#include <vector>

#include "certs/authority.h"
#include "link/broker_config.h"

namespace edge::cloudhub {

/// The MQTT CA in a folder, ca.crt (0644) and ca.key (0600), made when neither is there. The
/// certificate is written last: a folder with it has its key. Errors name the file; a certificate
/// without its key is kFailedPrecondition, never overwritten.
Result<certs::CertificateAuthority> LoadOrCreateAuthority(const std::string& folder,
                                                          const std::string& cluster_name,
                                                          WallTime now);

struct BrokerSetup {
  link::BrokerConfig config;       ///< its folder and ports; certificate paths are filled in
  std::vector<std::string> hosts;  ///< names and addresses of the broker's certificate
  bool with_crl = true;            ///< an empty revocation list, which the hub keeps fresh
  /// Where the broker finds the folder, when it is not on this machine; empty: where it is.
  std::string installed_folder;
  /// Replicas of the hub, as their hub_id; each is an MQTT client of its own. Empty: one, nameless.
  std::vector<std::string> hub_ids;
};

/// Everything that a broker and a hub need, in one folder: CA (kept when there), server.crt/.key,
/// hub.crt/.key or HUB_ID.crt/.key of each replica (all renewed when they run out within 30 days or
/// the names changed), nodes.crl, mosquitto.conf and ACL files. Running it again changes nothing
/// that is good.
Status SetUpBroker(const BrokerSetup& setup, WallTime now);

}  // namespace edge::cloudhub
