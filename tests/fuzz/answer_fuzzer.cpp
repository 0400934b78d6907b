#include <optional>
#include <string>
#include <vector>

#include "cloudhub/adapters/kubernetes/kubeconfig.h"
#include "cloudhub/adapters/kubernetes/line_reader.h"
#include "cloudhub/adapters/kubernetes/list_reader.h"
#include "cloudhub/adapters/kubernetes/reply.h"
#include "tests/fuzz/fuzz.h"

namespace {

using edge::Json;
using edge::cloudhub::kubernetes::LineReader;
using edge::cloudhub::kubernetes::ListReader;

constexpr std::size_t kCap = 4096;

struct Listed {
  bool good = false;
  std::vector<std::string> items;
  std::size_t left_out = 0;
  bool operator==(const Listed&) const = default;
};

Listed ReadList(std::string_view first, std::string_view second) {
  Listed listed;
  ListReader reader(kCap, [&](std::string_view item) {
    listed.items.emplace_back(item);
    return true;
  });
  const bool fed = reader.Feed(first).ok() && reader.Feed(second).ok();
  std::ignore = reader.Beginning();
  listed.good = fed && reader.Finish().ok();
  listed.left_out = reader.left_out();
  return listed;
}

std::vector<std::string> ReadLines(std::string_view first, std::string_view second) {
  std::vector<std::string> lines;
  LineReader reader(kCap);
  const auto keep = [&](std::string_view line) {
    edge::fuzz::Expect(line.size() <= kCap);
    lines.emplace_back(line);
    return true;
  };
  reader.Feed(first, keep);
  reader.Feed(second, keep);
  return lines;
}

/// The items of a whole List, when all that is to be said of them can be said by a JSON parser.
std::optional<Json> ItemsOf(std::string_view text) {
  if (text.find("items") != text.rfind("items") || text.find('\\') != text.npos) return {};
  const auto parsed = edge::ParseJson(text);
  if (!parsed.ok()) return {};
  const Json* items = edge::Find(*parsed, {"items"});
  if (items == nullptr || !items->is_array()) return {};
  for (const Json& item : *items) {
    if (!item.is_object()) return {};
  }
  return *items;
}

}  // namespace

// What comes back from an API server, or from whatever is between it and the hub: lists, watches,
// replies and, from a disk, how to reach it. However the bytes are cut, they are read the same.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = edge::fuzz::View(data, size);
  const std::size_t half = size / 2;
  const Listed whole = ReadList(text, {});
  edge::fuzz::Expect(whole == ReadList(text.substr(0, half), text.substr(half)));
  if (const auto items = ItemsOf(text); items && whole.left_out == 0) {
    edge::fuzz::Expect(whole.good && whole.items.size() == items->size());
    for (std::size_t i = 0; i < items->size(); ++i) {
      edge::fuzz::Expect(*edge::ParseJson(whole.items[i]) == (*items)[i]);
    }
  }
  edge::fuzz::Expect(ReadLines(text, {}) == ReadLines(text.substr(0, half), text.substr(half)));
  for (const long http : {200L, 404L, 422L, 500L}) {
    const auto reply = edge::cloudhub::kubernetes::JudgeReply("GET /x", http, text, kCap);
    edge::fuzz::Expect(reply.ok() || !reply.status().message().empty());
  }
  const auto kubeconfig = edge::cloudhub::ParseKubeconfig(text, "fuzz.kubeconfig");
  edge::fuzz::Expect(kubeconfig.ok() || !kubeconfig.status().message().empty());
  return 0;
}
