#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloudhub/adapters/mqtt/mqtt_gateway.h"
#include "cloudhub/core/enrolment/enrolment.h"
#include "cloudhub/core/enrolment/link_info.h"
#include "cloudhub/core/fleet/fleet.h"
#include "common/executor.h"

namespace edge::cloudhub {

/// What a hub is made of, whatever API it speaks to.
struct HubOptions {
  FleetOptions fleet;
  link::HubLinkOptions link;
  LinkInfo advertised;  ///< published for join tokens
  Duration node_life;   ///< of terminals' certificates
};

/// The hub: fleet, enrolment and the MQTT link, on one API.
///
/// Thread rule: the executor's thread. The API outlives it.
class Hub {
 public:
  Hub(HubOptions options, KubeApi& api, certs::CertificateAuthority authority,
      link::MqttClientFactory mqtt, Executor& executor, Random& random);
  void Start();

 private:
  link::HubLink::Handlers LinkHandlers();
  void Publish();

  const LinkInfo advertised_;
  KubeApi& api_;
  Executor& executor_;
  Enrolment enrolment_;
  MqttGateway gateway_;
  Fleet fleet_;
  Timer publish_again_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
