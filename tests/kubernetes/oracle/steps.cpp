#include "tests/kubernetes/oracle/steps.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

namespace edge::oracle {
namespace {

/// "PATCH" of the table is one of three media types, and a watch is a GET.
void SetMethod(const std::string& word, std::istringstream& rest, Step& step) {
  static const std::map<std::string, std::string> kPatches = {
      {"JSON-PATCH", "application/json-patch+json"},
      {"MERGE-PATCH", "application/merge-patch+json"},
      {"STRATEGIC-PATCH", "application/strategic-merge-patch+json"}};
  step.method = word;
  if (const auto patch = kPatches.find(word); patch != kPatches.end()) {
    step.method = "PATCH";
    step.headers.push_back("Content-Type: " + patch->second);
  } else if (word == "WATCH" || word == "UNTIL") {
    step.method = "GET";
    rest >> (word == "WATCH" ? step.events : step.until);
  }
  rest >> step.path;
  if (step.events > 0) step.path += (step.path.find('?') == std::string::npos ? "?" : "&");
  if (step.events > 0) step.path += "watch=true&timeoutSeconds=2";
}

void ReadLine(const std::string& line, Step& step) {
  std::istringstream words(line);
  std::string first, second;
  words >> first;
  if (step.method.empty()) return SetMethod(first, words, step);
  const std::size_t colon = line.find(": ");
  if (first == "keep") {
    words >> first >> second;
    step.keeps.emplace_back(first, second);
  } else if (first == "as") {
    words >> step.user;
  } else if (step.body.empty() && colon != std::string::npos &&
             line.find_first_of("{[\" ") > colon) {
    step.headers.push_back(line);
  } else {
    step.body += line + "\n";
  }
}

void ReadFile(const std::filesystem::path& path, std::vector<Step>& steps) {
  std::ifstream file(path);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.starts_with("#")) continue;
    if (line.starts_with("== ")) {
      steps.push_back({});
      steps.back().title = line.substr(3);
    } else if (steps.empty()) {
      throw std::runtime_error(path.string() + ":" + std::to_string(number) + ": no == title yet");
    } else {
      ReadLine(line, steps.back());
    }
  }
}

}  // namespace

std::vector<Step> ReadSteps(const std::string& folder) {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") files.insert(entry.path());
  }
  std::vector<Step> steps;
  for (const auto& file : files) ReadFile(file, steps);
  std::set<std::string> titles;
  for (const Step& step : steps) {
    if (step.path.empty()) throw std::runtime_error("the step \"" + step.title + "\" has no path");
    if (!titles.insert(step.title).second) {
      throw std::runtime_error("two steps have the title \"" + step.title + "\"");
    }
  }
  return steps;
}

std::string Expand(std::string text, const Variables& variables) {
  for (const auto& [name, value] : variables) {
    const std::string reference = "${" + name + "}";
    for (auto at = text.find(reference); at != std::string::npos; at = text.find(reference, at)) {
      text.replace(at, reference.size(), value);
      at += value.size();
    }
  }
  return text;
}

}  // namespace edge::oracle
