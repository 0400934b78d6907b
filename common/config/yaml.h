#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"
#include "common/status.h"

namespace edge::config {

struct YamlLimits {
  std::size_t max_bytes = 1024 * 1024;
  std::size_t max_nodes = 20000;  ///< values after aliases are expanded
  int max_depth = 40;
};

/// A YAML value with the place where it stands. Thread rule: a value.
struct YamlNode {
  struct Member;
  enum class Type { kNull, kScalar, kList, kMap } type = Type::kNull;
  std::string scalar;
  bool quoted = false;  ///< "5" is text, 5 is a number
  int line = 0;         ///< 1 is the first
  std::vector<YamlNode> items;
  std::vector<Member> members;  ///< in the file's order

  /// The member of a map, or nullptr.
  const YamlNode* Find(std::string_view key) const;
};

/// An entry of a map.
struct YamlNode::Member {
  std::string key;
  YamlNode value;
};

/// Parses one document of untrusted text; an empty text is kNull. `source` (a path) is for
/// messages. Errors: kInvalidArgument "<source>:<line>: cause" (bad YAML or UTF-8, a key twice, a
/// second document), kResourceExhausted over a limit. Never throws.
Result<YamlNode> ParseYaml(std::string_view text, std::string_view source,
                           const YamlLimits& limits = {});

/// The value as JSON, with plain scalars typed as kubectl types them (null, true, yes, 5, 1.5).
Json YamlToJson(const YamlNode& node);

}  // namespace edge::config
