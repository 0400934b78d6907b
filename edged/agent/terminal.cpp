#include "edged/agent/terminal.h"

#include <utility>

#include "common/log.h"

namespace edge::edged {

Terminal::Terminal(AgentOptions options, const certs::Identity& identity,
                   const std::string& identity_folder, Agent::Ports ports, Executor& executor,
                   Random& random)
    : identity_(identity),
      identity_folder_(identity_folder),
      executor_(executor),
      random_(random),
      agent_(std::move(options), std::move(ports), executor, random) {}

Status Terminal::Start(LocalApi& local) {
  EDGE_RETURN_IF_ERROR(agent_.Start());
  renewer_.emplace(
      certs::IdentityFolder(identity_folder_), identity_, agent_.link(),
      [this](sync::CertificateRequest request) { agent_.Send(std::move(request)); }, executor_,
      random_);
  agent_.on_certificate = [this](const sync::CertificateReply& reply) { renewer_->OnReply(reply); };
  local.Handle("status", [this](const Json&) -> Result<Json> { return agent_.StatusJson(); });
  local.Handle("pods", [this](const Json&) -> Result<Json> { return agent_.PodsJson(); });
  const Status renewal = renewer_->Start();
  // Pods never stop for a certificate (design.md 22).
  if (!renewal.ok()) LogError("the certificate is not renewed", {{"WHY", renewal.ToString()}});
  return Status::Ok();
}

}  // namespace edge::edged
