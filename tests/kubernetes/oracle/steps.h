#pragma once

#include <map>
#include <string>
#include <vector>

namespace edge::oracle {

/// One request of the suite, as a file of tests/kubernetes/oracle/requests has it.
struct Step {
  std::string title;   ///< unique; `differences` names it
  std::string method;  ///< HTTP's
  std::string path;
  std::vector<std::string> headers;
  std::string body;
  std::vector<std::pair<std::string, std::string>> keeps;  ///< variable, JSON pointer
  int events = 0;  ///< a watch: so many events are read; 0: none is a watch
  int until = 0;   ///< repeated until this code is answered
  std::string user = "admin";
};

using Variables = std::map<std::string, std::string>;

/// The steps of all *.txt in a folder, files in the order of their names. Throws
/// std::runtime_error, which names the file and line, on what it does not understand.
std::vector<Step> ReadSteps(const std::string& folder);

/// The text with each ${name} replaced.
std::string Expand(std::string text, const Variables& variables);

}  // namespace edge::oracle
