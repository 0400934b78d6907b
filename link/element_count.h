#pragma once

#include <cstddef>
#include <string_view>

namespace edge::link {

/// How many messages a serialized UpBody or DownBody has, and how many fields they have (the rows
/// of their lists among them), counted without parsing: an empty row takes two bytes on the wire
/// and a hundred in memory. What is malformed ends the count, and is for the parser to
/// refuse.
struct ElementCount {
  std::size_t messages = 0;
  std::size_t fields = 0;
};
ElementCount CountElements(std::string_view body);

}  // namespace edge::link
