#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/status.h"

namespace edge::link {

/// The user name (certificate name) of a lone hub; replicas are "edge:hub:<id>".
inline constexpr char kHubUser[] = "edge:hub";
/// What a Mosquitto broker (2.0.11 or later) of one cluster's link needs to know. Paths are
/// absolute and have no spaces at their ends; they are read by the broker's user.
struct BrokerConfig {
  std::string cluster_name;
  std::string folder;       ///< where the generated files are kept: acl files are named by path
  std::string data_folder;  ///< persistence; the broker's user writes there
  std::string log_file;     ///< empty: to the journal (stderr)
  std::string ca_file;      ///< who signs nodes' and hubs' certificates
  std::string certificate_file, key_file;  ///< the broker's own
  std::string user;          ///< whom a broker started by root becomes; empty: its default
  std::string crl_file;      ///< optional; an overdue CRL locks everybody out
  std::string pid_file;      ///< optional
  std::string bind_address;  ///< empty: all
  std::uint16_t node_port = 8883;
  std::uint16_t hub_port = 8884;
  std::uint16_t enrol_port = 8885;  ///< 0: no enrolment listener
  std::uint32_t packet_bytes = 256 * 1024;
  /// Certificate names of the hubs. Each is one MQTT client: replicas have a name each.
  std::vector<std::string> hub_names = {kHubUser};
  std::uint32_t queued_messages = 4096;  ///< for one client that reads slowly
};

struct BrokerFiles {
  std::string mosquitto_conf;  ///< <folder>/mosquitto.conf
  std::string node_acl;        ///< <folder>/node.acl
  std::string hub_acl;         ///< <folder>/hub.acl
  std::string enrol_acl;       ///< <folder>/enrol.acl
};

/// The files' texts. Errors: kInvalidArgument for a value that Mosquitto would read as something
/// else (a line break, '+' or '#' in the cluster's name, a relative path).
Result<BrokerFiles> MakeBrokerFiles(const BrokerConfig& config);

/// Writes them into the folder `into` (made if missing), mode 0644, each atomically. It may be
/// another than `config.folder`, to which the broker's machine has them copied.
Status WriteBrokerFiles(const BrokerConfig& config, const std::string& into);

}  // namespace edge::link
