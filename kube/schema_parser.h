#pragma once

#include <map>
#include <string_view>

#include "kube/schema.h"

namespace edge::kube {

/// Reads the table into a Schema. `Parse` returns the first fault as text, empty when there is
/// none.
class SchemaParser {
 public:
  explicit SchemaParser(Schema& schema) : schema_(schema) {}

  std::string_view Parse(std::string_view text);

 private:
  struct Extent {
    std::size_t begin = 0, end = 0;
  };

  void Line(std::string_view line);
  void Header(std::string_view line);
  void FieldLine(std::string_view line);
  void Resolve();
  void ResolveField(Field& field, std::string_view shape);
  bool SimpleShape(std::string_view shape, Field& field) const;

  Schema& schema_;
  std::map<std::string_view, std::string_view> aliases_;
  std::vector<Extent> extents_;           ///< of each type's fields
  std::vector<std::string_view> shapes_;  ///< of each field, until types are known
  std::string_view fault_;
};

}  // namespace edge::kube
