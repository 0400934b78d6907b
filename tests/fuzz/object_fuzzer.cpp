#include "common/json.h"
#include "edged/core/pod/pod_spec.h"
#include "kube/decode.h"
#include "kube/defaults.h"
#include "kube/schema.h"
#include "kube/validation.h"
#include "tests/fuzz/fuzz.h"

// A Kubernetes object: from kubectl to the hub, and from the hub or the disk to the agent, which
// reads a pod without the API's validation.

namespace {

using namespace edge;

std::string_view Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string()
             ? std::string_view(found->get_ref<const std::string&>())
             : std::string_view();
}

void AsTheApiReadsIt(Json object) {
  const auto [group, version] = fuzz::Split(Text(object, "apiVersion"), "/");
  const bool core = version.empty();
  const kube::Type* type =
      kube::Schema::Get().FindType(core ? "" : group, core ? group : version, Text(object, "kind"));
  if (type == nullptr || !kube::CheckTypes(*type, object).ok()) return;
  std::ignore = kube::UnknownFields(*type, object);
  kube::PruneUnknown(*type, object);
  kube::DefaultNew(*type, object);
  const bool valid = kube::Validate(*type, object, {}).empty();
  const Json before = object;
  kube::Default(*type, object);
  fuzz::Expect(!valid || object == before);  // it is idempotent
  std::ignore = kube::ValidateUpdate(*type, object, before);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Result<Json> object = ParseJson(fuzz::View(data, size));
  if (!object.ok()) return 0;
  const Result<edged::Pod> pod = edged::ParsePod(*object);
  fuzz::Expect(pod.ok() || !pod.status().message().empty());
  if (object->is_object()) AsTheApiReadsIt(*object);
  return 0;
}
