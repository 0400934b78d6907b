#include "cloudhub/core/session/edge_node_reporter.h"

#include <utility>

#include "cloudhub/core/resources.h"
#include "cloudhub/core/status/worth_writing.h"
#include "common/bytes.h"
#include "common/log.h"
#include "common/retry.h"

namespace edge::cloudhub {
namespace {

/// Changes within this time are one write.
constexpr Duration kWriteDelay = std::chrono::milliseconds(200);
constexpr Duration kFirstWriteRetry = std::chrono::seconds(2);
constexpr Duration kLastWriteRetry = std::chrono::minutes(1);

/// As many characters of a digest as two texts of one condition never share.
constexpr std::size_t kDigestLength = 16;

/// A status with no more of its conditions than since when each holds and a digest of what it says:
/// half the size, and enough to tell whether another one differs.
Json Condensed(Json status) {
  const auto conditions = status.find("conditions");
  if (conditions == status.end() || !conditions->is_array()) return status;
  for (Json& condition : *conditions) {
    if (!condition.is_object()) continue;
    std::string said = FindString(condition, {"reason"}) + "\n" +
                       FindString(condition, {"message"}) + "\n" +
                       std::to_string(FindInt(condition, {"observedGeneration"}));
    for (const char* member : {"reason", "message", "observedGeneration"}) condition.erase(member);
    condition["said"] = HexEncode(AsBytes(Sha256(said))).substr(0, kDigestLength);
  }
  return status;
}

std::string Text(const Json& status) {
  std::string text = DumpJson(Condensed(status));
  text.shrink_to_fit();
  return text;
}

}  // namespace

EdgeNodeReporter::EdgeNodeReporter(std::string node, KubeApi& api, Executor& executor,
                                   Random& random, const Json& edge_node, Facts facts)
    : node_(std::move(node)),
      api_(api),
      executor_(executor),
      random_(random),
      facts_(std::move(facts)) {
  const Json* status = Find(edge_node, {"status"});
  if (status != nullptr && status->is_object()) written_ = Text(*status);
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
  if (!IsWorthWriting(written, Condensed(next))) return;
  writing_ = true;
  api_.Patch(
      {}, kEdgeNodes, "", node_, "status", PatchType::kMerge, {{"status", next}},
      [this, text = Text(next), alive = std::weak_ptr(alive_)](const Result<Json>& done) {
        if (alive.expired()) return;
        writing_ = false;
        if (done.ok()) {
          written_ = text;
          failures_ = 0;
          return WriteSoon();  // what came meanwhile
        }
        if (failures_ == 0) {
          LogWarning("EdgeNode status not written, trying again",
                     {{"NODE", node_}, {"WHY", done.status().ToString()}});
        }
        WriteAfter(PauseBeforeRetry(random_, failures_++, kFirstWriteRetry, kLastWriteRetry));
      });
}

}  // namespace edge::cloudhub
