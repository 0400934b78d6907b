#include "cloudhub/adapters/embedded/list.h"

#include <charconv>

#include "cloudhub/adapters/embedded/status_answer.h"
#include "common/bytes.h"

namespace edge::cloudhub::embedded {
namespace {

bool ReadNumber(const std::string& text, std::int64_t& number) {
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end && number >= 0;
}

std::string Query(const std::map<std::string, std::string>& query, const std::string& key) {
  const auto it = query.find(key);
  return it == query.end() ? std::string() : it->second;
}

/// Where the next page begins, as opaque text for the client.
struct Page {
  std::int64_t revision = 0;
  StoreKey start;
};

std::string EncodeToken(const Page& page) {
  return Base64Encode(DumpJson({{"v", "meta.k8s.io/v1"},
                                {"rv", page.revision},
                                {"ns", page.start.ns},
                                {"start", page.start.name}}));
}

bool DecodeToken(const std::string& token, Page& page) {
  const auto text = Base64Decode(token);
  if (!text.ok()) return false;
  const auto json = ParseJson(*text, {.max_bytes = 4096, .max_depth = 2});
  if (!json.ok()) return false;
  page.revision = FindInt(*json, {"rv"});
  page.start.ns = FindString(*json, {"ns"});
  page.start.name = FindString(*json, {"start"});
  return page.revision > 0 && !page.start.name.empty();
}

std::optional<Answer> ReadPage(const ObjectStore& store,
                               const std::map<std::string, std::string>& query, Page& page) {
  const std::string token = Query(query, "continue");
  std::int64_t wanted = 0;
  if (auto refusal = ReadRevision(Query(query, "resourceVersion"), store.revision(), wanted)) {
    return refusal;
  }
  page.revision = store.revision();
  if (token.empty()) {
    if (Query(query, "resourceVersionMatch") == "Exact" && wanted != page.revision) {
      return ExpiredAnswer("The resourceVersion for the provided list is too old.");
    }
    return std::nullopt;
  }
  if (!DecodeToken(token, page)) {
    return BadRequestAnswer("continue key is not valid: it was not made by this server");
  }
  if (page.revision >= store.compacted()) return std::nullopt;
  return ExpiredAnswer(
      "The provided continue parameter is too old to display a consistent list result. You must "
      "start a new list without the continue parameter.");
}

}  // namespace

std::optional<Answer> ReadRevision(const std::string& text, std::int64_t current,
                                   std::int64_t& revision) {
  revision = 0;
  if (text.empty()) return std::nullopt;
  if (!ReadNumber(text, revision)) {
    return BadRequestAnswer("invalid resource version: resourceVersion: Invalid value: \"" + text +
                            "\": strconv.ParseUint: parsing \"" + text + "\": invalid syntax");
  }
  if (revision <= current) return std::nullopt;
  return MakeStatus(
      504, "Timeout",
      "Timeout: Too large resource version: " + text + ", current: " + std::to_string(current),
      {{"causes", Json::array({{{"reason", "ResourceVersionTooLarge"},
                                {"message", "Too large resource version"}}})},
       {"retryAfterSeconds", 1}});
}

Answer ListObjects(const ObjectStore& store, const Selection& selection,
                   const std::map<std::string, std::string>& query) {
  const kube::ResourceInfo& resource = *selection.resource;
  Page page;
  if (auto refusal = ReadPage(store, query, page)) return *refusal;
  std::int64_t limit = 0;
  if (const std::string text = Query(query, "limit"); !text.empty() && !ReadNumber(text, limit)) {
    return BadRequestAnswer("strconv.ParseInt: parsing \"" + text + "\": invalid syntax");
  }
  Json metadata = {{"resourceVersion", std::to_string(page.revision)}};
  Json items = Json::array();
  const auto found = store.List(QualifiedResource(resource), selection.ns, page.start, 0);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto& [key, stored] = found[i];
    if (!selection.Covers(key)) continue;
    Json object = Decode(resource, *stored);
    if (!selection.Matches(object)) continue;
    if (limit > 0 && items.size() == static_cast<std::size_t>(limit)) {
      metadata["continue"] = EncodeToken(page);
      if (selection.selects_all()) metadata["remainingItemCount"] = found.size() - i;
      break;
    }
    items.push_back(std::move(object));
    page.start = key;
  }
  Answer answer;
  answer.body = {{"kind", std::string(resource.kind) + "List"},
                 {"apiVersion", ApiVersion(resource)},
                 {"metadata", std::move(metadata)},
                 {"items", std::move(items)}};
  return answer;
}

}  // namespace edge::cloudhub::embedded
