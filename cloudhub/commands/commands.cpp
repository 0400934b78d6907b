#include "cloudhub/commands/commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "cloudhub/commands/broker_setup.h"
#include "cloudhub/commands/token_files.h"
#include "common/config/config.h"
#include "common/exit_codes.h"
#include "common/program/program.h"
#include "common/table.h"

namespace edge::cloudhub {
namespace {

constexpr Duration kLongestTokenLife = std::chrono::hours(24 * 365);

/// Options that the token commands share, and what they need to run. One for the app's life.
struct TokenOptions {
  AdminApiFactory open_api;
  std::string kubeconfig;
  std::string folder = ".";
  std::string ttl = "24h";
  std::vector<std::string> names;
  bool json = false;
};

std::string DefaultKubeconfig() {
  if (const char* path = std::getenv("KUBECONFIG"); path != nullptr && *path != '\0') return path;
  const char* home = std::getenv("HOME");
  return std::string(home == nullptr ? "/root" : home) + "/.kube/config";
}

WallTime Now() { return SystemClock().Wall(); }

Result<Duration> TokenLife(const std::string& text) {
  EDGE_ASSIGN_OR_RETURN(const Duration life, config::ParseDuration(text));
  if (life >= std::chrono::minutes(1) && life <= kLongestTokenLife) return life;
  return InvalidArgument("--ttl " + text + " is out of range", "choose from 1m to 8760h");
}

Status Create(const TokenOptions& options) {
  EDGE_ASSIGN_OR_RETURN(const Duration life, TokenLife(options.ttl));
  EDGE_ASSIGN_OR_RETURN(const std::unique_ptr<AdminApi> api, options.open_api(options.kubeconfig));
  SystemRandom random;
  std::vector<CreatedToken> created;
  const Status status =
      CreateTokenFiles(*api, random, Now(), {options.names, options.folder, life}, created);
  for (const CreatedToken& token : created) {
    std::printf("%s\n", token.path.c_str());
    if (token.edge_node_missing) {
      std::fprintf(stderr,
                   "note: there is no EdgeNode %s yet; the terminal waits until it is created\n",
                   token.node_name.c_str());
    }
  }
  return status;
}

Status List(const TokenOptions& options) {
  EDGE_ASSIGN_OR_RETURN(const std::unique_ptr<AdminApi> api, options.open_api(options.kubeconfig));
  EDGE_ASSIGN_OR_RETURN(const std::vector<ListedToken> tokens, ListTokens(*api, Now()));
  Json json = Json::array();
  Table table({"ID", "NODE", "CLUSTER", "STATE", "EXPIRES"});
  for (const ListedToken& token : tokens) {
    const std::string expires = FormatTime(token.expires);
    json.push_back({{"id", token.id},
                    {"node", token.node_name},
                    {"cluster", token.cluster_name},
                    {"state", token.state},
                    {"expires", expires}});
    table.Add({token.id, token.node_name, token.cluster_name, token.state, expires});
  }
  std::printf("%s", options.json ? (json.dump(2) + "\n").c_str() : table.Text().c_str());
  return Status::Ok();
}

Status Delete(const TokenOptions& options) {
  EDGE_ASSIGN_OR_RETURN(const std::unique_ptr<AdminApi> api, options.open_api(options.kubeconfig));
  for (const std::string& id : options.names) {
    EDGE_RETURN_IF_ERROR(DeleteToken(*api, id));
    std::printf("deleted join token %s\n", id.c_str());
  }
  return Status::Ok();
}

std::string Absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

void AddBrokerOptions(CLI::App& command, BrokerSetup& setup, bool& no_crl) {
  link::BrokerConfig& config = setup.config;
  command.add_option("--dir", config.folder, "folder for all files")->required();
  command.add_option("--cluster-name", config.cluster_name, "as EdgeNodes' spec.clusterName")
      ->required();
  command.add_option("--host", setup.hosts, "a name or address that clients dial (repeat)")
      ->required();
  command.add_option("--installed-dir", setup.installed_folder,
                     "where the broker will find the folder; default: --dir");
  command.add_option(
      "--hub-id", setup.hub_ids,
      "a replica's hub_id: ID.crt and ID.key (repeat); default: hub.crt and hub.key");
  command.add_option("--data-dir", config.data_folder, "the broker's own data; its user writes it")
      ->default_val("/var/lib/mosquitto");
  command.add_option("--log-file", config.log_file, "default: the journal");
  command.add_option("--bind", config.bind_address, "address to listen on; default: all");
  command.add_option("--node-port", config.node_port, "nodes' listener")->capture_default_str();
  command.add_option("--hub-port", config.hub_port, "hubs' listener")->capture_default_str();
  command.add_option("--enrol-port", config.enrol_port, "enrolment listener; 0: none")
      ->capture_default_str();
  command.add_option("--crl-file", config.crl_file,
                     "where the broker reads its revocation list; default: nodes.crl there");
  command.add_option("--pid-file", config.pid_file, "where the broker writes its process's number");
  command.add_flag("--no-crl", no_crl, "no revocation list (for a broker that cannot reload it)");
}

Status ConfigureBroker(BrokerSetup setup, bool no_crl) {
  setup.config.folder = Absolute(setup.config.folder);
  setup.config.data_folder = Absolute(setup.config.data_folder);
  setup.with_crl = !no_crl;
  EDGE_RETURN_IF_ERROR(SetUpBroker(setup, Now()));
  std::printf("%s/mosquitto.conf\n", setup.config.folder.c_str());
  return Status::Ok();
}

}  // namespace

void AddTokenCommands(CLI::App& app, const AdminApiFactory& open_api, int& exit_code) {
  auto options = std::make_shared<TokenOptions>();
  options->open_api = open_api;
  options->kubeconfig = DefaultKubeconfig();
  CLI::App* token = app.add_subcommand("token", "join tokens, with which terminals enrol");
  token->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, Status (*run)(const TokenOptions&)) {
    CLI::App* command = token->add_subcommand(name, help);
    command->add_option("--kubeconfig", options->kubeconfig, "default: KUBECONFIG, ~/.kube/config");
    command->callback(
        [options, run, &exit_code] { exit_code = Report("cloudhub", run(*options)); });
    return command;
  };
  CLI::App* create = add("create", "write NAME.token.yaml for each terminal", Create);
  create->add_option("NAME", options->names, "node names, as the EdgeNodes'")->required();
  create->add_option("--dir", options->folder, "folder for the files")->capture_default_str();
  create->add_option("--ttl", options->ttl, "how long they are good for")->capture_default_str();
  CLI::App* list = add("list", "show all tokens, without their secrets", List);
  list->add_option_function<std::string>(
          "-o,--output", [options](const std::string& form) { options->json = form == "json"; },
          "table or json")
      ->check(CLI::IsMember({"table", "json"}));
  CLI::App* remove = add("delete", "make tokens useless", Delete);
  remove->alias("revoke");
  remove->add_option("ID", options->names, "token ids, as listed")->required();
}

void AddCaCommands(CLI::App& app, int& exit_code) {
  struct Options {
    std::string folder;
    std::string cluster_name;
  };
  auto options = std::make_shared<Options>();
  CLI::App* ca = app.add_subcommand("ca", "the CA that signs brokers, hubs and terminals");
  ca->require_subcommand(1);
  CLI::App* init = ca->add_subcommand("init", "make ca.crt and ca.key; keeps those that are there");
  init->add_option("--dir", options->folder, "folder for the files")->required();
  init->add_option("--cluster-name", options->cluster_name, "goes into its name")->required();
  init->callback([options, &exit_code] {
    const auto made = LoadOrCreateAuthority(options->folder, options->cluster_name, Now());
    exit_code = Report("cloudhub", made.status());
    if (made.ok()) std::printf("%s/ca.crt\n", options->folder.c_str());
  });
}

void AddBrokerConfigCommand(CLI::App& app, int& exit_code) {
  struct Options {
    BrokerSetup setup;
    bool no_crl = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "broker-config", "make CA, certificates and configuration for a Mosquitto broker");
  AddBrokerOptions(*command, options->setup, options->no_crl);
  command->callback([options, &exit_code] {
    exit_code = Report("cloudhub", ConfigureBroker(options->setup, options->no_crl));
  });
}

void AddBrokerCrlCommand(CLI::App& app, BrokerCrlRunner run, int& exit_code) {
  auto options = std::make_shared<BrokerCrlOptions>();
  CLI::App* command = app.add_subcommand(
      "broker-crl", "keep the revocation list of a broker that no hub is beside fresh");
  command->add_option("--kubeconfig", options->kubeconfig, "default: as a pod of the cluster");
  command->add_option("--ca-file", options->ca_file, "the CA that signs the list")->required();
  command->add_option("--file", options->file, "the broker's crlfile")->required();
  command->add_option("--pid-file", options->pid_file, "the broker's pid_file")->required();
  command->callback([options, run = std::move(run), &exit_code] {
    exit_code = Report("cloudhub", run(*options));
  });
}

void AddCommands(CLI::App& app, const AdminApiFactory& open_api, BrokerCrlRunner run_broker_crl,
                 int& exit_code) {
  AddTokenCommands(app, open_api, exit_code);
  AddCaCommands(app, exit_code);
  AddBrokerConfigCommand(app, exit_code);
  AddBrokerCrlCommand(app, std::move(run_broker_crl), exit_code);
}

}  // namespace edge::cloudhub
