#pragma once

#include <string>
#include <vector>

#include "common/json.h"

namespace edge::oracle {

/// What the two servers answered differently, checked against the list of what they differ in on
/// purpose. Its lines: `title | place | reason`; title and place are patterns of glob(7), places
/// are `code`, `type`, `warnings`, `output`, or a JSON pointer.
class Differences {
 public:
  /// Throws std::runtime_error on a line that is none.
  Differences(const std::string& file, const std::string& section);

  /// Notes each place in which the two values differ.
  void Compare(const std::string& title, const std::string& place, const Json& real,
               const Json& embedded);

  /// Fails the test where something differed that is not listed, or is listed and did not differ.
  void Check() const;

 private:
  struct Entry {
    std::string title, place, line;
    bool used = false;
  };
  void Note(const std::string& title, const std::string& place, const Json& real,
            const Json& embedded);

  std::vector<Entry> entries_;
  std::vector<std::string> unlisted_;
};

}  // namespace edge::oracle
