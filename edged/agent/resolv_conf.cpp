#include "edged/agent/resolv_conf.h"

#include <sstream>

#include "common/file.h"

namespace edge::edged {
namespace {

constexpr std::size_t kMaxServers = 3;
constexpr std::size_t kMaxSearches = 32;
constexpr std::size_t kMaxBytes = 64 * 1024;

}  // namespace

ResolvConf ParseResolvConf(std::string_view text) {
  ResolvConf conf;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string keyword;
    words >> keyword;
    std::vector<std::string> values;
    for (std::string word; words >> word && word[0] != '#' && word[0] != ';';) {
      values.push_back(word);
    }
    if (keyword == "nameserver" && !values.empty() && conf.servers.size() < kMaxServers) {
      conf.servers.push_back(values.front());
    } else if (keyword == "search" || keyword == "domain") {
      conf.searches = std::move(values);  // the last such line counts
      if (conf.searches.size() > kMaxSearches) conf.searches.resize(kMaxSearches);
    } else if (keyword == "options") {
      conf.options.insert(conf.options.end(), values.begin(), values.end());
    }
  }
  return conf;
}

ResolvConf ReadResolvConf(const std::string& path) {
  const Result<std::string> text = ReadFile(path, kMaxBytes);
  return text.ok() ? ParseResolvConf(*text) : ResolvConf{};
}

}  // namespace edge::edged
