#include "cloudhub/core/session/edge_node_reporter.h"

#include <utility>

#include "cloudhub/core/resources.h"
#include "cloudhub/core/status/worth_writing.h"
#include "common/log.h"

namespace edge::cloudhub {
namespace {

/// Changes within this time are one write.
constexpr Duration kWriteDelay = std::chrono::milliseconds(200);
/// The wait after one that failed.
constexpr Duration kWriteRetry = std::chrono::seconds(5);

}  // namespace

EdgeNodeReporter::EdgeNodeReporter(std::string node, KubeApi& api, Executor& executor,
                                   const Json& edge_node, Facts facts)
    : node_(std::move(node)), api_(api), executor_(executor), facts_(std::move(facts)) {
  if (const Json* status = Find(edge_node, {"status"})) Remember(*status);
}

void EdgeNodeReporter::Remember(const Json& status) {
  written_ = DumpJson(status);
  written_.shrink_to_fit();
}

Json EdgeNodeReporter::Written() const {
  if (written_.empty()) return nullptr;
  Result<Json> status = ParseJson(written_);
  return status.ok() ? *std::move(status) : Json();
}

void EdgeNodeReporter::WriteSoon() { WriteAfter(kWriteDelay); }

void EdgeNodeReporter::WriteAfter(Duration delay) {
  if (next_.pending() || writing_) return;
  next_ = executor_.After(delay, [this] { Write(); });
}

void EdgeNodeReporter::Write() {
  const Json written = Written();
  const std::optional<EdgeNodeFacts> facts = facts_(written);
  if (!facts) return;
  const Json next = ComputeEdgeNodeStatus(*facts, written, executor_.clock().Wall());
  if (!IsWorthWriting(written, next)) return;
  writing_ = true;
  api_.Patch({}, kEdgeNodes, "", node_, "status", PatchType::kMerge, {{"status", next}},
             [this, next, alive = std::weak_ptr(alive_)](const Result<Json>& done) {
               if (alive.expired()) return;
               writing_ = false;
               if (done.ok()) {
                 Remember(next);
                 return WriteSoon();  // what came meanwhile
               }
               LogWarning("EdgeNode status not written, trying again",
                          {{"NODE", node_}, {"WHY", done.status().ToString()}});
               WriteAfter(kWriteRetry);
             });
}

}  // namespace edge::cloudhub
