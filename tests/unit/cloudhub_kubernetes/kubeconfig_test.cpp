#include "cloudhub/adapters/kubernetes/kubeconfig.h"

#include <catch2/catch.hpp>

#include "tests/fakes/temp_folder.h"

namespace edge::cloudhub {

namespace {

std::string Config(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: edge\n"
         "contexts:\n- name: edge\n  context: {cluster: c, user: u}\n"
         "clusters:\n- name: c\n  cluster: " +
         cluster + "\nusers:\n- name: u\n  user: " + user + "\n";
}

}  // namespace

TEST_CASE("A kubeconfig with a token and embedded CA is read", "[commands]") {
  const auto config = ParseKubeconfig(
      Config("{server: \"https://a:6443/\", certificate-authority-data: UEVN}", "{token: t0}"),
      "kc");
  REQUIRE(config.ok());
  CHECK(config->server == "https://a:6443");
  CHECK(config->ca_pem == "PEM");
  CHECK(config->token == "t0");
}

TEST_CASE("Files in a kubeconfig are relative to its folder", "[commands]") {
  fakes::TempFolder files;
  files.Write("pki/ca.pem", "CA");
  files.Write("pki/me.pem", "CERT");
  files.Write("pki/me.key", "KEY");
  files.Write("pki/token", "tok\n");
  const std::string path = files.Write(
      "kc", Config("{server: \"https://a\", certificate-authority: pki/ca.pem}",
                   "{client-certificate: pki/me.pem, client-key: pki/me.key, tokenFile: "
                   "pki/token}"));
  const auto config = LoadKubeconfig(path);
  REQUIRE(config.ok());
  CHECK(config->ca_pem == "CA");
  CHECK(config->client_certificate_pem == "CERT");
  CHECK(config->client_key_pem == "KEY");
  CHECK(config->token == "tok");
}

TEST_CASE("A kubeconfig that cannot be used is refused with its name", "[commands]") {
  const auto error = [](const std::string& text) { return ParseKubeconfig(text, "kc").status(); };
  CHECK(error("{}").message().find("kubeconfig kc") != std::string::npos);
  CHECK_FALSE(error("[").ok());
  CHECK(error(Config("{server: \"http://a\"}", "{token: t}")).message().find("https://") !=
        std::string::npos);
  CHECK(error(Config("{server: \"https://a\", insecure-skip-tls-verify: true}", "{token: t}"))
            .message()
            .find("insecure-skip-tls-verify") != std::string::npos);
  CHECK(error(Config("{server: \"https://a\"}", "{exec: {command: aws}}")).code() ==
        Code::kUnimplemented);
  CHECK_FALSE(
      error(Config("{server: \"https://a\", certificate-authority-data: \"!\"}", "{token: t}"))
          .ok());
}

TEST_CASE("A kubeconfig that is not there is named with the ways to name another", "[commands]") {
  const Status status = LoadKubeconfig("/no/such/kubeconfig").status();
  CHECK(status.code() == Code::kNotFound);
  CHECK(status.message().find("/no/such/kubeconfig") != std::string::npos);
  CHECK(status.next_step().find("--kubeconfig") != std::string::npos);
}

}  // namespace edge::cloudhub
