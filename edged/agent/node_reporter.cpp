#include "edged/agent/node_reporter.h"

#include <utility>

#include "common/log.h"
#include "sync/prune.h"

namespace edge::edged {
namespace {

constexpr Duration kInterval = std::chrono::seconds(30);
/// While the runtime or the Node object is missing, a change is near.
constexpr Duration kShortInterval = std::chrono::seconds(2);

}  // namespace

NodeReporter::NodeReporter(std::string node, std::string version, Ports ports, Executor& executor,
                           Callbacks callbacks)
    : node_(std::move(node)),
      version_(std::move(version)),
      ports_(ports),
      executor_(executor),
      callbacks_(std::move(callbacks)) {}

void NodeReporter::Start(const Json& previous) {
  status_ = previous;
  LookNow();
}

void NodeReporter::Resend() {
  resend_ = true;
  LookNow();
}

void NodeReporter::LookNow() {
  if (std::exchange(looking_, true)) {
    look_again_ = true;
    return;
  }
  lane_.Run([this] {
    Look look{ports_.facts.Read(), {}};
    look.inputs.node_name = node_;
    look.inputs.version = version_;
    const Result<RuntimeVersion> version = ports_.runtime.Version();
    look.inputs.runtime_error = version.status();
    if (version.ok()) look.inputs.runtime = *version;
    Result<std::vector<RuntimeCondition>> conditions = ports_.runtime.Conditions();
    if (conditions.ok()) look.inputs.conditions = *std::move(conditions);
    Result<std::vector<ImageInfo>> images = ports_.images.ListImages();
    if (images.ok()) look.inputs.images = *std::move(images);
    executor_.Post([this, look = std::move(look), alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) OnLook(look);
    });
  });
}

void NodeReporter::OnLook(const Look& look) {
  looking_ = false;
  if (std::exchange(look_again_, false)) LookNow();
  const std::string uid = callbacks_.node_uid();
  const bool settled = !uid.empty() && look.inputs.runtime_error.ok();
  timer_ = executor_.After(settled ? kInterval : kShortInterval, [this] { LookNow(); });
  if (!look.facts.ok()) {
    LogWarning("node facts not read", {{"NODE", node_}, {"WHY", look.facts.status().ToString()}});
    return;
  }
  callbacks_.on_facts(*look.facts);
  Json status = ComputeNodeStatus(*look.facts, look.inputs, status_, executor_.clock().Wall());
  if (uid.empty()) return;
  if (uid == told_uid_ && !resend_ && SameNodeStatus(status, status_)) return;
  status_ = std::move(status);
  told_uid_ = uid;
  resend_ = false;
  Store(*look.facts);
}

void NodeReporter::Store(const NodeFacts& facts) {
  const sync::Entry entry{
      {sync::Kind::kNode, "", node_}, told_uid_, sync::StatusVersion(sync::Kind::kNode, status_)};
  const Json report = {
      {"metadata", {{"name", node_}, {"uid", told_uid_}, {"labels", NodeLabels(facts, node_)}}},
      {"status", status_}};
  ports_.store.Commit({offline_store::PutStatus{entry, DumpJson(report)},
                       offline_store::PutMeta{kMetaNodeStatus, DumpJson(status_)}},
                      [this, entry, alive = std::weak_ptr(alive_)](const Status& status) {
                        if (alive.expired()) return;
                        if (status.ok()) return callbacks_.on_status(entry);
                        told_uid_.clear();  // not kept: the next look stores it again
                      });
}

}  // namespace edge::edged
