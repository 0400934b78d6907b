#pragma once

#include <string>
#include <string_view>

#include "common/status.h"

namespace edge::cloudhub {

/// What a kubeconfig's current context says: where the API is and how to show who asks.
struct Kubeconfig {
  std::string server;  ///< "https://host:port"
  std::string ca_pem;  ///< empty: the system's CAs
  std::string token;   ///< bearer token, or empty
  std::string client_certificate_pem, client_key_pem;
  bool operator==(const Kubeconfig&) const = default;
};

/// Reads a kubeconfig (client-go's v1 Config): data members, and files relative to its folder.
/// Errors: kInvalidArgument naming the file and what is wrong; kUnimplemented for exec plugins;
/// kInvalidArgument for insecure-skip-tls-verify, which is not honoured.
Result<Kubeconfig> LoadKubeconfig(const std::string& path);
Result<Kubeconfig> ParseKubeconfig(std::string_view text, const std::string& path);

/// Takes the white space off a token's end. A token with a control character in it is emptied: it
/// goes into a header.
void TrimToken(std::string& token);

}  // namespace edge::cloudhub
