#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "certs/authority.h"
#include "certs/x509.h"
#include "cloudhub/adapters/embedded/embedded_api.h"
#include "cloudhub/adapters/kubernetes/cluster_identity.h"
#include "cloudhub/adapters/kubernetes/curl_admin_api.h"
#include "cloudhub/adapters/kubernetes/curl_client.h"
#include "cloudhub/adapters/kubernetes/kubernetes_api.h"
#include "cloudhub/adapters/mosquitto/crl_file.h"
#include "cloudhub/adapters/mqtt/mqtt_gateway.h"
#include "cloudhub/commands/broker_identity.h"
#include "cloudhub/commands/commands.h"
#include "cloudhub/core/enrolment/crl_follower.h"
#include "cloudhub/core/report/hub_reporter.h"
#include "cloudhub/heap_trimmer.h"
#include "cloudhub/hub.h"
#include "cloudhub/settings.h"
#include "cloudhub/standalone/node_lifecycle.h"
#include "cloudhub/standalone/pod_binder.h"
#include "common/config/files.h"
#include "common/exit_codes.h"
#include "common/file.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/program/program.h"
#include "link/adapters/paho/paho_client.h"

namespace edge::cloudhub {
namespace {

/// In what a hub with the API built in differs from one on a cluster.
struct HubForm {
  MemberTimes member_times;
  Duration node_pulse;
  Json default_taints = Json::array();
};

/// It has no other replicas: nobody waits for its Lease to end, and nothing is to be written for
/// it. Nor has it workloads that do not belong on terminals.
HubForm StandaloneForm() {
  return {{std::chrono::hours(24 * 365 * 10), std::chrono::hours(24)}, {}, Json::array()};
}

/// A cluster's own workloads stay off the terminals unless they tolerate it.
HubForm ClusterForm() {
  return {{},
          std::chrono::minutes(5),
          {{{"key", "node-role.kubernetes.io/edge"}, {"effect", "NoSchedule"}}}};
}

HubOptions OptionsFrom(const config::Config& settings, const HubForm& form,
                       const std::string& cluster_uid, const std::string& ca_pem) {
  HubOptions options;
  options.fleet.hub_id = settings.GetString("hub_id");
  options.fleet.member_times = form.member_times;
  options.fleet.node_pulse = form.node_pulse;
  options.fleet.default_taints = form.default_taints;
  options.fleet.config.cluster_uid = cluster_uid;
  options.fleet.config.cluster_name = settings.GetString("cluster_name");
  options.fleet.config.hub_version = kProgramVersion;
  options.fleet.config.heartbeat_seconds = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(settings.GetDuration("link.heartbeat"))
          .count());
  options.advertised = {settings.GetString("cluster_name"), ca_pem,
                        settings.GetList("advertise.enrol_urls"),
                        settings.GetList("advertise.node_urls")};
  options.node_life = settings.GetDuration("certificates.node_life");
  if (const std::string& file = settings.GetString("broker.crl_file"); !file.empty()) {
    options.install_crl = InstallCrlIn(file, settings.GetString("broker.pid_file"));
  }
  return options;
}

link::HubLinkOptions LinkFrom(const config::Config& settings, const std::string& cluster_uid) {
  link::HubLinkOptions options;
  options.broker_urls = settings.GetList("broker.urls");
  options.cluster_name = settings.GetString("cluster_name");
  options.hub_id = settings.GetString("hub_id");
  options.cluster_uid = cluster_uid;
  options.tls = {settings.GetString("broker.ca_file"),
                 settings.GetString("broker.certificate_file"),
                 settings.GetString("broker.key_file")};
  return options;
}

/// How sessions are ended, with certificates that the authority signs for that.
SessionEnder::Options EndingFrom(const config::Config& settings,
                                 const certs::CertificateAuthority& authority, const Clock& clock) {
  SessionEnder::Options options;
  options.broker_urls = settings.GetList("broker.urls");
  options.ca_file = settings.GetString("broker.ca_file");
  options.folder = settings.GetString("state_dir") + "/tmp";
  options.certify = [authority,
                     &clock](const std::string& node) -> Result<SessionEnder::Credentials> {
    EDGE_ASSIGN_OR_RETURN(std::string key, certs::GenerateKey());
    EDGE_ASSIGN_OR_RETURN(const std::string csr, certs::MakeCsr(key, node));
    EDGE_ASSIGN_OR_RETURN(std::string certificate,
                          authority.SignNode(csr, node, clock.Wall(), std::chrono::minutes(10)));
    return SessionEnder::Credentials{std::move(certificate), std::move(key)};
  };
  return options;
}

/// What comes in over the link goes to the hub, which is made after the gateway.
link::HubLink::Handlers HandlersFor(std::optional<Hub>& hub) {
  link::HubLink::Handlers handlers;
  handlers.on_message = [&hub](const std::string& node, const sync::Header& header,
                               const sync::UpMessage& message) {
    hub->OnMessage(node, header, message);
  };
  handlers.on_bad_message = [&hub](const std::string& node, const Status& status) {
    hub->OnBadMessage(node, status);
  };
  handlers.on_enrol = [&hub](const std::string& client_id, const std::string& request) {
    hub->OnEnrol(client_id, request);
  };
  handlers.on_connected = [] { LogInfo("connected to the broker"); };
  handlers.on_disconnected = [](const Status& status) {
    LogWarning("no connection to the broker", {{"WHY", status.ToString()}});
  };
  return handlers;
}

Result<std::string> FileOf(const config::Config& settings, const std::string& key) {
  return FileOfSetting(key, settings.GetString(key));
}

Result<certs::CertificateAuthority> LoadAuthority(const config::Config& settings) {
  EDGE_ASSIGN_OR_RETURN(std::string certificate, FileOf(settings, "broker.ca_file"));
  EDGE_ASSIGN_OR_RETURN(std::string key, FileOf(settings, "ca.key_file"));
  auto authority = certs::CertificateAuthority::FromPem(std::move(certificate), std::move(key));
  if (authority.ok()) return authority;
  return Status(authority.status().code(),
                settings.GetString("broker.ca_file") + " and " + settings.GetString("ca.key_file") +
                    ": " + authority.status().message(),
                "restore certificate and key from one backup: they belong together");
}

/// What a hub needs, whatever API it speaks to: read and checked before anything is opened.
struct HubParts {
  const config::Config& settings;
  certs::CertificateAuthority authority;
  std::unique_ptr<Loop> loop;
  std::unique_ptr<HeapTrimmer> trimmer;
  link::MqttClientFactory mqtt;
};

Result<HubParts> PrepareHub(const config::Config& settings) {
  EDGE_RETURN_IF_ERROR(link::RequireTls13());
  EDGE_ASSIGN_OR_RETURN(certs::CertificateAuthority authority, LoadAuthority(settings));
  EDGE_RETURN_IF_ERROR(CheckBrokerIdentity(settings.GetString("broker.certificate_file"),
                                           settings.GetString("broker.key_file")));
  EDGE_ASSIGN_OR_RETURN(std::unique_ptr<Loop> loop, Loop::Create());
  auto trimmer = std::make_unique<HeapTrimmer>(*loop);  // before there are further threads
  EDGE_ASSIGN_OR_RETURN(link::MqttClientFactory mqtt, link::MakePahoFactory(*loop));
  return HubParts{settings, std::move(authority), std::move(loop), std::move(trimmer),
                  std::move(mqtt)};
}

/// Hub and gateway of one cluster, started.
class RunningHub {
 public:
  RunningHub(HubParts& parts, const HubForm& form, KubeApi& api, const std::string& cluster_uid,
             Random& random)
      : gateway_(*parts.loop, random, std::move(parts.mqtt), LinkFrom(parts.settings, cluster_uid),
                 EndingFrom(parts.settings, parts.authority, parts.loop->clock()),
                 HandlersFor(hub_)) {
    const std::string ca_pem = parts.authority.certificate_pem();
    hub_.emplace(OptionsFrom(parts.settings, form, cluster_uid, ca_pem), api,
                 std::move(parts.authority), gateway_, *parts.loop, random);
    hub_->Start();
    gateway_.Start();
  }
  /// Leaves the nodes to the other replicas, so that they need not wait for a Lease to end.
  void Leave(Task done) { hub_->Leave(std::move(done)); }
  HubFacts Facts() const {
    HubFacts facts;
    facts.version = kProgramVersion;
    facts.leads = hub_->fleet().leads();
    facts.broker_connected = gateway_.connected();
    facts.buckets = hub_->fleet().shards() * kBucketsOfShard;
    facts.nodes = hub_->fleet().nodes();
    return facts;
  }

 private:
  std::optional<Hub> hub_;
  MqttGateway gateway_;
};

/// Runs the hub on the embedded API until SIGTERM.
Status RunStandalone(const config::Config& settings) {
  EDGE_ASSIGN_OR_RETURN(HubParts parts, PrepareHub(settings));
  SystemRandom random;
  embedded::EmbeddedApiOptions api_options;
  api_options.state_dir = settings.GetString("state_dir");
  api_options.listen_address = settings.GetString("api.listen_address");
  api_options.port = static_cast<std::uint16_t>(settings.GetInt("api.port"));
  api_options.extra_sans = settings.GetList("api.names");
  EDGE_ASSIGN_OR_RETURN(const std::unique_ptr<embedded::EmbeddedApi> api,
                        embedded::EmbeddedApi::Open(*parts.loop, random, api_options));
  EDGE_RETURN_IF_ERROR(api->Listen());
  RunningHub hub(parts, StandaloneForm(), api->api(), api->cluster_uid(), random);
  standalone::PodBinder binder(api->api(), *parts.loop);
  standalone::NodeLifecycle lifecycle(api->api(), *parts.loop);
  binder.Start();
  lifecycle.Start();
  LogInfo("the hub serves the Kubernetes API",
          {{"PORT", std::to_string(api->port())}, {"KUBECONFIG", api->kubeconfig_path()}});
  return RunUntilSignal(*parts.loop, {});
}

ActingAsNodes ActingBy(kubernetes::Impersonation impersonation) {
  switch (impersonation) {
    case kubernetes::Impersonation::kConstrained: return ActingAsNodes::kConstrained;
    case kubernetes::Impersonation::kClassic: return ActingAsNodes::kLegacy;
    case kubernetes::Impersonation::kNone: return ActingAsNodes::kNone;
    case kubernetes::Impersonation::kUnknown: break;
  }
  return ActingAsNodes::kUnknown;
}

/// Runs the hub on a Kubernetes cluster until SIGTERM. It may start before the cluster's API does.
Status RunOnCluster(const config::Config& settings) {
  EDGE_ASSIGN_OR_RETURN(HubParts parts, PrepareHub(settings));
  SystemRandom random;
  EDGE_ASSIGN_OR_RETURN(
      const std::unique_ptr<kubernetes::CurlClient> client,
      kubernetes::CurlClient::Open(*parts.loop, settings.GetString("kubernetes.kubeconfig")));
  kubernetes::KubernetesApi api(*client, *parts.loop, random);
  std::optional<RunningHub> hub;
  HubReporter reporter(settings.GetString("hub_id"), api, *parts.loop, [&] {
    HubFacts facts = hub->Facts();
    facts.acting = ActingBy(api.impersonation());
    return facts;
  });
  kubernetes::ClusterIdentity identity(api, *parts.loop, random, [&](const std::string& uid) {
    LogInfo("the hub serves a Kubernetes cluster", {{"CLUSTER_UID", uid}});
    hub.emplace(parts, ClusterForm(), api, uid, random);
    reporter.Start();
  });
  api.Start();
  identity.Start();
  return RunUntilSignal(*parts.loop, [&](Task finished) {
    if (!hub) return finished();
    hub->Leave(std::move(finished));
  });
}

/// Keeps the list of revoked certificates of a broker on this machine fresh, until SIGTERM.
Status RunBrokerCrl(const BrokerCrlOptions& options) {
  BlockStopSignals();
  EDGE_ASSIGN_OR_RETURN(std::string ca_pem, ReadFile(options.ca_file, certs::kMaxCertificatePem));
  EDGE_ASSIGN_OR_RETURN(const std::unique_ptr<Loop> loop, Loop::Create());
  EDGE_ASSIGN_OR_RETURN(const std::unique_ptr<kubernetes::CurlClient> client,
                        kubernetes::CurlClient::Open(*loop, options.kubeconfig));
  SystemRandom random;
  kubernetes::KubernetesApi api(*client, *loop, random);
  const CrlFollower follower(std::move(ca_pem), api, *loop, random,
                             InstallCrlIn(options.file, options.pid_file));
  return RunUntilSignal(*loop, {});
}

int Main(int argc, char** argv) {
  CLI::App app("cloudhub: the cloud half of edged. Without a command it runs the hub.", "cloudhub");
  std::string file = kDefaultConfigFile;
  std::vector<std::string> overrides;
  bool standalone = false;
  int exit_code = kExitOk;
  app.add_option("--config", file, "configuration file (YAML)")->capture_default_str();
  app.add_option("--set", overrides, "a setting, KEY=VALUE; wins over files");
  app.add_flag("--standalone", standalone, "embed the Kubernetes API; no cluster is needed");
  config::Config settings = MakeSettings();
  const auto load = [&]() -> Status {
    EDGE_RETURN_IF_ERROR(config::LoadFiles(settings, file, kDefaultConfigFile));
    for (const std::string& assignment : overrides) EDGE_RETURN_IF_ERROR(settings.Set(assignment));
    SetLogLevel(LogLevelNamed(settings.GetString("log_level")));
    return Status::Ok();
  };
  AddProgramCommands(app, settings, load, exit_code);
  AddCommands(app, OpenKubeconfig, RunBrokerCrl, exit_code);
  if (const int usage = ParseCommandLine(app, argc, argv); usage != kParsed) return usage;
  if (!app.get_subcommands().empty()) return exit_code;
  const auto run = [&]() -> Status {
    EDGE_RETURN_IF_ERROR(load());
    if (standalone || settings.GetBool("standalone")) return RunStandalone(settings);
    return RunOnCluster(settings);
  };
  BlockStopSignals();
  return Report("cloudhub", run());
}

}  // namespace
}  // namespace edge::cloudhub

int main(int argc, char** argv) { return edge::cloudhub::Main(argc, argv); }
