#include "link/element_count.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>
#include <functional>

namespace edge::link {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

/// Calls `each` with the bytes of every field, empty for those that are no bytes.
void ForEachField(std::string_view bytes, const std::function<void(std::string_view)>& each) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  CodedInputStream in(data, static_cast<int>(bytes.size()));
  while (const std::uint32_t tag = in.ReadTag()) {
    std::string_view value;
    if (WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      std::uint32_t length = 0;
      if (!in.ReadVarint32(&length)) return;
      const auto at = static_cast<std::size_t>(in.CurrentPosition());
      if (length > bytes.size() - at) return;
      value = bytes.substr(at, length);
      if (!in.Skip(static_cast<int>(length))) return;
    } else if (!WireFormatLite::SkipField(&in, tag)) {
      return;
    }
    each(value);
  }
}

}  // namespace

ElementCount CountElements(std::string_view body) {
  ElementCount count;
  ForEachField(body, [&](std::string_view message) {
    ++count.messages;
    ForEachField(message, [&](std::string_view kind) {
      ForEachField(kind, [&](std::string_view) { ++count.fields; });
    });
  });
  return count;
}

}  // namespace edge::link
