#include "common/config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "common/bytes.h"

namespace edge::config {
namespace {

/// Stops yaml-cpp's parser from inside its callbacks; caught in ParseYaml and nowhere else.
struct Refused {
  Code code;
  int line;
  std::string cause;
};

std::size_t CountNodes(const YamlNode& node) {
  std::size_t count = 1;
  for (const YamlNode& item : node.items) count += CountNodes(item);
  for (const auto& [key, value] : node.members) count += 1 + CountNodes(value);
  return count;
}

/// Builds the tree from the parser's events, so that limits hold before anything is made.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(const YamlLimits& limits) : limits_(limits) {}

  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(Make(YamlNode::Type::kNull, mark), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!IsUtf8(value)) {
      throw Refused{Code::kInvalidArgument, Line(mark), "text that is not UTF-8"};
    }
    YamlNode node = Make(YamlNode::Type::kScalar, mark);
    node.scalar = value;
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    Add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Refused{Code::kInvalidArgument, Line(mark), "an alias inside its own anchor"};
    }
    YamlNode copy = found->second;
    Spend(CountNodes(copy), mark);
    copy.line = Line(mark);
    Add(std::move(copy), 0);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(YamlNode::Type::kList, mark, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(YamlNode::Type::kMap, mark, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  /// A list or map whose end has not come yet.
  struct Level {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    bool key_pending = false;  ///< a map's key came and its value did not
    std::set<std::string> keys;
  };

  static int Line(const YAML::Mark& mark) { return mark.line + 1; }

  void Spend(std::size_t nodes, const YAML::Mark& mark) {
    nodes_ += nodes;
    if (nodes_ > limits_.max_nodes) {
      throw Refused{Code::kResourceExhausted, Line(mark),
                    "more than " + std::to_string(limits_.max_nodes) + " values"};
    }
  }

  YamlNode Make(YamlNode::Type type, const YAML::Mark& mark) {
    Spend(1, mark);
    YamlNode node;
    node.type = type;
    node.line = Line(mark);
    return node;
  }

  void Open(YamlNode::Type type, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (static_cast<int>(open_.size()) >= limits_.max_depth) {
      throw Refused{Code::kResourceExhausted, Line(mark),
                    "nested deeper than " + std::to_string(limits_.max_depth) + " levels"};
    }
    open_.push_back({Make(type, mark), anchor, false, {}});
  }

  void Close() {
    Level level = std::move(open_.back());
    open_.pop_back();
    Add(std::move(level.node), level.anchor);
  }

  void Add(YamlNode node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = open_.back();
    if (level.node.type == YamlNode::Type::kList) {
      level.node.items.push_back(std::move(node));
    } else if (level.key_pending) {
      level.node.members.back().value = std::move(node);
      level.key_pending = false;
    } else {
      AddKey(level, node);
    }
  }

  static void AddKey(Level& level, const YamlNode& key) {
    if (key.type != YamlNode::Type::kScalar) {
      throw Refused{Code::kInvalidArgument, key.line, "a key that is no text"};
    }
    if (!level.keys.insert(key.scalar).second) {
      throw Refused{Code::kInvalidArgument, key.line,
                    "the key \"" + key.scalar + "\" is there twice"};
    }
    level.node.members.push_back({key.scalar, YamlNode()});
    level.key_pending = true;
  }

  const YamlLimits limits_;
  std::size_t nodes_ = 0;
  std::vector<Level> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  YamlNode root_;
};

std::string Where(std::string_view source, int line) {
  return std::string(source) + ":" + std::to_string(line) + ": ";
}

Result<YamlNode> Parse(std::string_view text, std::string_view source, const YamlLimits& limits) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  Builder builder(limits);
  if (!parser.HandleNextDocument(builder)) return YamlNode();
  Builder second(limits);
  if (parser.HandleNextDocument(second)) {
    return InvalidArgument(std::string(source) + ": more than one YAML document",
                           "keep one and remove the others");
  }
  return builder.TakeRoot();
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

template <typename T>
bool ReadNumber(std::string_view text, T& number) {
  if (text.size() > 1 && text.front() == '+') text.remove_prefix(1);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end;
}

/// A plain (unquoted) scalar's value. The words are those that kubectl takes.
Json PlainScalar(const std::string& text) {
  if (IsOneOf(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (IsOneOf(text, {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})) return true;
  if (IsOneOf(text, {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) {
    return false;
  }
  const bool numeric = text.find_first_not_of("+-0123456789.eE") == std::string::npos &&
                       text.find_first_of("0123456789") != std::string::npos;
  std::int64_t integer = 0;
  if (numeric && ReadNumber(text, integer)) return integer;
  double real = 0;
  if (numeric && ReadNumber(text, real)) return real;
  return text;
}

}  // namespace

const YamlNode* YamlNode::Find(std::string_view key) const {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}

Result<YamlNode> ParseYaml(std::string_view text, std::string_view source,
                           const YamlLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return ResourceExhausted(std::string(source) + " is longer than " +
                             std::to_string(limits.max_bytes) + " bytes");
  }
  try {
    return Parse(text, source, limits);
  } catch (const Refused& refused) {
    return Status(refused.code, Where(source, refused.line) + refused.cause);
  } catch (const YAML::Exception& error) {
    return InvalidArgument(Where(source, error.mark.line + 1) + error.msg,
                           "correct the YAML there");
  }
}

Json YamlToJson(const YamlNode& node) {
  switch (node.type) {
    case YamlNode::Type::kNull: return nullptr;
    case YamlNode::Type::kScalar: return node.quoted ? Json(node.scalar) : PlainScalar(node.scalar);
    case YamlNode::Type::kList: {
      Json list = Json::array();
      for (const YamlNode& item : node.items) list.push_back(YamlToJson(item));
      return list;
    }
    case YamlNode::Type::kMap: {
      Json map = Json::object();
      for (const auto& [key, value] : node.members) map[key] = YamlToJson(value);
      return map;
    }
  }
  return nullptr;
}

}  // namespace edge::config
