#pragma once

#include <string>
#include <vector>

#include "certs/token.h"
#include "cloudhub/ports/admin_api.h"
#include "common/random.h"

namespace edge::cloudhub {

struct CreateTokens {
  std::vector<std::string> node_names;
  std::string folder;  ///< where NAME.token.yaml are written (0600)
  Duration life = certs::kTokenLife;
};

/// What became of one name.
struct CreatedToken {
  std::string node_name;
  std::string path;
  std::string id;
  bool edge_node_missing = false;  ///< the terminal waits until the EdgeNode is created
};

/// Makes a token for each name: the Secret in the API first, then the file. Names are all checked
/// before the first is made. `created` gets those that were made, also when a later one fails.
/// The token names the brokers that the hub publishes, and the EdgeNode's own before them.
Status CreateTokenFiles(AdminApi& api, Random& random, WallTime now, const CreateTokens& what,
                        std::vector<CreatedToken>& created);

struct ListedToken {
  std::string id, node_name, cluster_name;
  WallTime expires;
  std::string state;  ///< "ready", "used" or "expired"
};
/// Every join token in the API, by node name. Secrets that are none are passed over.
Result<std::vector<ListedToken>> ListTokens(AdminApi& api, WallTime now);

/// Deletes the Secret of a token. Errors: kInvalidArgument for no id, kNotFound.
Status DeleteToken(AdminApi& api, const std::string& id);

}  // namespace edge::cloudhub
