#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "certs/identity.h"
#include "common/config/files.h"
#include "common/exit_codes.h"
#include "common/file.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/program/program.h"
#include "edged/adapters/containerd/containerd_events.h"
#include "edged/adapters/cri/cri_runtime.h"
#include "edged/adapters/fs/fs_pod_volumes.h"
#include "edged/adapters/proc/proc_node_facts.h"
#include "edged/adapters/systemd/notifier.h"
#include "edged/agent/enrol/join.h"
#include "edged/agent/local_api.h"
#include "edged/agent/resolv_conf.h"
#include "edged/agent/terminal.h"
#include "edged/core/pod/labels.h"
#include "edged/settings.h"
#include "link/adapters/paho/paho_client.h"
#include "offline-store/sqlite_store.h"

namespace edge::edged {
namespace {

constexpr std::string_view kUnixScheme = "unix://";
/// For the runtime's calls under way when the agent is told to end.
constexpr Duration kPatience = std::chrono::milliseconds(700);

std::string SocketPath(const std::string& endpoint) {
  return endpoint.starts_with(kUnixScheme) ? endpoint.substr(kUnixScheme.size()) : endpoint;
}

PodLayout LayoutFrom(const config::Config& settings) {
  return {settings.GetString("pods_dir"), settings.GetString("log_dir")};
}

JoinOptions JoinFrom(const config::Config& settings) {
  JoinOptions options;
  options.token_folders = settings.GetList("token_dirs");
  options.identity_folder = settings.GetString("state_dir") + "/identity";
  options.agent_version = kProgramVersion;
  return options;
}

/// The adapters of one node, which all work on the machine that this process runs on.
struct Machine {
  Machine(const config::Config& settings, const std::string& node)
      : cri(CriFrom(settings, node)),
        events({.socket = SocketPath(settings.GetString("runtime_endpoint"))}),
        volumes(LayoutFrom(settings)),
        facts({.root = "", .state_folder = settings.GetString("state_dir")}) {}

  static CriOptions CriFrom(const config::Config& settings, const std::string& node) {
    CriOptions options;
    options.socket = SocketPath(settings.GetString("runtime_endpoint"));
    options.label_key = kLabelNode;
    options.label_value = node;
    options.image_store = settings.GetString("runtime_image_store");
    return options;
  }
  RuntimePorts Ports() { return {cri, cri, cri, cri, events, volumes}; }

  CriRuntime cri;
  ContainerdEvents events;
  FsPodVolumes volumes;
  ProcNodeFacts facts;
};

AgentOptions AgentFrom(const config::Config& settings, const std::string& node,
                       const std::string& boot_id) {
  AgentOptions options;
  options.version = kProgramVersion;
  options.kubelet_version = std::string("v1.36.0-edged.") + kProgramVersion;
  options.boot_id = boot_id;
  options.node.node_name = node;
  options.node.cgroup_parent = settings.GetString("cgroup_parent");
  options.node.allowed_sysctls = settings.GetList("allowed_unsafe_sysctls");
  options.node.layout = LayoutFrom(settings);
  options.node.cluster_domain = settings.GetString("dns.cluster_domain");
  const ResolvConf resolv = ReadResolvConf("/etc/resolv.conf");
  options.node.dns_servers = resolv.servers;
  options.node.dns_searches = resolv.searches;
  options.node.dns_options = resolv.options;
  const auto& servers = settings.GetList("dns.servers");
  if (!servers.empty()) options.node.dns_servers = servers;
  return options;
}

Result<std::string> ReadBootId() {
  EDGE_ASSIGN_OR_RETURN(std::string id, ReadFile("/proc/sys/kernel/random/boot_id", 64));
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

/// Everything that lives while `edged run` does; made in the order of its members.
class Program {
 public:
  Program(const config::Config& settings, Loop& loop) : settings_(settings), loop_(loop) {}
  /// The terminal's lanes end with their calls: none may be waited for long. Containers run on, and
  /// what was under way is taken up by the next process.
  ~Program() {
    if (machine_) machine_->cri.FinishCalls(kPatience);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  Status Start() {
    EDGE_RETURN_IF_ERROR(MakeDirectories(settings_.GetString("state_dir"), 0700));
    EDGE_RETURN_IF_ERROR(MakeDirectories(settings_.GetString("run_dir"), 0755));
    EDGE_ASSIGN_OR_RETURN(mqtt_, link::MakePahoFactory(loop_));
    EDGE_ASSIGN_OR_RETURN(local_,
                          LocalApi::Listen(loop_, settings_.GetString("run_dir") + "/edged.sock"));
    offline_store::Options store;
    store.path = settings_.GetString("state_dir") + "/store.db";
    store.max_events = static_cast<std::size_t>(settings_.GetInt("store.max_events"));
    EDGE_ASSIGN_OR_RETURN(store_, offline_store::SqliteStore::Open(store, loop_, random_));
    EDGE_ASSIGN_OR_RETURN(const offline_store::Contents contents, store_->Load());
    const certs::IdentityFolder folder(JoinFrom(settings_).identity_folder);
    const Self self = WhoIsThis(contents, folder.Load(), folder.path());
    if (!self.node.empty()) return StartTerminal(self, contents);
    StartJoin(self.damage);
    return Status::Ok();
  }

 private:
  void StartJoin(const Status& damage) {
    if (damage.ok()) {
      LogInfo("no identity yet: looking for a join token");
    } else {
      LogError("the identity is damaged: looking for a join token", {{"WHY", damage.ToString()}});
    }
    join_problem_ = damage;
    local_->Handle("status", [this](const Json&) -> Result<Json> {
      return Json{{"connected", false},
                  {"degraded", "not enrolled"},
                  {"enrolment", join_problem_.ok() ? "" : join_problem_.ToString()}};
    });
    Join::Handlers handlers;
    handlers.on_joined = [this](const certs::Identity& identity) {
      const Status started = StartEnrolled(identity);
      if (started.ok()) return;
      LogError("the agent did not start", {{"WHY", started.ToString()}});
      loop_.Stop();
    };
    handlers.on_problem = [this](const Status& problem) {
      join_problem_ = problem;
      LogWarning("not enrolled yet", {{"WHY", problem.ToString()}});
    };
    join_.emplace(JoinFrom(settings_), loop_, random_, mqtt_, std::move(handlers));
    join_->Start();
  }

  Status StartEnrolled(const certs::Identity& identity) {
    EDGE_ASSIGN_OR_RETURN(const offline_store::Contents contents, store_->Load());
    return StartTerminal({identity.node_name, identity, {}}, contents);
  }

  Status StartTerminal(const Self& self, const offline_store::Contents& contents) {
    EDGE_ASSIGN_OR_RETURN(const std::string boot_id, ReadBootId());
    machine_.emplace(settings_, self.node);
    Terminal::Options options{AgentFrom(settings_, self.node, boot_id), JoinFrom(settings_),
                              settings_.GetList("broker_urls")};
    terminal_.emplace(std::move(options),
                      Agent::Ports{*store_, machine_->Ports(), machine_->facts, mqtt_}, loop_,
                      random_);
    EDGE_RETURN_IF_ERROR(terminal_->Start(self, contents));
    local_->Handle("status", [this](const Json&) { return Result<Json>(terminal_->StatusJson()); });
    local_->Handle("pods", [this](const Json&) { return Result<Json>(terminal_->PodsJson()); });
    return Status::Ok();
  }

  const config::Config& settings_;
  Loop& loop_;
  SystemRandom random_;
  link::MqttClientFactory mqtt_;
  std::unique_ptr<LocalApi> local_;
  std::unique_ptr<offline_store::SqliteStore> store_;
  std::optional<Machine> machine_;
  Status join_problem_;
  std::optional<Join> join_;
  std::optional<Terminal> terminal_;
};

/// Keeps systemd's watchdog content for as long as the loop turns.
class WatchdogTimer {
 public:
  WatchdogTimer(const systemd::Notifier& notifier, Executor& executor)
      : notifier_(notifier), executor_(executor) {
    Kick();
  }

 private:
  void Kick() {
    notifier_.Watchdog();
    const auto interval = notifier_.watchdog_interval();
    if (interval) timer_ = executor_.After(*interval / 3, [this] { Kick(); });
  }
  const systemd::Notifier& notifier_;
  Executor& executor_;
  Timer timer_;
};

Status Run(const config::Config& settings) {
  EDGE_RETURN_IF_ERROR(link::RequireTls13());
  EDGE_ASSIGN_OR_RETURN(const std::unique_ptr<Loop> loop, Loop::Create());
  Program program(settings, *loop);
  EDGE_RETURN_IF_ERROR(program.Start());
  const systemd::Notifier notifier = systemd::Notifier::FromEnvironment();
  notifier.Ready();
  const WatchdogTimer watchdog(notifier, *loop);
  return RunUntilSignal(*loop, [&](const Task& finished) {
    notifier.Stopping();
    finished();
  });
}

Result<certs::JoinToken> ReadToken(const std::string& path) {
  const Result<std::string> text = ReadFile(path, certs::kMaxTokenFile);
  if (text.ok()) return certs::ParseToken(*text, path);
  return Status(text.status().code(), "the join token: " + text.status().message(),
                "name the file NAME.token.yaml that \"cloudhub token create NAME\" wrote");
}

/// Enrols with one token file and ends; for hands that have a keyboard.
Status JoinWith(const config::Config& settings, const std::string& path) {
  EDGE_RETURN_IF_ERROR(link::RequireTls13());
  EDGE_ASSIGN_OR_RETURN(const std::unique_ptr<Loop> loop, Loop::Create());
  EDGE_ASSIGN_OR_RETURN(certs::JoinToken token, ReadToken(path));
  const JoinOptions options = JoinFrom(settings);
  const auto held = certs::IdentityFolder(options.identity_folder).Load();
  if (!held.ok()) LogWarning("a damaged identity is replaced", {{"WHY", held.status().ToString()}});
  if (held.ok() && *held && (*held)->node_name != token.node_name) {
    return FailedPrecondition(
        "this terminal is \"" + (*held)->node_name + "\" and the token is for \"" +
            token.node_name + "\"",
        "stop edged, remove its pods and " + settings.GetString("state_dir") + ", then join again");
  }
  SystemRandom random;
  EDGE_ASSIGN_OR_RETURN(link::MqttClientFactory mqtt, link::MakePahoFactory(*loop));
  Status outcome = Unavailable("interrupted before the hub answered", "Run it again");
  Join::Handlers handlers;
  handlers.on_joined = [&](const certs::Identity& identity) {
    std::printf("joined cluster %s as %s\n", identity.cluster_name.c_str(),
                identity.node_name.c_str());
    outcome = Status::Ok();
    loop->Stop();
  };
  handlers.on_problem = [&](const Status& problem) {
    outcome = problem;
    loop->Stop();
  };
  Join join(options, *loop, random, std::move(mqtt), std::move(handlers));
  join.StartWith(std::move(token));
  EDGE_RETURN_IF_ERROR(RunUntilSignal(*loop, {}));
  return outcome;
}

int Main(int argc, char** argv) {
  CLI::App app("edged: the node agent of a terminal", "edged");
  app.require_subcommand(1);
  std::string file = kDefaultConfigFile;
  std::vector<std::string> overrides;
  int exit_code = kExitOk;
  app.add_option("--config", file, "configuration file (YAML)")->capture_default_str();
  app.add_option("--set", overrides, "a setting, KEY=VALUE; wins over files");
  app.fallthrough();
  config::Config settings = MakeSettings();
  const auto load = [&]() -> Status {
    EDGE_RETURN_IF_ERROR(config::LoadFiles(settings, file, kDefaultConfigFile));
    for (const std::string& assignment : overrides) EDGE_RETURN_IF_ERROR(settings.Set(assignment));
    SetLogLevel(LogLevelNamed(settings.GetString("log_level")));
    return Status::Ok();
  };
  const auto after_load = [&](const std::function<Status()>& command) {
    Status status = load();
    if (status.ok()) status = command();
    exit_code = Report("edged", status);
  };
  AddProgramCommands(app, settings, load, exit_code);
  app.add_subcommand("run", "run the agent")->callback([&] {
    BlockStopSignals();
    after_load([&] { return Run(settings); });
  });
  std::string token;
  CLI::App* join = app.add_subcommand("join", "enrol with a join token");
  join->add_option("TOKEN_FILE", token, "file made by `cloudhub token create`")->required();
  join->callback([&] {
    BlockStopSignals();
    after_load([&] { return JoinWith(settings, token); });
  });
  if (const int usage = ParseCommandLine(app, argc, argv); usage != kParsed) return usage;
  return exit_code;
}

}  // namespace
}  // namespace edge::edged

int main(int argc, char** argv) { return edge::edged::Main(argc, argv); }
