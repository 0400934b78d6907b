#pragma once

#include <memory>
#include <string>

#include "tests/fakes/temp_folder.h"
#include "tests/integration/embedded_api/server_fixture.h"
#include "tests/kubernetes/oracle/client.h"

namespace edge::oracle {

/// The same API twice: of the cluster that stands beside this program, and embedded in it.
class Servers {
 public:
  Servers();

  const ServerUnderTest& real() const { return real_; }
  const ServerUnderTest& embedded() const { return embedded_; }
  const std::string& real_kubeconfig() const { return real_kubeconfig_; }
  const std::string& embedded_kubeconfig() const { return server_.kubeconfig; }
  std::string folder() const { return folder_.path(); }

 private:
  fakes::TempFolder folder_;
  cloudhub::embedded::Server server_{folder_.path()};
  ServerUnderTest real_, embedded_;
  std::string real_kubeconfig_;
};

/// The folder tests/kubernetes/oracle of the sources.
std::string OracleFolder();

}  // namespace edge::oracle
