#include "edged/agent/self.h"

#include "edged/agent/store_mapping.h"

namespace edge::edged {
namespace {

Status NoCertificate(const std::string& folder, const std::string& node) {
  return DataLoss(folder + "/tls.crt is missing, and this machine is node " + node,
                  "restore the identity folder, or make a new join token with \"cloudhub token "
                  "create " +
                      node +
                      "\" and put its file into /etc/edged or onto a USB stick: "
                      "edged goes on by itself");
}

Status OfAnother(const std::string& folder, const std::string& other, const std::string& node) {
  return FailedPrecondition(
      folder + " is the identity of node " + other + " and the pods of this machine are node " +
          node + "'s",
      "restore the identity of " + node + " or make a join token for it; to make this machine " +
          other + ", stop edged, remove its pods and its store.db, and start it again");
}

}  // namespace

Self WhoIsThis(const offline_store::Contents& contents,
               const Result<std::optional<certs::Identity>>& held,
               const std::string& identity_folder) {
  Self self;
  self.node = StoredNodeName(contents);
  if (!held.ok()) {
    self.damage = held.status();
  } else if (!*held) {
    if (!self.node.empty()) self.damage = NoCertificate(identity_folder, self.node);
  } else if (self.node.empty() || self.node == (*held)->node_name) {
    self.node = (*held)->node_name;
    self.identity = **held;
  } else {
    self.damage = OfAnother(identity_folder, (*held)->node_name, self.node);
  }
  return self;
}

}  // namespace edge::edged
