#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/json.h"

namespace edge::cloudhub::kubernetes {

/// Reads a List object of the API as its bytes come in, an item at a time: a page of 500 pods is
/// never in memory as a whole.
///
/// Thread rule: one thread. `on_item` must not destroy the reader.
class ListReader {
 public:
  /// Gets the text of each item. False: it wants no more, and Feed returns kCancelled.
  using OnItem = std::function<bool(std::string_view)>;

  ListReader(std::size_t max_item, OnItem on_item);

  /// Errors: kInvalidArgument for what cannot be a List. An item over `max_item` bytes is left out
  /// and counted.
  Status Feed(std::string_view bytes);
  /// The rest of the object, "items" empty. Errors: kInvalidArgument where the bytes so far are no
  /// whole List.
  Result<Json> Finish() const;
  /// What came before the items, as far as it has come; null where that is no JSON yet.
  Json Beginning() const;
  std::size_t left_out() const { return left_out_; }

 private:
  Status TakeOutside(char c);
  Status TakeInside(char c);
  void Track(char c);
  Status EndItem();

  const std::size_t max_item_;
  const OnItem on_item_;
  std::string rest_, item_;
  std::string last_string_;  ///< of the outermost object's keys and values; how "items" is found
  int depth_ = 0;            ///< of brackets
  bool in_string_ = false, escaped_ = false;
  bool in_items_ = false, too_long_ = false;
  std::size_t left_out_ = 0;
};

}  // namespace edge::cloudhub::kubernetes
