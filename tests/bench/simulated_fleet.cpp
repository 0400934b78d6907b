#include "tests/bench/simulated_fleet.h"

#include <utility>

#include "common/file.h"
#include "link/adapters/paho/paho_client.h"

namespace edge::bench {

Result<std::unique_ptr<SimulatedFleet>> SimulatedFleet::Create(FleetOptions options) {
  EDGE_RETURN_IF_ERROR(link::RequireTls13());
  EDGE_ASSIGN_OR_RETURN(const std::string ca, ReadFile(options.broker_folder + "/ca.crt"));
  EDGE_ASSIGN_OR_RETURN(const std::string key, ReadFile(options.broker_folder + "/ca.key"));
  EDGE_ASSIGN_OR_RETURN(auto authority, certs::CertificateAuthority::FromPem(ca, key));
  EDGE_ASSIGN_OR_RETURN(auto loop, Loop::Create());
  EDGE_ASSIGN_OR_RETURN(auto factory, link::MakePahoFactory(*loop));
  EDGE_RETURN_IF_ERROR(MakeDirectories(options.folder));
  std::unique_ptr<SimulatedFleet> fleet(
      new SimulatedFleet(std::move(options), std::move(authority), std::move(loop)));
  fleet->factory_ = std::move(factory);
  fleet->thread_ = std::thread([loop = fleet->loop_.get()] { loop->Run(); });
  return fleet;
}

SimulatedFleet::SimulatedFleet(FleetOptions options, certs::CertificateAuthority authority,
                               std::unique_ptr<Loop> loop)
    : options_(std::move(options)), authority_(std::move(authority)), loop_(std::move(loop)) {}

SimulatedFleet::~SimulatedFleet() {
  loop_->Stop();
  thread_.join();
}

link::MqttTls SimulatedFleet::TlsOf(const std::string& name) const {
  const std::string path = options_.folder + "/" + name;
  return {options_.broker_folder + "/ca.crt", path + ".crt", path + ".key"};
}

Status SimulatedFleet::Prepare(const std::vector<std::string>& names) {
  const WallTime now = loop_->clock().Wall();
  for (const std::string& name : names) {
    const link::MqttTls tls = TlsOf(name);
    EDGE_ASSIGN_OR_RETURN(const std::string key, certs::GenerateKey());
    EDGE_ASSIGN_OR_RETURN(const std::string request, certs::MakeCsr(key, name));
    EDGE_ASSIGN_OR_RETURN(const std::string certificate, authority_.SignNode(request, name, now));
    EDGE_RETURN_IF_ERROR(ReplaceFile(tls.key_file, key, 0600));
    EDGE_RETURN_IF_ERROR(ReplaceFile(tls.certificate_file, certificate, 0644));
  }
  return Status::Ok();
}

void SimulatedFleet::Start(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    link::NodeLinkOptions options;
    options.broker_urls = {options_.broker_url};
    options.cluster_name = options_.cluster_name;
    options.node = name;
    options.tls = TlsOf(name);
    loop_->Post([this, options = std::move(options)] {
      terminals_.push_back(
          std::make_unique<SimulatedTerminal>(*loop_, random_, factory_, options, counters_));
    });
  }
}

}  // namespace edge::bench
