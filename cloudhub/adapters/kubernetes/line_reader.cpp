#include "cloudhub/adapters/kubernetes/line_reader.h"

#include <utility>

namespace edge::cloudhub::kubernetes {

void LineReader::Feed(std::string_view bytes,
                      const std::function<bool(std::string_view)>& on_line) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (begun_.size() + part.size() > max_line_) {
      too_long_ = true;
      begun_ = {};
    }
    if (!too_long_) begun_.append(part);
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    // An idle watch holds no buffer: the line's memory goes with it.
    const std::string line = std::exchange(begun_, {});
    if (std::exchange(too_long_, false)) {
      ++left_out_;
    } else if (!line.empty() && !on_line(line)) {
      return;
    }
  }
}

void LineReader::Clear() {
  begun_ = {};
  too_long_ = false;
}

}  // namespace edge::cloudhub::kubernetes
