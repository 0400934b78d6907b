#include "tests/bench/api_requests.h"

#include <cstdlib>
#include <sstream>

namespace edge::bench {
namespace {

std::string LabelOf(const std::string& line, const std::string& label) {
  const std::size_t at = line.find(label + "=\"");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + label.size() + 2;
  return line.substr(begin, line.find('"', begin) - begin);
}

}  // namespace

Result<ApiRequests> ReadApiRequests(KubeClient& client) {
  EDGE_ASSIGN_OR_RETURN(const std::string text, client.Text("GET", "/metrics"));
  ApiRequests requests;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("apiserver_request_total{", 0) != 0) continue;
    std::string what = LabelOf(line, "verb") + "_" + LabelOf(line, ",resource");
    if (const std::string part = LabelOf(line, "subresource"); !part.empty()) what += "/" + part;
    if (LabelOf(line, "code")[0] != '2') what += "(" + LabelOf(line, "code") + ")";
    requests[what] += std::strtod(line.c_str() + line.rfind(' '), nullptr);
  }
  return requests;
}

ApiRequests Difference(const ApiRequests& before, const ApiRequests& after) {
  ApiRequests difference;
  for (const auto& [what, count] : after) {
    const auto earlier = before.find(what);
    const double more = count - (earlier == before.end() ? 0 : earlier->second);
    if (more > 0) difference[what] = more;
  }
  return difference;
}

}  // namespace edge::bench
