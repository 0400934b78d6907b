#include <random>

#include "kube/decode.h"
#include "kube/openapi.h"
#include "kube/patch.h"
#include "kube/quantity.h"
#include "kube/references.h"
#include "kube/resources.h"
#include "kube/selector.h"
#include "kube_test.h"

namespace edge::kube {
namespace {

/// Makes JSON that is often nearly right: fields of the type, with values of any type now and then.
class RandomJson {
 public:
  explicit RandomJson(unsigned seed) : random_(seed) {}

  int Below(int limit) { return static_cast<int>(random_() % static_cast<unsigned>(limit)); }

  Json Object(const Type& type, int depth, bool wild) {
    Json object = Json::object();
    for (const Field& field : type.fields) {
      if (Below(3) != 0) continue;
      object[std::string(field.name)] =
          Below(wild ? 8 : 1000) == 1 ? Any(2) : Value(field, depth, wild);
    }
    if (wild && Below(6) == 0) {
      static constexpr const char* kDirectives[] = {
          "$patch", "$retainKeys", "$setElementOrder/containers", "$deleteFromPrimitiveList/x"};
      object[kDirectives[Below(4)]] = Below(2) == 0 ? Json("delete") : Any(2);
    }
    return object;
  }

  Json Any(int depth) {
    switch (Below(depth > 0 ? 8 : 6)) {
      case 0: return nullptr;
      case 1: return true;
      case 2: return Below(100000) - 50000;
      case 3: return 1.5;
      case 4: return "";
      case 5: return "name-" + std::to_string(Below(5));
      case 6: return Json::array({Any(depth - 1), Any(depth - 1)});
      default: return Json{{"name", Any(depth - 1)}, {"$patch", Any(0)}};
    }
  }

 private:
  Json Value(const Field& field, int depth, bool wild) {
    if (field.container == Container::kList) {
      Json list = Json::array();
      for (int i = Below(3); i > 0; --i) list.push_back(Single(field, depth, wild));
      return list;
    }
    if (field.container == Container::kMap) return Json{{"k", Single(field, depth, wild)}};
    if (field.container == Container::kMapOfLists) return Json::object();
    return Single(field, depth, wild);
  }

  Json Single(const Field& field, int depth, bool wild) {
    switch (field.shape) {
      case Shape::kObject: return depth > 0 ? Object(*field.type, depth - 1, wild) : Json::object();
      case Shape::kBoolean: return Below(2) == 0;
      case Shape::kInt32:
      case Shape::kInt64: return Below(100) - 10;
      case Shape::kIntOrString: return Below(2) == 0 ? Json(Below(100)) : Json("http");
      case Shape::kQuantity: return Below(2) == 0 ? Json("1Gi") : Json(Below(9));
      case Shape::kBytes: return "aGk=";
      case Shape::kTime:
      case Shape::kMicroTime: return "2024-01-02T03:04:05Z";
      case Shape::kAnyObject: return Json::object();
      case Shape::kString: return "name-" + std::to_string(Below(4));
    }
    return nullptr;
  }

  std::mt19937 random_;
};

TEST_CASE("any JSON goes through decoding and validation without a crash", "[kube]") {
  for (unsigned seed = 0; seed < 400; ++seed) {
    INFO("seed " << seed);
    RandomJson random(seed);
    for (const ResourceInfo& resource : Resources()) {
      const Type& type = TypeNamed(resource.type_name);
      Json object = random.Object(type, 6, seed % 2 == 1);
      UnknownFields(type, object);
      if (!CheckTypes(type, object).ok()) continue;
      PruneUnknown(type, object);
      Default(type, object);
      CHECK(CheckTypes(type, object).ok());
      Json again = object;
      Default(type, again);
      CHECK(again == object);
      Aggregate(Validate(type, object, {.namespaced = resource.namespaced}));
      CHECK(ValidateUpdate(type, object, object).empty());
      References(object);
      PodRequests(object);
    }
  }
}

TEST_CASE("any patch of any object ends in a result or an error", "[kube]") {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    INFO("seed " << seed);
    RandomJson random(seed);
    const Type& type = TypeNamed(random.Below(2) == 0 ? "core.v1.Pod" : "core.v1.Node");
    const Json original = random.Object(type, 5, seed % 3 == 0);
    const Json patch = random.Object(type, 5, true);
    const auto merged = ApplyStrategicMergePatch(type, original, patch);
    if (merged.ok()) CHECK(merged->is_object());
    CHECK(ApplyMergePatch(original, patch).ok());
    const auto patched = ApplyJsonPatch(original, random.Any(5));
    if (!patched.ok()) CHECK_FALSE(patched.status().message().empty());
  }
}

TEST_CASE("an empty strategic patch changes nothing and the same patch twice is once", "[kube]") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    RandomJson random(seed);
    const Type& type = TypeNamed("core.v1.Pod");
    const Json original = random.Object(type, 4, false);
    CHECK(*ApplyStrategicMergePatch(type, original, Json::object()) == original);
  }
}

TEST_CASE("any text goes through the small parsers without a crash", "[kube]") {
  std::mt19937 random(7);
  constexpr std::string_view kAlphabet = "ab0159.,=!<>() inotexEKMGimun+-/'[]\\\"\n";
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (unsigned length = random() % 24; length > 0; --length) {
      text += kAlphabet[random() % kAlphabet.size()];
    }
    INFO(text);
    if (const auto quantity = Quantity::Parse(text); quantity.ok()) {
      const auto again = Quantity::Parse(quantity->ToString());
      REQUIRE(again.ok());
      CHECK(again->Value() == quantity->Value());
    }
    if (const auto selector = LabelSelector::Parse(text); selector.ok()) {
      selector->Matches(Json::object());
    }
    const auto fields = FieldSelector::Parse(text, SelectableFields("", "pods"));
    if (fields.ok()) fields->Matches(Json::object());
  }
}

}  // namespace
}  // namespace edge::kube
