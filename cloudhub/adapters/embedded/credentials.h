#pragma once

#include <string>
#include <vector>

#include "common/clock.h"
#include "common/json.h"
#include "common/random.h"
#include "common/status.h"

namespace edge::cloudhub::embedded {

/// What the HTTPS server serves with and whom it believes.
struct Credentials {
  std::string ca_pem;  ///< of the API: it signs the serving certificate and operators' certificates
  std::string cert_pem, key_pem;
  std::string token;
};

/// Reads the credentials from the folder, or makes what is missing (files 0600). The serving
/// certificate is made anew when it lacks one of `names` or has less than a month to live.
/// `token_source` must be the kernel's generator. Errors: the file system's and OpenSSL's.
Result<Credentials> LoadOrMakeCredentials(const std::string& folder,
                                          const std::vector<std::string>& names, WallTime now,
                                          Random& token_source);

/// The text of a kubeconfig with the CA and token inside. `server` is a URL.
std::string MakeKubeconfig(const Credentials& credentials, const std::string& server);

}  // namespace edge::cloudhub::embedded
