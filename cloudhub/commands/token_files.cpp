#include "cloudhub/commands/token_files.h"

#include <algorithm>
#include <set>

#include "certs/names.h"
#include "cloudhub/core/enrolment/link_info.h"
#include "cloudhub/core/enrolment/token_secret.h"
#include "cloudhub/core/resources.h"
#include "common/file.h"

namespace edge::cloudhub {
namespace {

const std::string kNamespace(kSystemNamespace);

Result<LinkInfo> FetchLinkInfo(AdminApi& api) {
  const Result<Json> map = api.Get(kConfigMaps, kNamespace, std::string(kLinkConfigMap));
  if (map.ok()) return LinkInfoFromConfigMap(*map);
  if (map.status().code() != Code::kNotFound) return map.status();
  return FailedPrecondition("the ConfigMap edge-system/edge-link is not there",
                            "start cloudhub: it publishes its CA and broker addresses there");
}

/// The brokers for this node: what its EdgeNode names, then what the hub publishes.
Status ChooseBrokers(AdminApi& api, const LinkInfo& info, certs::JoinToken& token, bool& missing) {
  token.broker_urls = info.broker_urls;
  const Result<Json> edge_node = api.Get(kEdgeNodes, "", token.node_name);
  missing = edge_node.status().code() == Code::kNotFound;
  if (!edge_node.ok()) return missing ? Status::Ok() : edge_node.status();
  const std::string own = FindString(*edge_node, {"spec", "connection", "brokerURL"});
  if (!own.empty()) {
    std::erase(token.broker_urls, own);
    token.broker_urls.insert(token.broker_urls.begin(), own);
  }
  return Status::Ok();
}

Result<CreatedToken> CreateOne(AdminApi& api, Random& random, WallTime expires,
                               const LinkInfo& info, const std::string& name,
                               const std::string& folder) {
  EDGE_ASSIGN_OR_RETURN(certs::JoinToken token,
                        certs::MakeToken(random, info.cluster_name, name, expires));
  token.ca_certificate_pem = info.ca_certificate_pem;
  token.enrol_urls = info.enrol_urls;
  CreatedToken created{name, folder + "/" + name + ".token.yaml", token.id};
  EDGE_RETURN_IF_ERROR(ChooseBrokers(api, info, token, created.edge_node_missing));
  if (token.broker_urls.empty()) {
    return FailedPrecondition("no broker is known for node " + name,
                              "set spec.connection.brokerURL of its EdgeNode, or the hub's "
                              "advertise.node_urls");
  }
  const certs::StoredToken stored{token.id,     token.node_name, token.cluster_name,
                                  token.secret, token.expires,   std::nullopt};
  EDGE_RETURN_IF_ERROR(api.Create(kSecrets, kNamespace, TokenToSecret(stored)).status());
  const Status written = WriteFileAtomically(created.path, certs::FormatToken(token), 0600);
  if (written.ok()) return created;
  static_cast<void>(DeleteToken(api, token.id));  // a token that nobody holds is of no use
  return written;
}

std::string StateOf(const certs::StoredToken& token, WallTime now) {
  if (token.redemption) return "used";
  return token.expires <= now ? "expired" : "ready";
}

}  // namespace

Status CreateTokenFiles(AdminApi& api, Random& random, WallTime now, const CreateTokens& what,
                        std::vector<CreatedToken>& created) {
  std::set<std::string> seen;
  for (const std::string& name : what.node_names) {
    EDGE_RETURN_IF_ERROR(certs::CheckNodeName(name));
    if (seen.insert(name).second) continue;
    return InvalidArgument("node " + name + " is named twice, and would have two tokens",
                           "name each terminal once; no token was made");
  }
  EDGE_RETURN_IF_ERROR(MakeDirectories(what.folder, 0700));
  EDGE_ASSIGN_OR_RETURN(const LinkInfo info, FetchLinkInfo(api));
  for (const std::string& name : what.node_names) {
    EDGE_ASSIGN_OR_RETURN(CreatedToken one,
                          CreateOne(api, random, now + what.life, info, name, what.folder));
    created.push_back(std::move(one));
  }
  return Status::Ok();
}

Result<std::vector<ListedToken>> ListTokens(AdminApi& api, WallTime now) {
  EDGE_ASSIGN_OR_RETURN(const Json list, api.List(kSecrets, kNamespace));
  std::vector<ListedToken> tokens;
  const Json* items = Find(list, {"items"});
  if (items == nullptr || !items->is_array()) return tokens;
  for (const Json& secret : *items) {
    const Result<certs::StoredToken> token = TokenFromSecret(secret);
    if (!token.ok()) continue;
    tokens.push_back(
        {token->id, token->node_name, token->cluster_name, token->expires, StateOf(*token, now)});
  }
  std::sort(tokens.begin(), tokens.end(), [](const auto& a, const auto& b) {
    return std::tie(a.node_name, a.expires) < std::tie(b.node_name, b.expires);
  });
  return tokens;
}

Status DeleteToken(AdminApi& api, const std::string& id) {
  EDGE_RETURN_IF_ERROR(certs::CheckTokenId(id));
  return api.Delete(kSecrets, kNamespace, TokenSecretName(id));
}

}  // namespace edge::cloudhub
