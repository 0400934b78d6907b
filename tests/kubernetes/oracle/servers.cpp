#include "tests/kubernetes/oracle/servers.h"

#include "common/file.h"

namespace edge::oracle {
namespace {

std::string Environment(const char* name) {
  const char* const value = std::getenv(name);
  INFO(name << " is set by tests/kubernetes/oracle/run");
  REQUIRE(value != nullptr);
  return value;
}

}  // namespace

std::string OracleFolder() { return Environment("EDGE_SOURCE_DIR") + "/tests/kubernetes/oracle"; }

Servers::Servers() : real_kubeconfig_(Environment("KUBECONFIG")) {
  const std::string pki = Environment("CLUSTER_DIR") + "/pki/";
  real_.url = Environment("CLUSTER_SERVER");
  real_.ca_file = Environment("CLUSTER_CA");
  real_.users["admin"] = {pki + "user-admin.crt", pki + "user-admin.key", ""};
  embedded_.url = server_.url;
  embedded_.ca_file = folder_.path() + "/api-ca.crt";
  embedded_.users["admin"].token = *ReadFile(folder_.path() + "/api-token");
  for (ServerUnderTest* server : {&real_, &embedded_}) {
    server->users["nobody"] = {};
    server->users["stranger"].token = "not-a-token";
  }
}

}  // namespace edge::oracle
