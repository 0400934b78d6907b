#include <algorithm>
#include <set>

#include "kube/decode.h"

namespace edge::kube {
namespace {

constexpr std::size_t kMaxDuplicates = 100;
constexpr std::size_t kMaxPath = 1024;

/// Listens to the parser, as a parsed object has each member once.
class DuplicateFinder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return Value(); }
  bool boolean(bool) override { return Value(); }
  bool number_integer(number_integer_t) override { return Value(); }
  bool number_unsigned(number_unsigned_t) override { return Value(); }
  bool number_float(number_float_t, const string_t&) override { return Value(); }
  bool string(string_t&) override { return Value(); }
  bool binary(binary_t&) override { return Value(); }
  bool start_object(std::size_t) override { return Open(false); }
  bool start_array(std::size_t) override { return Open(true); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    Level& level = levels_.back();
    level.name = name;
    if (!level.names.insert(name).second && found_ < kMaxDuplicates) Report();
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

  std::vector<std::string> TakePaths() { return std::move(paths_); }

 private:
  struct Level {
    bool list = false;
    std::size_t index = 0;  ///< of the element that is being read
    std::string name;       ///< of the member that is being read
    std::set<std::string> names;
  };

  /// Paths are put together for what is reported alone: a hostile text has long names, and many.
  void Report() {
    ++found_;
    std::string path;
    for (const Level& level : levels_) {
      if (level.list) {
        path += "[" + std::to_string(level.index) + "]";
      } else {
        path += (path.empty() ? "" : ".") + level.name;
      }
    }
    path.resize(std::min(path.size(), kMaxPath));
    if (std::find(paths_.begin(), paths_.end(), path) == paths_.end()) {
      paths_.push_back(std::move(path));
    }
  }
  bool Open(bool list) {
    levels_.push_back({list, 0, {}, {}});
    return true;
  }
  bool Close() {
    levels_.pop_back();
    return Value();
  }
  bool Value() {
    if (!levels_.empty()) ++levels_.back().index;
    return true;
  }

  std::size_t found_ = 0;
  std::vector<Level> levels_;
  std::vector<std::string> paths_;
};

}  // namespace

std::vector<std::string> DuplicateFields(std::string_view json_text) {
  DuplicateFinder finder;
  Json::sax_parse(json_text, &finder);
  return finder.TakePaths();
}

}  // namespace edge::kube
