#include "cloudhub/core/fleet/node_registrar.h"

#include <algorithm>
#include <utility>

#include "cloudhub/core/fleet/desired_node.h"
#include "cloudhub/core/fleet/finalizer.h"
#include "cloudhub/core/resources.h"
#include "cloudhub/core/status/passing.h"
#include "common/log.h"
#include "common/retry.h"

namespace edge::cloudhub {
namespace {

constexpr Duration kFirstNodeRetry = std::chrono::milliseconds(500);
constexpr Duration kLastNodeRetry = std::chrono::minutes(5);
constexpr int kFailuresOfARefusal = 12;  // as after so many: the longest pause
/// Nobody is fought with faster than this over what a Node should be.
constexpr Duration kRepairPause = std::chrono::seconds(10);

/// What of an EdgeNode the Node depends on; empty for the many that ask for nothing.
std::string AskedBy(const Json& edge_node) {
  Json asked = Json::object();
  for (const char* member : {"labels", "taints"}) {
    if (const Json* value = Find(edge_node, {"spec", member})) asked[member] = *value;
  }
  if (IsLeaving(edge_node)) asked["leaving"] = true;
  return asked.empty() ? std::string() : DumpJson(asked);
}

NodeWish Parse(const std::string& spec, const Json& default_taints) {
  const Result<Json> asked = spec.empty() ? Result<Json>(Json::object()) : ParseJson(spec);
  NodeWish wish = WishOf(asked.ok() ? *asked : Json::object(), default_taints);
  // Nothing new comes to a terminal that is being taken out of service, and what is there goes.
  if (asked.ok() && FindBool(*asked, {"leaving"})) {
    wish.taints.push_back({{"key", kRetiringTaint}, {"effect", "NoExecute"}});
  }
  return wish;
}

/// Somebody else was quicker; what is there now says what is to be done.
bool IsConflict(const Status& status) {
  return status.code() == Code::kAborted || status.code() == Code::kNotFound ||
         status.code() == Code::kAlreadyExists;
}

}  // namespace

NodeRegistrar::NodeRegistrar(std::string node, const RegistrarContext& context,
                             std::function<void(const Registration&)> on_change)
    : node_(std::move(node)), context_(context), on_change_(std::move(on_change)) {}

void NodeRegistrar::Want(const Json& edge_node) {
  wanted_ = true;
  spec_ = AskedBy(edge_node);
  generation_ = FindInt(edge_node, {"metadata", "generation"});
  failures_ = 0;
  retry_.Cancel();
  // Before that the watch brings the Node by itself.
  if (context_.nodes_listed) Look();
}

void NodeRegistrar::Release() {
  wanted_ = again_ = false;
  retry_.Cancel();
  told_ = {};
}

void NodeRegistrar::OnNodesListed() {
  if (wanted_ && !told_.known) Look();
}

void NodeRegistrar::OnNodeGone() {
  if (wanted_) Look();
}

void NodeRegistrar::OnNode(const Json& node) {
  if (!wanted_) return;
  if (!IsNodeOf(node, context_.cluster_name)) return TellForeign(node);
  const NodeWish wish = Parse(spec_, context_.default_taints);
  const Json patch = NodePatch(node, wish);
  if (patch.is_null()) {
    if (busy_) return;
    retry_.Cancel();
    failures_ = 0;
    return Tell(true, wish.refused);
  }
  if (!told_.ours) Tell(true, told_.trouble);
  if (busy_) {
    again_ = true;
    return;
  }
  if (retry_.pending()) return;
  const Duration wait = next_repair_ - context_.executor.clock().Boot();
  if (wait <= Duration::zero()) return Write(patch);
  retry_ = context_.executor.After(wait, [this] { Look(); });
}

void NodeRegistrar::Look() {
  if (busy_) {
    again_ = true;
    return;
  }
  busy_ = true;
  context_.api.Get({}, kNodes, "", node_,
                   [this, alive = std::weak_ptr(alive_)](const Result<Json>& found) {
                     if (!alive.expired()) OnFound(found);
                   });
}

void NodeRegistrar::OnFound(const Result<Json>& found) {
  if (!wanted_) return Done();
  if (found.status().code() == Code::kNotFound) return Create();
  if (!found.ok()) return OnFailure(found.status());
  if (!IsNodeOf(*found, context_.cluster_name)) {
    TellForeign(*found);
    return Done();
  }
  const NodeWish wish = Parse(spec_, context_.default_taints);
  const Json patch = NodePatch(*found, wish);
  if (!patch.is_null()) return Write(patch);
  failures_ = 0;
  Tell(true, wish.refused);
  Done();
}

void NodeRegistrar::Create() {
  const NodeWish wish = Parse(spec_, context_.default_taints);
  context_.api.Create({}, kNodes, NodeManifest(node_, context_.cluster_name, wish),
                      [this, alive = std::weak_ptr(alive_)](const Result<Json>& created) {
                        if (!alive.expired()) OnWritten(created.status(), true);
                      });
}

void NodeRegistrar::Write(const Json& patch) {
  busy_ = true;
  context_.api.Patch({}, kNodes, "", node_, "", PatchType::kMerge, patch,
                     [this, alive = std::weak_ptr(alive_)](const Result<Json>& done) {
                       if (!alive.expired()) OnWritten(done.status(), false);
                     });
}

void NodeRegistrar::OnWritten(const Status& status, bool created) {
  if (!wanted_) return Done();
  if (!status.ok()) return OnFailure(status);
  LogInfo(created ? "Node registered" : "Node set right", {{"NODE", node_}});
  failures_ = 0;
  next_repair_ = context_.executor.clock().Boot() + kRepairPause;
  Tell(true, Parse(spec_, context_.default_taints).refused);
  Done();
}

void NodeRegistrar::OnFailure(const Status& status) {
  if (IsConflict(status)) {
    TryAgain(kRepairPause);
  } else if (IsPassing(status)) {
    // One that is registered stays so while the API cannot say otherwise.
    if (!told_.ours) Tell(false, "the Node is not registered yet: " + status.ToString());
    TryAgain(kLastNodeRetry);
  } else {
    LogWarning("Node refused", {{"NODE", node_}, {"WHY", status.ToString()}});
    Tell(told_.ours, "the API refuses the Node as this EdgeNode wants it: " + status.ToString());
    failures_ = kFailuresOfARefusal;
    TryAgain(kLastNodeRetry);
  }
  Done();
}

void NodeRegistrar::TryAgain(Duration at_most) {
  retry_ = context_.executor.After(
      PauseBeforeRetry(context_.random, failures_++, kFirstNodeRetry, at_most), [this] { Look(); });
}

void NodeRegistrar::Done() {
  busy_ = false;
  if (std::exchange(again_, false) && wanted_) Look();
}

void NodeRegistrar::Tell(bool ours, std::string trouble, bool foreign) {
  Registration now{true, ours, foreign, std::move(trouble), generation_};
  if (now == told_) return;
  told_ = now;
  on_change_(now);
}

void NodeRegistrar::TellForeign(const Json& node) {
  Tell(false,
       "a Node named \"" + node_ + "\" exists with providerID \"" +
           FindString(node, {"spec", "providerID"}) +
           "\" and is not this terminal's: give the EdgeNode another name, or delete that Node",
       true);
}

}  // namespace edge::cloudhub
