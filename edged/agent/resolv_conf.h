#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace edge::edged {

/// A resolver's configuration (resolv.conf(5)).
struct ResolvConf {
  std::vector<std::string> servers, searches, options;
};

/// At most three servers and 32 search domains, as the resolver itself takes. Unknown lines and
/// comments are passed over.
ResolvConf ParseResolvConf(std::string_view text);

/// An unreadable file is an empty configuration: pods then get none.
ResolvConf ReadResolvConf(const std::string& path);

}  // namespace edge::edged
