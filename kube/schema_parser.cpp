#include "kube/schema_parser.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "kube/text.h"

namespace edge::kube {
namespace {

constexpr std::string_view kDescriptionMark = " -- ";

std::string_view TakeDescription(std::string_view& line) {
  const std::size_t mark = line.find(kDescriptionMark);
  if (mark == std::string_view::npos) return {};
  const std::string_view description = line.substr(mark + kDescriptionMark.size());
  line = line.substr(0, mark);
  return description;
}

}  // namespace

std::string_view SchemaParser::Parse(std::string_view text) {
  while (!text.empty() && fault_.empty()) Line(TakeUntil(text, '\n'));
  if (fault_.empty()) Resolve();
  return fault_;
}

void SchemaParser::Line(std::string_view line) {
  if (Trim(line).empty() || line.front() == '#') return;
  if (line.substr(0, 9) == "resource ") {
    schema_.resource_lines_.push_back(line.substr(9));
  } else if (line.front() == ' ') {
    FieldLine(Trim(line));
  } else {
    Header(line);
  }
}

void SchemaParser::Header(std::string_view line) {
  Type type;
  type.description = TakeDescription(line);
  type.name = TakeUntil(line, ' ');
  type.attributes = line;
  if (line.substr(0, 3) == "is ") {
    aliases_[type.name] = line.substr(3);
    return;
  }
  schema_.types_.push_back(type);
  extents_.push_back({schema_.fields_.size(), schema_.fields_.size()});
}

void SchemaParser::FieldLine(std::string_view line) {
  if (extents_.empty()) {
    fault_ = line;
    return;
  }
  Field field;
  field.description = TakeDescription(line);
  field.name = TakeUntil(line, ' ');
  shapes_.push_back(TakeUntil(line, ' '));
  field.attributes = line;
  field.required = field.Has("required");
  field.pointer = field.Has("pointer");
  field.always = field.Has("always");
  schema_.fields_.push_back(field);
  extents_.back().end = schema_.fields_.size();
}

void SchemaParser::Resolve() {
  std::vector<std::size_t> order(schema_.types_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return schema_.types_[a].name < schema_.types_[b].name;
  });
  std::vector<Type> sorted;
  sorted.reserve(order.size());
  for (const std::size_t index : order) {
    Type type = schema_.types_[index];
    type.fields = std::span(schema_.fields_)
                      .subspan(extents_[index].begin, extents_[index].end - extents_[index].begin);
    sorted.push_back(type);
  }
  schema_.types_ = std::move(sorted);
  for (std::size_t i = 0; i < schema_.fields_.size(); ++i) {
    ResolveField(schema_.fields_[i], shapes_[i]);
  }
  for (const Extent& extent : extents_) {
    std::sort(schema_.fields_.begin() + static_cast<std::ptrdiff_t>(extent.begin),
              schema_.fields_.begin() + static_cast<std::ptrdiff_t>(extent.end),
              [](const Field& a, const Field& b) { return a.name < b.name; });
  }
}

void SchemaParser::ResolveField(Field& field, std::string_view shape) {
  if (shape.substr(0, 2) == "[]") {
    field.container = Container::kList;
    shape.remove_prefix(2);
  } else if (shape.substr(0, 4) == "map<") {
    shape = shape.substr(4, shape.size() - 5);
    field.container = shape.substr(0, 2) == "[]" ? Container::kMapOfLists : Container::kMap;
    if (field.container == Container::kMapOfLists) shape.remove_prefix(2);
  }
  if (SimpleShape(shape, field)) return;
  field.shape = Shape::kObject;
  field.type = schema_.FindType(shape);
  if (field.type == nullptr) fault_ = shape;
}

bool SchemaParser::SimpleShape(std::string_view shape, Field& field) const {
  static constexpr std::array<std::pair<std::string_view, Shape>, 12> kShapes{{
      {"string", Shape::kString},
      {"string/byte", Shape::kBytes},
      {"string/date-time", Shape::kTime},
      {"integer/int32", Shape::kInt32},
      {"integer/int64", Shape::kInt64},
      {"boolean", Shape::kBoolean},
      {"object", Shape::kAnyObject},
      {"any/int-or-string", Shape::kIntOrString},
      {"any", Shape::kQuantity},
      // These two share their simple type with others, so they go by name.
      {"apis.meta.v1.Time", Shape::kTime},
      {"apis.meta.v1.MicroTime", Shape::kMicroTime},
      {"apis.meta.v1.FieldsV1", Shape::kAnyObject},
  }};
  const auto named = [&](std::string_view name) {
    const auto found = std::find_if(kShapes.begin(), kShapes.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (found != kShapes.end()) field.shape = found->second;
    return found != kShapes.end();
  };
  if (named(shape)) return true;
  const auto alias = aliases_.find(shape);
  return alias != aliases_.end() && named(alias->second);
}

}  // namespace edge::kube
