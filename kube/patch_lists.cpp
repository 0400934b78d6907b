#include "kube/patch_lists.h"

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

namespace edge::kube {
namespace {

constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

Json Identity(const Json& element, std::string_view merge_key) {
  if (merge_key.empty()) return element;
  const Json* key = Find(element, {merge_key});
  return key == nullptr ? Json() : *key;
}

/// Where each identity first stands in a list.
class Positions {
 public:
  Positions(const Json& list, std::string_view merge_key) : merge_key_(merge_key) {
    if (!list.is_array()) return;
    for (std::size_t i = 0; i < list.size(); ++i) {
      positions_.try_emplace(Identity(list[i], merge_key), i);
    }
  }

  std::size_t Of(const Json& element) const {
    const auto found = positions_.find(Identity(element, merge_key_));
    return found == positions_.end() ? kNowhere : found->second;
  }

 private:
  std::string_view merge_key_;
  std::map<Json, std::size_t> positions_;
};

void SortBy(std::vector<const Json*>& elements, const Positions& positions) {
  std::stable_sort(elements.begin(), elements.end(), [&](const Json* a, const Json* b) {
    return positions.Of(*a) < positions.Of(*b);
  });
}

}  // namespace

Status MissingMergeKey(const Json& element, std::string_view merge_key) {
  return InvalidArgument("map: " + DumpJson(element) +
                         " does not contain declared merge key: " + std::string(merge_key));
}

Json* FindByKey(Json& list, const Json& key, std::string_view merge_key) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const Json& element) {
    return Identity(element, merge_key) == key;
  });
  return found == list.end() ? nullptr : &*found;
}

void EraseMatching(Json& list, const Json& key, std::string_view merge_key) {
  Json kept = Json::array();
  for (Json& element : list) {
    if (Identity(element, merge_key) != key) kept.push_back(std::move(element));
  }
  list = std::move(kept);
}

void EraseValues(Json& list, const Json& values) {
  if (!list.is_array() || !values.is_array()) return;
  for (const Json& value : values) EraseMatching(list, value, {});
}

void AppendMissing(Json& list, const Json& values) {
  for (const Json& value : values) {
    if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
  }
}

Json OrderElements(const Json& merged, const Json& order, const Json& server_order,
                   std::string_view merge_key) {
  const Positions wanted(order, merge_key), server(server_order, merge_key);
  std::vector<const Json*> named, others;
  for (const Json& element : merged) {
    (wanted.Of(element) == kNowhere ? others : named).push_back(&element);
  }
  SortBy(named, wanted);
  SortBy(others, server);
  Json result = Json::array();
  auto name = named.begin();
  for (const Json* other : others) {
    // An unnamed element goes before the first named one that it preceded on the server.
    const std::size_t place = server.Of(*other);
    while (name != named.end()) {
      const std::size_t rival = server.Of(**name);
      if (place != kNowhere && rival != kNowhere && place < rival) break;
      result.push_back(**name++);
    }
    result.push_back(*other);
  }
  for (; name != named.end(); ++name) result.push_back(**name);
  return result;
}

Status CheckAgainstOrder(const Json& patch, const Json& order, std::string_view merge_key,
                         const std::string& name) {
  if (!patch.is_array()) return Status::Ok();
  const Positions wanted(order, merge_key);
  std::size_t last = 0;
  for (const Json& element : patch) {
    if (element.is_object() && element.contains("$patch")) continue;
    const std::size_t place = wanted.Of(element);
    if (place == kNowhere || place < last) {
      return InvalidArgument("The order in patch list:\n" + DumpJson(patch) +
                             "\n doesn't match $setElementOrder/" + name + " list:\n" +
                             DumpJson(order));
    }
    last = place;
  }
  return Status::Ok();
}

}  // namespace edge::kube
