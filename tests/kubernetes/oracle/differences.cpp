#include "tests/kubernetes/oracle/differences.h"

#include <fnmatch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <set>
#include <stdexcept>

#include "tests/kubernetes/oracle/normal.h"

namespace edge::oracle {
namespace {

std::string Trim(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

bool Fits(const std::string& pattern, const std::string& text) {
  return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

const Json kAbsent = "(absent)";

}  // namespace

Differences::Differences(const std::string& file, const std::string& section) {
  std::ifstream lines(file);
  std::string line, here;
  while (std::getline(lines, line)) {
    if (line.empty() || line.starts_with("#")) continue;
    if (line.starts_with("[")) {
      here = line;
      continue;
    }
    if (here != "[" + section + "]") continue;
    const std::size_t first = line.find(" | ");
    const std::size_t second = first == std::string::npos ? first : line.find(" | ", first + 3);
    if (second == std::string::npos || Trim(line.substr(second + 3)).empty()) {
      throw std::runtime_error(file + ": not \"title | place | reason\": " + line);
    }
    entries_.push_back(
        {Trim(line.substr(0, first)), Trim(line.substr(first + 3, second - first - 3)), line});
  }
}

void Differences::Compare(const std::string& title, const std::string& place, const Json& real,
                          const Json& embedded) {
  if (real == embedded) return;
  const bool deeper = real.type() == embedded.type() && real.is_structured() &&
                      (real.is_object() || real.size() == embedded.size());
  if (!deeper) return Note(title, place, real, embedded);
  if (real.is_array()) {
    for (std::size_t i = 0; i < real.size(); ++i) {
      Compare(title, place + "/" + std::to_string(i), real[i], embedded[i]);
    }
    return;
  }
  std::set<std::string> keys;
  for (const auto& [key, value] : real.items()) keys.insert(key);
  for (const auto& [key, value] : embedded.items()) keys.insert(key);
  for (const std::string& key : keys) {
    Compare(title, place + "/" + key, real.value(key, kAbsent), embedded.value(key, kAbsent));
  }
}

void Differences::Note(const std::string& title, const std::string& place, const Json& real,
                       const Json& embedded) {
  bool listed = false;
  for (Entry& entry : entries_) {
    if (!Fits(entry.title, title) || !Fits(entry.place, place)) continue;
    entry.used = listed = true;
  }
  if (listed) return;
  unlisted_.push_back(title + " | " + place + "\n    real:     " + Brief(real) +
                      "\n    embedded: " + Brief(embedded));
}

void Differences::Check() const {
  for (const std::string& text : unlisted_) std::cout << text << "\n";
  for (const Entry& entry : entries_) {
    if (!entry.used) std::cout << "listed, but it does not differ: " << entry.line << "\n";
  }
  CHECK(unlisted_.empty());
  CHECK(
      std::all_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return entry.used; }));
}

}  // namespace edge::oracle
