#include "kube/schema.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "kube/resources.h"
#include "kube/schema_parser.h"
#include "kube/schema_text.h"
#include "kube/text.h"

namespace edge::kube {
namespace {

bool HasWord(std::string_view attributes, std::string_view word) {
  while (!attributes.empty()) {
    if (TakeUntil(attributes, ' ') == word) return true;
  }
  return false;
}

template <typename T>
const T* FindByName(std::span<const T> sorted, std::string_view name) {
  const auto found =
      std::lower_bound(sorted.begin(), sorted.end(), name,
                       [](const T& item, std::string_view wanted) { return item.name < wanted; });
  return found != sorted.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

std::string_view Field::Attribute(std::string_view key) const {
  std::string_view rest = attributes;
  while (!rest.empty()) {
    const std::string_view word = TakeUntil(rest, ' ');
    if (word.size() > key.size() && word[key.size()] == '=' && word.substr(0, key.size()) == key) {
      return word.substr(key.size() + 1);
    }
  }
  return {};
}

bool Field::Has(std::string_view word) const { return HasWord(attributes, word); }

std::vector<std::string_view> Field::Enum() const { return Split(Attribute("one"), '|'); }

std::vector<std::string_view> Field::ListKeys() const { return Split(Attribute("keys"), ','); }

const Field* Type::FindField(std::string_view field) const { return FindByName(fields, field); }

bool Type::Has(std::string_view word) const { return HasWord(attributes, word); }

std::string_view Type::ShortName() const { return name.substr(name.rfind('.') + 1); }

const Schema& Schema::Get() {
  static const Schema* const schema = [] {
    auto* parsed = new Schema;  // lives as long as the process
    const std::string_view fault = SchemaParser(*parsed).Parse(kTypesText);
    if (!fault.empty()) {
      std::fprintf(stderr, "kube/schema/types.txt is broken at \"%.*s\"\n",
                   static_cast<int>(fault.size()), fault.data());
      std::abort();
    }
    return parsed;
  }();
  return *schema;
}

const Type* Schema::FindType(std::string_view name) const {
  return FindByName(std::span<const Type>(types_), name);
}

const Type* Schema::FindType(std::string_view group, std::string_view version,
                             std::string_view kind) const {
  const ResourceInfo* info = FindResourceByKind(group, version, kind);
  return info == nullptr ? nullptr : FindType(info->type_name);
}

}  // namespace edge::kube
