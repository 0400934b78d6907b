#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace edge::cloudhub::kubernetes {

/// Splits a stream into lines, none longer than a cap: longer ones are left out and counted.
///
/// Thread rule: one thread. `on_line` must not destroy the reader.
class LineReader {
 public:
  explicit LineReader(std::size_t max_line) : max_line_(max_line) {}

  /// Calls `on_line` for each line that is whole now, without its end. False from it: no more is
  /// wanted, and the rest of `bytes` is dropped.
  void Feed(std::string_view bytes, const std::function<bool(std::string_view)>& on_line);
  /// Forgets the beginning of a line.
  void Clear();
  std::size_t left_out() const { return left_out_; }

 private:
  const std::size_t max_line_;
  std::string begun_;
  bool too_long_ = false;
  std::size_t left_out_ = 0;
};

}  // namespace edge::cloudhub::kubernetes
