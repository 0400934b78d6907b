#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "certs/authority.h"
#include "common/loop.h"
#include "tests/bench/simulated_terminal.h"

namespace edge::bench {

struct FleetOptions {
  std::string broker_url, cluster_name;
  std::string broker_folder;  ///< ca.crt and ca.key, which sign the terminals' certificates
  std::string folder;         ///< where keys and certificates are put
};

/// Any number of simulated terminals on one thread. Their certificates are made with the CA: the
/// hub did not enrol them, and so EdgeNodes say that none was issued.
///
/// Thread rule: one thread.
class SimulatedFleet {
 public:
  static Result<std::unique_ptr<SimulatedFleet>> Create(FleetOptions options);
  ~SimulatedFleet();

  /// Makes the certificates; the terminals connect with Start.
  Status Prepare(const std::vector<std::string>& names);
  void Start(const std::vector<std::string>& names);
  const FleetCounters& counters() const { return counters_; }

 private:
  SimulatedFleet(FleetOptions options, certs::CertificateAuthority authority,
                 std::unique_ptr<Loop> loop);
  link::MqttTls TlsOf(const std::string& name) const;

  const FleetOptions options_;
  const certs::CertificateAuthority authority_;
  FleetCounters counters_;
  SystemRandom random_;
  std::unique_ptr<Loop> loop_;
  link::MqttClientFactory factory_;
  std::vector<std::unique_ptr<SimulatedTerminal>> terminals_;  // the loop's
  std::thread thread_;
};

}  // namespace edge::bench
