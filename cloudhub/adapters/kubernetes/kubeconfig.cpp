#include "cloudhub/adapters/kubernetes/kubeconfig.h"

#include <algorithm>
#include <cctype>

#include "common/bytes.h"
#include "common/config/yaml.h"
#include "common/file.h"

namespace edge::cloudhub {
namespace {

constexpr std::size_t kMaxFile = 1024 * 1024;

Status Wrong(const std::string& path, const std::string& cause) {
  return InvalidArgument("kubeconfig " + path + ": " + cause,
                         "give the file that kubectl works with, by --kubeconfig or KUBECONFIG");
}

/// The member `member` of the entry called `name` in the list `list`.
const Json* Named(const Json& config, const char* list, const std::string& name,
                  const char* member) {
  const Json* entries = Find(config, {list});
  if (entries == nullptr || !entries->is_array()) return nullptr;
  for (const Json& entry : *entries) {
    if (FindString(entry, {"name"}) == name) return Find(entry, {member});
  }
  return nullptr;
}

/// "<key>-data" in base64, else the file that <key> names; empty where there is neither.
Result<std::string> DataOrFile(const Json& object, const std::string& key,
                               const std::string& path) {
  const std::string data = FindString(object, {key + "-data"});
  if (!data.empty()) return Base64Decode(data).WithContext("kubeconfig " + path + ": " + key);
  const std::string file = FindString(object, {key});
  if (file.empty()) return std::string();
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash + 1);
  return ReadFile(file[0] == '/' ? file : folder + file, kMaxFile);
}

Result<std::string> TokenOf(const Json& user, const std::string& path) {
  std::string token = FindString(user, {"token"});
  if (token.empty() && user.contains("tokenFile")) {
    EDGE_ASSIGN_OR_RETURN(token, DataOrFile(user, "tokenFile", path));
  }
  TrimToken(token);
  return token;
}

Status CheckCluster(const Json& cluster, const std::string& server, const std::string& path) {
  if (FindBool(cluster, {"insecure-skip-tls-verify"})) {
    return Wrong(path, "insecure-skip-tls-verify is set, and is not honoured here");
  }
  if (server.compare(0, 8, "https://") != 0) {
    return Wrong(path, "the server \"" + server + "\" does not begin with https://");
  }
  return Status::Ok();
}

}  // namespace

void TrimToken(std::string& token) {
  while (!token.empty() && std::isspace(static_cast<unsigned char>(token.back())) != 0) {
    token.pop_back();
  }
  const bool odd = std::any_of(token.begin(), token.end(),
                               [](char c) { return std::iscntrl(static_cast<unsigned char>(c)); });
  if (odd) token.clear();
}

Result<Kubeconfig> ParseKubeconfig(std::string_view text, const std::string& path) {
  EDGE_ASSIGN_OR_RETURN(const config::YamlNode root, config::ParseYaml(text, path));
  const Json config = config::YamlToJson(root);
  const std::string name = FindString(config, {"current-context"});
  const Json* context = Named(config, "contexts", name, "context");
  if (context == nullptr) return Wrong(path, "it has no current context");
  const Json* cluster = Named(config, "clusters", FindString(*context, {"cluster"}), "cluster");
  const Json* user = Named(config, "users", FindString(*context, {"user"}), "user");
  if (cluster == nullptr || user == nullptr) {
    return Wrong(path, "context \"" + name + "\" names a cluster or user that is not there");
  }
  if (user->contains("exec") || user->contains("auth-provider")) {
    return Unimplemented("kubeconfig " + path + ": user of context \"" + name +
                             "\" logs in by a plugin, and no program is started from here",
                         "use a kubeconfig with a token or a client certificate");
  }
  Kubeconfig result;
  result.server = FindString(*cluster, {"server"});
  EDGE_RETURN_IF_ERROR(CheckCluster(*cluster, result.server, path));
  while (result.server.back() == '/') result.server.pop_back();
  EDGE_ASSIGN_OR_RETURN(result.ca_pem, DataOrFile(*cluster, "certificate-authority", path));
  EDGE_ASSIGN_OR_RETURN(result.client_certificate_pem,
                        DataOrFile(*user, "client-certificate", path));
  EDGE_ASSIGN_OR_RETURN(result.client_key_pem, DataOrFile(*user, "client-key", path));
  EDGE_ASSIGN_OR_RETURN(result.token, TokenOf(*user, path));
  return result;
}

Result<Kubeconfig> LoadKubeconfig(const std::string& path) {
  const Result<std::string> text = ReadFile(path, kMaxFile);
  if (text.ok()) return ParseKubeconfig(*text, path);
  return Status(text.status().code(), "the kubeconfig: " + text.status().message(),
                "name one that this user may read, with --kubeconfig or KUBECONFIG; a standalone "
                "hub keeps one in its state_dir");
}

}  // namespace edge::cloudhub
