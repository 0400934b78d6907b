#include "edged/core/pod/expansion.h"

namespace edge::edged {

std::string Expand(std::string_view text, const std::map<std::string, std::string>& variables) {
  std::string result;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] != '$' || at + 1 == text.size()) {
      result += text[at++];
      continue;
    }
    if (text[at + 1] == '$') {
      result += '$';
      at += 2;
      continue;
    }
    const std::size_t close = text[at + 1] == '(' ? text.find(')', at) : std::string_view::npos;
    if (close == std::string_view::npos) {
      result += text.substr(at, 2);
      at += 2;
      continue;
    }
    const auto found = variables.find(std::string(text.substr(at + 2, close - at - 2)));
    result +=
        found == variables.end() ? std::string(text.substr(at, close + 1 - at)) : found->second;
    at = close + 1;
  }
  return result;
}

}  // namespace edge::edged
