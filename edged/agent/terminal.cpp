#include "edged/agent/terminal.h"

#include <utility>

#include "common/log.h"
#include "edged/agent/store_mapping.h"

namespace edge::edged {
namespace {

std::string Sentence(const Status& status) {
  return status.message() + (status.next_step().empty() ? "" : ". Next: " + status.next_step());
}

}  // namespace

Terminal::Terminal(Options options, Agent::Ports ports, Executor& executor, Random& random)
    : options_(std::move(options)),
      store_(ports.store),
      mqtt_(ports.mqtt),
      executor_(executor),
      random_(random),
      agent_(options_.agent, std::move(ports), executor, random) {}

Status Terminal::Start(const Self& self, const offline_store::Contents& contents) {
  EDGE_RETURN_IF_ERROR(agent_.Start(contents));
  // What this machine is called when its identity is gone; unchanged, it costs no write.
  store_.Commit({offline_store::PutMeta{kMetaNodeName, self.node}}, [](const Status& kept) {
    if (!kept.ok()) LogWarning("the node's name is not kept", {{"WHY", kept.ToString()}});
  });
  for (const auto& [name, value] : contents.meta) {
    if (name == kMetaBroker) kept_broker_ = value;
  }
  if (self.identity) {
    Connect(*self.identity);
  } else {
    damage_ = self.damage;
    Mend();
  }
  return Status::Ok();
}

void Terminal::Connect(const certs::Identity& identity) {
  damage_ = Status::Ok();
  link::NodeLinkOptions link = options_.agent.link;
  link.broker_urls = options_.broker_urls;
  if (link.broker_urls.empty()) {  // else nobody but the settings says where it is
    mover_.emplace(store_, executor_,
                   [this](std::vector<std::string> urls) { agent_.MoveTo(std::move(urls)); });
    link.broker_urls = mover_->Start(kept_broker_, identity.broker_urls);
    agent_.on_welcome = [this](const sync::Welcome& welcome) {
      mover_->OnWelcome(welcome.broker_url);
    };
  }
  link.cluster_name = identity.cluster_name;
  link.node = identity.node_name;
  link.tls = {identity.ca_path, identity.certificate_path, identity.key_path};
  agent_.Connect(std::move(link));
  ExpiredRenewalOptions expired;
  expired.enrol_urls = EnrolUrlsOf(identity, options_.broker_urls);
  expired.agent_version = options_.join.agent_version;
  CertificateRenewer::Ports ports{
      agent_.link(), [this](sync::CertificateRequest request) { agent_.Send(std::move(request)); },
      mqtt_};
  renewer_.emplace(certs::IdentityFolder(options_.join.identity_folder), identity, std::move(ports),
                   std::move(expired), executor_, random_);
  agent_.on_certificate = [this](const sync::CertificateReply& reply) { renewer_->OnReply(reply); };
  agent_.on_connected = [this] {
    if (mover_) mover_->OnConnected();
    renewer_->OnConnected();
  };
  agent_.on_disconnected = [this](const Status& why) { renewer_->OnDisconnected(why); };
  const Status renewal = renewer_->Start();
  // Pods never stop for a certificate (design.md 22).
  if (!renewal.ok()) LogError("the certificate is not renewed", {{"WHY", renewal.ToString()}});
}

void Terminal::Mend() {
  const std::string& node = options_.agent.node.node_name;
  LogError("the identity is damaged: the pods run, and nothing is reported until it is mended",
           {{"NODE", node}, {"WHY", damage_.ToString()}});
  Join::Handlers handlers;
  handlers.on_joined = [this, node](const certs::Identity& identity) {
    LogInfo("the identity is whole again", {{"NODE", node}});
    Connect(identity);
  };
  handlers.on_problem = [this, node](const Status& problem) {
    problem_ = problem;
    LogWarning("the identity is not mended yet", {{"NODE", node}, {"WHY", problem.ToString()}});
  };
  JoinOptions join = options_.join;
  join.node_name = node;
  join_.emplace(std::move(join), executor_, random_, mqtt_, std::move(handlers));
  join_->Start();
}

Json Terminal::StatusJson() const {
  Json status = agent_.StatusJson();
  const bool refused = renewer_ && !renewer_->problem().ok();
  if (damage_.ok() && !refused) return status;
  const std::string other = FindString(status, {"degraded"});
  status["degraded"] =
      (damage_.ok() ? "the certificate has expired or is not accepted, see enrolment"
                    : "the identity is damaged: " + Sentence(damage_)) +
      (other.empty() ? "" : "; " + other);
  const Status& problem = damage_.ok() ? renewer_->problem() : problem_;
  if (!problem.ok()) status["enrolment"] = Sentence(problem);
  return status;
}

}  // namespace edge::edged
