#include "tests/fault/kill/port_methods.h"

#include <regex>
#include <sstream>
#include <stdexcept>

#include "common/file.h"

namespace edge::kill {
namespace {

constexpr const char* kHeaders[] = {"edged/ports/runtime.h", "edged/ports/volumes.h",
                                    "edged/ports/node_facts.h", "offline-store/store.h",
                                    "link/ports/mqtt_client.h"};

void AddMethods(const std::string& source, std::vector<std::string>& methods) {
  static const std::regex class_line(R"(^class (\w+) \{)");
  static const std::regex method_begin(R"(^  virtual [^~=]*?(\w+)\()");
  std::istringstream lines(source);
  std::string line, name;
  std::smatch match;
  while (std::getline(lines, line)) {
    if (std::regex_search(line, match, class_line)) name = match[1];
    if (std::regex_search(line, match, method_begin)) {
      methods.push_back(name + "." + match[1].str());
    }
  }
}

}  // namespace

std::vector<std::string> PortMethods() {
  std::vector<std::string> methods;
  for (const char* header : kHeaders) {
    const Result<std::string> source = ReadFile(std::string(EDGE_SOURCE_DIR "/") + header);
    if (!source.ok()) throw std::runtime_error(source.status().ToString());
    const std::size_t before = methods.size();
    AddMethods(*source, methods);
    if (methods.size() == before) throw std::runtime_error(std::string(header) + ": no port");
  }
  return methods;
}

}  // namespace edge::kill
