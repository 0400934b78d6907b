#include <algorithm>

#include "kube/name_rules.h"
#include "kube/validation.h"

namespace edge::kube {
namespace {

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) { return IsLower(c) || IsDigit(c) || (c >= 'A' && c <= 'Z'); }
bool IsLowerAlnum(char c) { return IsLower(c) || IsDigit(c); }

constexpr std::string_view kLabelRule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
constexpr std::string_view kSubdomainRule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr std::string_view kQualifiedRule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
constexpr std::string_view kLabelValueRule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
    "'12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
constexpr std::string_view kConfigKeyRule =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
    "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

bool IsDnsLabelText(std::string_view name) {
  return !name.empty() && IsLowerAlnum(name.front()) && IsLowerAlnum(name.back()) &&
         std::all_of(name.begin(), name.end(), [](char c) { return IsLowerAlnum(c) || c == '-'; });
}

bool IsNameText(std::string_view name) {
  return !name.empty() && IsAlnum(name.front()) && IsAlnum(name.back()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsAlnum(c) || c == '-' || c == '_' || c == '.'; });
}

bool IsSubdomainText(std::string_view name) {
  for (;;) {
    const std::size_t dot = name.find('.');
    if (!IsDnsLabelText(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

std::string TooLongText(std::size_t limit) {
  return "must be no more than " + std::to_string(limit) + " bytes";
}

}  // namespace

std::string CheckDnsLabel(std::string_view name) {
  if (name.size() > 63) return TooLongText(63);
  if (IsDnsLabelText(name)) return {};
  return IsSubdomainText(name) ? "must not contain dots" : std::string(kLabelRule);
}

std::string CheckDnsSubdomain(std::string_view name) {
  if (name.size() > 253) return TooLongText(253);
  return IsSubdomainText(name) ? std::string() : std::string(kSubdomainRule);
}

std::string CheckQualifiedName(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash != std::string_view::npos) {
    const std::string_view prefix = name.substr(0, slash);
    name.remove_prefix(slash + 1);
    if (name.find('/') != std::string_view::npos) {
      return "a valid label key " + std::string(kQualifiedRule) +
             " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
    }
    if (prefix.empty()) return "prefix part must be non-empty";
    const std::string fault = CheckDnsSubdomain(prefix);
    if (!fault.empty()) return "prefix part " + fault;
  }
  if (name.empty()) return "name part must be non-empty";
  if (name.size() > 63) return "name part " + TooLongText(63);
  return IsNameText(name) ? std::string() : "name part " + std::string(kQualifiedRule);
}

std::string CheckLabelValue(std::string_view value) {
  if (value.size() > 63) return TooLongText(63);
  return value.empty() || IsNameText(value) ? std::string() : std::string(kLabelValueRule);
}

std::string CheckConfigKey(std::string_view key) {
  if (key.size() > 253) return TooLongText(253);
  const bool good = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return IsAlnum(c) || c == '-' || c == '_' || c == '.';
  });
  if (!good) return std::string(kConfigKeyRule);
  if (key == "." || key == "..") return "must not be '" + std::string(key) + "'";
  return key.substr(0, 2) == ".." ? "must not start with '..'" : "";
}

std::string CheckEnvName(std::string_view name) {
  const bool good = std::all_of(name.begin(), name.end(),
                                [](char c) { return c >= ' ' && c <= '~' && c != '='; });
  return good ? ""
              : "a valid environment variable name must consist only of printable ASCII "
                "characters other than '='";
}

std::string CheckPortName(std::string_view name) {
  if (name.size() > 15) return TooLongText(15);
  const bool good =
      std::all_of(name.begin(), name.end(), [](char c) { return IsLowerAlnum(c) || c == '-'; });
  if (!good) return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
  if (std::none_of(name.begin(), name.end(), IsLower)) {
    return "must contain at least one letter (a-z)";
  }
  if (name.find("--") != std::string_view::npos) return "must not contain consecutive hyphens";
  const bool edge = name.front() == '-' || name.back() == '-';
  return edge ? "must not begin or end with a hyphen" : "";
}

std::string CheckRelativePath(std::string_view path) {
  if (!path.empty() && path.front() == '/') return "must be a relative path";
  return HasDotDot(path) ? "must not contain '..'" : "";
}

bool HasDotDot(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (path.substr(0, end) == "..") return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

}  // namespace edge::kube
