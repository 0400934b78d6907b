#include "common/json.h"
#include "kube/patch.h"
#include "kube/schema.h"
#include "tests/fuzz/fuzz.h"

// An object, a line "---", and what is to be each kind of patch to it.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace edge;
  const auto [left, right] = fuzz::Split(fuzz::View(data, size), "\n---\n");
  const Result<Json> original = ParseJson(left);
  const Result<Json> patch = ParseJson(right);
  if (!original.ok() || !patch.ok()) return 0;
  static const kube::Type& pod = *kube::Schema::Get().FindType("core.v1.Pod");
  for (const Result<Json>& patched :
       {kube::ApplyJsonPatch(*original, *patch), kube::ApplyMergePatch(*original, *patch),
        kube::ApplyStrategicMergePatch(pod, *original, *patch)}) {
    fuzz::Expect(patched.ok() || !patched.status().message().empty());
  }
  return 0;
}
