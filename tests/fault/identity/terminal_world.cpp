#include "tests/fault/identity/terminal_world.h"

#include "certs/enrolment_codec.h"
#include "certs/expired_renewal.h"
#include "tests/unit/certs/fixtures.h"

namespace edge::identity {
namespace {

using certs::testing::TestAuthority;

constexpr const char* kNode = "till-1";

offline_store::HeldObject HeldPod() {
  const Json pod = {
      {"apiVersion", "v1"},
      {"kind", "Pod"},
      {"metadata", {{"name", "kiosk"}, {"namespace", "shop"}, {"uid", "pod-1"}}},
      {"spec", {{"nodeName", kNode}, {"containers", {{{"name", "app"}, {"image", "app:1"}}}}}}};
  offline_store::HeldObject held;
  held.entry = {{sync::Kind::kPod, "shop", "kiosk"}, "pod-1", {1}};
  held.bytes = DumpJson(pod);
  return held;
}

edged::Terminal::Options OptionsFor(const fakes::TempFolder& files, const std::string& node) {
  edged::Terminal::Options options;
  options.agent.boot_id = "boot-1";
  options.agent.node.node_name = node;
  options.agent.node.layout = {files.path() + "/pods", files.path() + "/logs"};
  options.join.token_folders = {files.path() + "/tokens"};
  options.join.identity_folder = files.path() + "/identity";
  return options;
}

}  // namespace

/// What dies with a process. The terminal goes first: its lanes use the rest.
struct TerminalWorld::Process {
  Process(TerminalWorld& world, const edged::Self& self)
      : doom{world.points_, world.lock_, world.points_.Begin()},
        store(world.executor_, world.disk_),
        sandboxes(doom, world.runtime_),
        containers(doom, world.runtime_),
        images(doom, world.runtime_),
        info(doom, world.runtime_),
        volumes(doom, world.volumes_),
        terminal(OptionsFor(world.files, self.node),
                 {store,
                  {sandboxes, containers, images, info, world.events_, volumes},
                  world.facts_,
                  world.broker_.Factory()},
                 world.executor_, world.random_) {}

  const kill::Doom doom;
  fakes::FakeStore store;
  kill::CrashingSandboxes sandboxes;
  kill::CrashingContainers containers;
  kill::CrashingImages images;
  kill::CrashingRuntimeInfo info;
  kill::CrashingVolumes volumes;
  edged::Terminal terminal;
};

TerminalWorld::TerminalWorld() {
  runtime_.images.insert("docker.io/library/app:1");
  runtime_.now = [this] { return executor_.clock().Wall().time_since_epoch().count(); };
  executor_.between = [this] { LetHubAnswer(); };
  Enrol();
  const offline_store::HeldObject pod = HeldPod();
  disk_.objects[{pod.entry.key, pod.entry.uid}] = pod;
}

TerminalWorld::~TerminalWorld() = default;

void TerminalWorld::Enrol() {
  const certs::IdentityFolder folder(files.path() + "/identity");
  const std::string csr = certs::testing::CsrOf(folder.EnrolmentKey().value());
  const WallTime now = executor_.clock().Wall();
  const std::string certificate = TestAuthority().SignNode(csr, kNode, now).value();
  REQUIRE(folder
              .Complete(certs::testing::TestToken(random_, kNode),
                        {certificate, TestAuthority().certificate_pem()})
              .ok());
  Start();
  REQUIRE(Await([this] { return Online(); }));
}

void TerminalWorld::Start() {
  process_.reset();
  {
    const std::lock_guard lock(lock_);
    runtime_.PowerCut();
  }
  const certs::IdentityFolder folder(files.path() + "/identity");
  fakes::FakeStore store(executor_, disk_);
  const offline_store::Contents contents = store.Load().value();
  self_ = edged::WhoIsThis(contents, folder.Load(), folder.path());
  REQUIRE(self_.node == kNode);
  process_ = std::make_unique<Process>(*this, self_);
  terminal_ = &process_->terminal;
  REQUIRE(terminal_->Start(self_, contents).ok());
}

void TerminalWorld::PutToken(const std::string& node) {
  certs::JoinToken token = certs::testing::TestToken(random_, node);
  token.expires = executor_.clock().Wall() + std::chrono::hours(24);
  files.Write("tokens/" + node + ".token.yaml", certs::FormatToken(token), 0600);
  stored_token_ = {token.id,     token.node_name, token.cluster_name,
                   token.secret, token.expires,   std::nullopt};
}

void TerminalWorld::Expire() {
  const std::string csr = certs::testing::CsrOf(files.Read("identity/tls.key"));
  const WallTime then = executor_.clock().Wall() - certs::kNodeLife - std::chrono::hours(24);
  files.Write("identity/tls.crt", TestAuthority().SignNode(csr, kNode, then).value(), 0600);
  broker_.refused_certificates[path("tls.crt")] = {Code::kUnauthenticated, "certificate expired"};
}

certs::EnrolReply TerminalWorld::Renew(const certs::EnrolmentServer& server,
                                       const certs::EnrolRequest& request) {
  const WallTime now = executor_.clock().Wall();
  if (auto refused = server.AuthenticateExpired(request, now)) return *refused;
  const certs::AdmittedNode node{"retail-edge", false, allow_expired_renewal};
  if (edge::Status may = server.AdmitExpired(request, &node); !may.ok()) {
    return certs::EnrolmentServer::Refuse(request, may);
  }
  return certs::EnrolmentServer::AnswerExpired(
      request, TestAuthority().SignNode(request.csr_pem, kNode, now).value(), random_);
}

/// Answers the enrolment requests that have come since the last call.
void TerminalWorld::LetHubAnswer() {
  const certs::EnrolmentServer server(TestAuthority());
  for (; answered_ < broker_.published.size(); ++answered_) {
    const link::MqttMessage message = broker_.published[answered_];
    const std::size_t up = message.topic.rfind("/up");
    if (!message.topic.starts_with("e1-enrol/") || up == std::string::npos) continue;
    const auto request = certs::DecodeEnrolRequest(message.payload);
    REQUIRE(request.ok());
    if (certs::IsExpiredRenewal(*request)) {
      const std::string reply = certs::EncodeEnrolReply(Renew(server, *request));
      broker_.Inject({message.topic.substr(0, up) + "/dn", reply, 1});
      continue;
    }
    certs::EnrolReply reply;
    if (auto refused = server.Authenticate(*request, stored_token_ ? &*stored_token_ : nullptr)) {
      reply = *refused;
    } else {
      const certs::AdmittedNode node{"retail-edge", false};
      reply =
          server.Decide(*request, *stored_token_, &node, executor_.clock().Wall(), random_).reply;
    }
    broker_.Inject({message.topic.substr(0, up) + "/dn", certs::EncodeEnrolReply(reply), 1});
  }
}

bool TerminalWorld::Await(const std::function<bool()>& done) {
  return executor_.RunUntil(done, std::chrono::minutes(10));
}

bool TerminalWorld::PodRuns() {
  const std::lock_guard lock(lock_);
  return runtime_.Running().size() == 1;
}

}  // namespace edge::identity
