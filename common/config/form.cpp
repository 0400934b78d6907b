#include "common/config/form.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>

namespace edge::config {
namespace {

constexpr std::string_view kLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::size_t kMaxName = 63, kMaxHost = 253;

bool IsAddress(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes;
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

bool IsName(std::string_view text, std::size_t most) {
  return !text.empty() && text.size() <= most && text != "." && text != ".." &&
         text.find_first_not_of(std::string(kLetters) + "-_.") == std::string_view::npos;
}

bool IsHost(const std::string& text) { return IsName(text, kMaxHost) || IsAddress(text); }

/// "host:port" or "[v6]:port".
bool IsHostPort(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view port = text.substr(colon + 1);
  std::string host(text.substr(0, colon));
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number == 0) return false;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return IsAddress(host.substr(1, host.size() - 2));
  }
  return IsName(host, kMaxHost);
}

bool Follows(std::string_view text, std::string_view scheme, std::string_view* rest) {
  if (!text.starts_with(scheme)) return false;
  *rest = text.substr(scheme.size());
  return true;
}

}  // namespace

bool HasForm(Form form, const std::string& text) {
  std::string_view rest = text;
  switch (form) {
    case Form::kAny: return true;
    case Form::kPath: return text.starts_with('/');
    case Form::kPathOrNone: return text.empty() || text.starts_with('/');
    case Form::kSocket: Follows(text, "unix://", &rest); return rest.starts_with('/');
    case Form::kBrokerUrl: return Follows(text, "tls://", &rest) && IsHostPort(rest);
    case Form::kAddress: return IsAddress(text);
    case Form::kHost: return IsHost(text);
    case Form::kName: return IsName(text, kMaxName);
  }
  return false;
}

std::string_view FormWords(Form form) {
  switch (form) {
    case Form::kAny: return {};
    case Form::kPath: return "an absolute path";
    case Form::kPathOrNone: return "an absolute path, or empty";
    case Form::kSocket: return "unix:// and an absolute path";
    case Form::kBrokerUrl: return "tls://host:port";
    case Form::kAddress: return "a numeric IPv4 or IPv6 address";
    case Form::kHost: return "a host name or a numeric address";
    case Form::kName: return "1 to 63 letters, digits, \"-\", \"_\" and \".\"";
  }
  return {};
}

}  // namespace edge::config
