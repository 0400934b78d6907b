#pragma once

#include <functional>
#include <string>

#include "cloudhub/ports/admin_api.h"

namespace CLI {
class App;
}

namespace edge::cloudhub {

// cloudhub's commands. Each prints its result on stdout and errors on stderr, and puts what it
// ended with (common/exit_codes.h) into `exit_code`. The app and `exit_code` outlive the parse.

/// token create, token list, token delete.
void AddTokenCommands(CLI::App& app, const AdminApiFactory& open_api, int& exit_code);
/// ca init: a new MQTT CA in a folder.
void AddCaCommands(CLI::App& app, int& exit_code);
/// broker-config: Mosquitto's configuration, with its certificate and the hub's.
void AddBrokerConfigCommand(CLI::App& app, int& exit_code);

struct BrokerCrlOptions {
  std::string kubeconfig;  ///< empty: as a pod of the cluster
  std::string ca_file;
  std::string file, pid_file;
};
using BrokerCrlRunner = std::function<Status(const BrokerCrlOptions&)>;
/// broker-crl: keeps the list of revoked certificates of a broker that is elsewhere fresh, for as
/// long as `run` runs.
void AddBrokerCrlCommand(CLI::App& app, BrokerCrlRunner run, int& exit_code);

/// All of them.
void AddCommands(CLI::App& app, const AdminApiFactory& open_api, BrokerCrlRunner run_broker_crl,
                 int& exit_code);

}  // namespace edge::cloudhub
