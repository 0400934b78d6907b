#pragma once

#include <optional>
#include <string>

#include "certs/identity.h"
#include "offline-store/store.h"

namespace edge::edged {

/// Who this machine is, by its store and its identity folder.
struct Self {
  std::string node;                         ///< empty: nobody yet, and there are no pods to run
  std::optional<certs::Identity> identity;  ///< when it is whole and that node's
  Status damage;                            ///< what is wrong with the identity, and the next step
};

/// Pods never stop for a certificate (design.md 11, 22): while the store holds pods, this machine
/// is the node whose pods they are, whatever became of its identity.
Self WhoIsThis(const offline_store::Contents& contents,
               const Result<std::optional<certs::Identity>>& held,
               const std::string& identity_folder);

}  // namespace edge::edged
