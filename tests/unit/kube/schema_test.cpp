#include "kube/resources.h"
#include "kube_test.h"

namespace edge::kube {
namespace {

TEST_CASE("the table knows each served kind and its type", "[kube]") {
  CHECK(Resources().size() == 11);
  for (const ResourceInfo& resource : Resources()) {
    INFO(resource.plural);
    const Type* type = Schema::Get().FindType(resource.group, resource.version, resource.kind);
    REQUIRE(type != nullptr);
    CHECK(type->ShortName() == resource.kind);
    for (const char* field : {"apiVersion", "kind", "metadata"}) {
      CHECK(type->FindField(field) != nullptr);
    }
    CHECK(FindResource(resource.group, resource.version, resource.plural) == &resource);
  }
  CHECK(FindResource("", "v1", "unicorns") == nullptr);
  CHECK(Schema::Get().FindType("apps", "v1", "Unicorn") == nullptr);
}

TEST_CASE("discovery finds short names and scope and subresources", "[kube]") {
  const ResourceInfo* pods = FindResource("", "v1", "pods");
  REQUIRE(pods != nullptr);
  CHECK(pods->short_names == std::vector<std::string_view>{"po"});
  CHECK(pods->categories == std::vector<std::string_view>{"all"});
  CHECK(pods->namespaced);
  REQUIRE(pods->FindSubresource("binding") != nullptr);
  CHECK(pods->FindSubresource("binding")->kind == "Binding");
  CHECK(pods->FindSubresource("nothing") == nullptr);
  const ResourceInfo* nodes = FindResource("edge.kubeedge.io", "v1", "edgenodes");
  REQUIRE(nodes != nullptr);
  CHECK(nodes->short_names == std::vector<std::string_view>{"en"});
  CHECK_FALSE(nodes->namespaced);
  CHECK(nodes->custom);
}

TEST_CASE("a field tells its merge key and enum and shape", "[kube]") {
  const Type& spec = TypeNamed("core.v1.PodSpec");
  const Field* containers = spec.FindField("containers");
  REQUIRE(containers != nullptr);
  CHECK(containers->container == Container::kList);
  CHECK(containers->required);
  CHECK(containers->Attribute("mergeKey") == "name");
  REQUIRE(containers->type != nullptr);
  CHECK(containers->type->name == "core.v1.Container");
  CHECK(spec.FindField("restartPolicy")->Enum() ==
        std::vector<std::string_view>{"Always", "Never", "OnFailure"});
  CHECK(spec.FindField("overhead")->shape == Shape::kQuantity);
  CHECK(TypeNamed("core.v1.HostPathVolumeSource").FindField("type")->Enum().front().empty());
  CHECK(TypeNamed("core.v1.ContainerPort").FindField("hostPort")->Attribute("mergeKey").empty());
  CHECK(spec.FindField("unicorn") == nullptr);
}

TEST_CASE("each constant default in the table is JSON of its field's shape", "[kube]") {
  int seen = 0;
  for (const Type& type : Schema::Get().types()) {
    for (const Field& field : type.fields) {
      for (const char* key : {"set", "default"}) {
        const std::string_view text = field.Attribute(key);
        if (text.empty()) continue;
        INFO(type.name << "." << field.name << " " << text);
        CHECK_FALSE(Json::parse(text, nullptr, false).is_discarded());
        ++seen;
      }
    }
  }
  CHECK(seen > 60);
}

}  // namespace
}  // namespace edge::kube
