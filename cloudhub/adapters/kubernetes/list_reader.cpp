#include "cloudhub/adapters/kubernetes/list_reader.h"

#include <utility>

namespace edge::cloudhub::kubernetes {
namespace {

/// Kind, apiVersion and metadata take some hundred bytes.
constexpr std::size_t kMaxRest = 64 * 1024;
constexpr int kArrayDepth = 2;  ///< within "items"

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

}  // namespace

ListReader::ListReader(std::size_t max_item, OnItem on_item)
    : max_item_(max_item), on_item_(std::move(on_item)) {}

/// Brackets and strings, wherever they are.
void ListReader::Track(char c) {
  if (in_string_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
    }
    return;
  }
  if (c == '"') in_string_ = true;
  if (c == '{' || c == '[') ++depth_;
  if (c == '}' || c == ']') --depth_;
}

Status ListReader::TakeOutside(char c) {
  const bool was_string = in_string_;
  Track(c);
  rest_ += c;
  if (rest_.size() > kMaxRest || depth_ < 0) return InvalidArgument("this is no List object");
  if (depth_ == 1 && in_string_) {
    if (was_string) {
      last_string_ += c;
    } else {
      last_string_.clear();
    }
  }
  if (c == '[' && depth_ == kArrayDepth && !in_string_) in_items_ = last_string_ == "items";
  return Status::Ok();
}

Status ListReader::EndItem() {
  const std::string item = std::exchange(item_, {});
  if (std::exchange(too_long_, false)) {
    ++left_out_;
    return Status::Ok();
  }
  return on_item_(item) ? Status::Ok() : Status(Code::kCancelled, "no more is wanted");
}

Status ListReader::TakeInside(char c) {
  const int before = depth_;
  Track(c);
  if (before == kArrayDepth) {
    if (depth_ < before) {  // the end of "items"
      rest_ += c;
      in_items_ = false;
      return Status::Ok();
    }
    if (c == ',' || IsSpace(c)) return Status::Ok();
    if (c != '{') return InvalidArgument("an item of a List is no object");
  }
  if (item_.size() >= max_item_) {
    too_long_ = true;
    item_.clear();
  }
  if (!too_long_) item_ += c;
  return depth_ == kArrayDepth ? EndItem() : Status::Ok();
}

Status ListReader::Feed(std::string_view bytes) {
  for (const char c : bytes) {
    EDGE_RETURN_IF_ERROR(in_items_ ? TakeInside(c) : TakeOutside(c));
  }
  return Status::Ok();
}

Json ListReader::Beginning() const {
  auto parsed = ParseJson(rest_ + (in_items_ ? "]}" : ""));
  return parsed.ok() ? std::move(*parsed) : Json();
}

Result<Json> ListReader::Finish() const {
  if (depth_ != 0 || rest_.empty()) return InvalidArgument("the List ends before its end");
  return ParseJson(rest_);
}

}  // namespace edge::cloudhub::kubernetes
