#include "common/config/config.h"
#include "common/log.h"

namespace edge::config {
namespace {

std::string TypeName(const Key& key) {
  switch (key.type) {
    case Type::kString: return "text";
    case Type::kInt: return "number, " + std::to_string(key.min) + " to " + std::to_string(key.max);
    case Type::kBool: return "true or false";
    case Type::kDuration: return "duration";
    case Type::kList: return "list";
    case Type::kEnum: break;
  }
  std::string names;
  for (const std::string& choice : key.choices) {
    if (!names.empty()) names += ", ";
    names.append("`").append(choice).append("`");
  }
  return names;
}

/// Table cells must not hold the character that ends one.
std::string Cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string InlineCode(const std::string& text) {
  return text.empty() ? "" : "`" + Cell(text) + "`";
}

}  // namespace

std::string Config::Show(bool with_origin) const {
  std::string out;
  for (const Key& key : keys_) {
    const Value& value = Get(key.name);
    out += key.name + ": ";
    if (key.type == Type::kList) {
      out += Json(value.list).dump();
    } else if (key.type == Type::kString) {
      out += Quote(value.text);
    } else {
      out += value.text;
    }
    if (with_origin) out += "  # " + value.origin;
    out += '\n';
  }
  return out;
}

Json Config::ShowJson(bool with_origin) const {
  Json out = Json::object();
  for (const Key& key : keys_) {
    const Value& value = Get(key.name);
    Json shown = value.text;
    if (key.type == Type::kList) shown = value.list;
    if (key.type == Type::kInt) shown = value.number;
    if (key.type == Type::kBool) shown = value.number != 0;
    out[key.name] = with_origin ? Json{{"value", shown}, {"origin", value.origin}} : shown;
  }
  return out;
}

std::string Config::Reference() const {
  std::string out = "| setting | form | default | meaning |\n|---|---|---|---|\n";
  for (const Key& key : keys_) {
    out += "| `" + key.name + "` | " + Cell(TypeName(key)) + " | " + InlineCode(key.fallback) +
           " | " + Cell(key.help) + " |\n";
  }
  return out;
}

}  // namespace edge::config
