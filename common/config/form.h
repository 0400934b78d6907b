#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace edge::config {

/// What a text setting, or each text of a list, must look like, so that a slip is told where the
/// setting is written and not by what comes of it.
enum class Form : std::uint8_t {
  kAny,
  kPath,        ///< absolute
  kPathOrNone,  ///< absolute, or empty
  kSocket,      ///< "unix:///run/x.sock", or the path alone
  kBrokerUrl,   ///< "tls://host:port"
  kAddress,     ///< a numeric IPv4 or IPv6 address
  kHost,        ///< a host name or a numeric address
  kName,        ///< a level of a topic: letters, digits, "-", "_", "."; at most 63
};

bool HasForm(Form form, const std::string& text);
/// For errors: "an absolute path". Empty for kAny.
std::string_view FormWords(Form form);

}  // namespace edge::config
