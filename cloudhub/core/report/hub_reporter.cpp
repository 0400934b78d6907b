#include "cloudhub/core/report/hub_reporter.h"

#include <charconv>
#include <utility>

#include "cloudhub/core/resources.h"
#include "cloudhub/core/status/worth_writing.h"
#include "common/log.h"

namespace edge::cloudhub {
namespace {

const Resource kEdgeHubs{"edge.kubeedge.io", "v1", "edgehubs"};
const Resource kKinds{"apiextensions.k8s.io", "v1", "customresourcedefinitions"};
constexpr const char* kEdgeNodeKind = "edgenodes.edge.kubeedge.io";
constexpr Duration kLookEvery = std::chrono::seconds(5);
constexpr Duration kReadKindsEvery = std::chrono::minutes(5);

int RevisionIn(const Json& crd) {
  const std::string text = FindString(crd, {"metadata", "annotations", kKindsRevisionAnnotation});
  int revision = 0;
  std::from_chars(text.data(), text.data() + text.size(), revision);
  return revision;
}

}  // namespace

HubReporter::HubReporter(std::string hub_id, KubeApi& api, Executor& executor,
                         std::function<HubFacts()> facts)
    : hub_id_(std::move(hub_id)), api_(api), executor_(executor), facts_(std::move(facts)) {}

void HubReporter::Start() {
  ReadKinds();
  Look();
}

void HubReporter::Look() {
  look_ = executor_.After(kLookEvery, [this] { Look(); });
  if (executor_.clock().Boot() >= kinds_read_at_ + kReadKindsEvery) ReadKinds();
  Write();
}

void HubReporter::ReadKinds() {
  kinds_read_at_ = executor_.clock().Boot();
  api_.Get({}, kKinds, "", kEdgeNodeKind,
           [this, alive = std::weak_ptr(alive_)](const Result<Json>& crd) {
             if (!alive.expired()) OnKinds(crd);
           });
}

void HubReporter::OnKinds(const Result<Json>& crd) {
  if (!crd.ok()) return;  // looked for again; that the kind is missing its watch says
  const int revision = RevisionIn(*crd);
  if (revision != kKindsRevision && kinds_revision_ != revision) {
    LogWarning(
        "the cluster's kinds are not those of this hub: apply deploy/crds of its version",
        {{"REVISION", std::to_string(revision)}, {"WANTED", std::to_string(kKindsRevision)}});
  }
  kinds_revision_ = revision;
}

void HubReporter::Write() {
  if (writing_) return;
  HubFacts facts = facts_();
  facts.kinds_revision = kinds_revision_;
  const Json status = ComputeHubStatus(facts, written_, executor_.clock().Wall());
  if (!IsWorthWriting(written_, status)) return;
  writing_ = true;
  api_.Patch({}, kEdgeHubs, "", hub_id_, "status", PatchType::kMerge, {{"status", status}},
             [this, status, alive = std::weak_ptr(alive_)](const Result<Json>& written) {
               if (!alive.expired()) OnWritten(status, written);
             });
}

void HubReporter::OnWritten(const Json& status, const Result<Json>& written) {
  writing_ = false;
  if (written.ok()) {
    written_ = status;
    told_ = false;
    return;
  }
  if (written.status().code() == Code::kNotFound) return Create();
  if (!std::exchange(told_, true)) {
    LogWarning("EdgeHub not written, trying again", {{"WHY", written.status().ToString()}});
  }
}

void HubReporter::Create() {
  writing_ = true;
  const Json hub = {{"apiVersion", "edge.kubeedge.io/v1"},
                    {"kind", "EdgeHub"},
                    {"metadata", {{"name", hub_id_}}}};
  api_.Create({}, kEdgeHubs, hub,
              [this, alive = std::weak_ptr(alive_)](const Result<Json>& created) {
                if (alive.expired()) return;
                writing_ = false;
                if (created.ok()) Write();
              });
}

}  // namespace edge::cloudhub
