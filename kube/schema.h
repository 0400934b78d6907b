#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "common/json.h"

namespace edge::kube {

struct Type;

/// What one value (an element of a list or map, or the field itself) is.
enum class Shape : std::uint8_t {
  kString,
  kBytes,  ///< base64 text
  kInt32,
  kInt64,
  kBoolean,
  kObject,       ///< Field::type says which
  kTime,         ///< RFC 3339 to the second
  kMicroTime,    ///< RFC 3339 to the microsecond
  kQuantity,     ///< number or string, see quantity.h
  kIntOrString,  ///< port or percentage
  kAnyObject,    ///< an object of unknown members
};

enum class Container : std::uint8_t { kNone, kList, kMap, kMapOfLists };

/// A field of a Type: one line of kube/schema/types.txt. Views are into the embedded table.
struct Field {
  std::string_view name;
  std::string_view attributes;   ///< the rest of the line: `required list=map keys=name`
  std::string_view description;  ///< empty for most
  const Type* type = nullptr;    ///< for Shape::kObject
  Shape shape = Shape::kString;
  Container container = Container::kNone;
  bool required : 1 = false;
  bool pointer : 1 = false;  ///< a zero value that was sent is kept and not defaulted
  bool always : 1 = false;   ///< written even when it is zero

  /// The value of `key=` in the line (to the next space; JSON strings hold no space), or empty.
  /// Keys: default set list keys mergeKey patch map; `one` gives the enum "A|B".
  std::string_view Attribute(std::string_view key) const;
  /// Whether the bare word stands in the line: `fixed`, `once`.
  bool Has(std::string_view word) const;
  /// Allowed values in the table's order; empty where any is allowed.
  std::vector<std::string_view> Enum() const;
  /// Keys of a list=map, empty otherwise.
  std::vector<std::string_view> ListKeys() const;
};

/// A JSON object's type: a paragraph of kube/schema/types.txt.
struct Type {
  std::string_view name;        ///< "core.v1.Pod"
  std::string_view attributes;  ///< `map=atomic`, `union`, `custom`
  std::string_view description;
  std::span<const Field> fields;  ///< sorted by name

  const Field* FindField(std::string_view field) const;
  bool Has(std::string_view word) const;
  /// "Pod", the last part of the name.
  std::string_view ShortName() const;
};

/// The one table of types that drives decoding, defaults, validation, patches and OpenAPI.
/// Parsed once, at first use, as views into the text embedded in the binary (about 100 KB).
///
/// Thread rule: immutable, any thread. A broken table ends the process (a build mistake).
class Schema {
 public:
  static const Schema& Get();

  /// By table name, e.g. "core.v1.PodSpec"; nullptr where there is none.
  const Type* FindType(std::string_view name) const;
  /// The type of a kind, e.g. ("", "v1", "Pod") or ("edge.kubeedge.io", "v1", "EdgeNode").
  const Type* FindType(std::string_view group, std::string_view version,
                       std::string_view kind) const;
  std::span<const Type> types() const { return types_; }
  /// The `resource` lines; resources.h makes them readable.
  std::span<const std::string_view> resource_lines() const { return resource_lines_; }

 private:
  friend class SchemaParser;
  Schema() = default;

  std::vector<Field> fields_;
  std::vector<Type> types_;
  std::vector<std::string_view> resource_lines_;
};

}  // namespace edge::kube
