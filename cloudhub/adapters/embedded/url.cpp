#include "cloudhub/adapters/embedded/url.h"

#include "common/bytes.h"

namespace edge::cloudhub::embedded {
namespace {

bool PercentDecode(std::string_view text, bool plus_is_space, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto byte = HexDecode(text.substr(i + 1, 2));
      if (!byte.ok() || byte->size() != 1) return false;
      out += *byte;
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return true;
}

}  // namespace

bool ParseTarget(std::string_view target, std::string& path,
                 std::map<std::string, std::string>& query) {
  const std::size_t mark = target.find('?');
  if (!PercentDecode(target.substr(0, mark), false, path)) return false;
  std::string_view rest = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = pair.find('=');
    std::string key, value;
    if (!PercentDecode(pair.substr(0, equals), true, key)) return false;
    if (equals != std::string_view::npos && !PercentDecode(pair.substr(equals + 1), true, value)) {
      return false;
    }
    query.emplace(std::move(key), std::move(value));
    rest = end == std::string_view::npos ? "" : rest.substr(end + 1);
  }
  return true;
}

std::vector<std::string> PathSegments(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    if (end != 0) segments.emplace_back(path.substr(0, end));
    if (end == std::string_view::npos) break;
    path.remove_prefix(end + 1);
  }
  return segments;
}

}  // namespace edge::cloudhub::embedded
