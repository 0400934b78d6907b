#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cloudhub/core/enrolment/enrolment.h"
#include "cloudhub/core/enrolment/link_info.h"
#include "cloudhub/core/enrolment/revocations.h"
#include "cloudhub/core/fleet/fleet.h"
#include "cloudhub/ports/node_transport.h"
#include "common/executor.h"

namespace edge::cloudhub {

/// What a hub is made of, whatever API it speaks to.
struct HubOptions {
  FleetOptions fleet;
  LinkInfo advertised;  ///< published for join tokens
  Duration node_life;   ///< of terminals' certificates
  /// Hands the list of revoked certificates (PEM) to a broker beside the hub; null where none is.
  std::function<Status(const std::string& crl_pem)> install_crl;
};

/// The hub: fleet and enrolment, between one API and one transport to the nodes.
///
/// Thread rule: the executor's thread. API and transport outlive it.
class Hub {
 public:
  Hub(HubOptions options, KubeApi& api, certs::CertificateAuthority authority,
      NodeTransport& transport, Executor& executor, Random& random);
  void Start();
  /// Leaves its nodes to the other replicas; `done` when that was tried.
  void Leave(Task done) { fleet_.Leave(std::move(done)); }
  const Fleet& fleet() const { return fleet_; }

  /// A message of a node: topic, header and certificate were found to name the same one.
  void OnMessage(const std::string& node, const sync::Header& header,
                 const sync::UpMessage& message);
  void OnBadMessage(const std::string& node, const Status& status);
  /// A serialized EnrolRequest, untrusted.
  void OnEnrol(const std::string& client_id, const std::string& request);

 private:
  void Publish();
  void OnRevoked(const std::string& node);

  const LinkInfo advertised_;
  KubeApi& api_;
  Executor& executor_;
  NodeTransport& transport_;
  Enrolment enrolment_;
  Fleet fleet_;
  std::optional<RevocationList> revocations_;
  Timer publish_again_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
