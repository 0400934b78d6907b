#include "cloudhub/adapters/kubernetes/impersonation.h"

#include <utility>

#include "cloudhub/adapters/kubernetes/reply.h"
#include "cloudhub/adapters/kubernetes/request_path.h"
#include "common/log.h"

namespace edge::cloudhub::kubernetes {
namespace {

/// A node may read its own Node object; none of this name exists, and no EdgeNode may have it.
constexpr const char* kProbeNode = "edge-impersonation-probe";
constexpr Duration kProbeDeadline = std::chrono::seconds(10);
constexpr Duration kDoubtPeriod = std::chrono::minutes(1);
constexpr std::size_t kMaxProbeReply = 64 * 1024;

std::string UserHeader(const std::string& node) { return "Impersonate-User: system:node:" + node; }
const char* const kGroupHeader = "Impersonate-Group: system:nodes";

}  // namespace

Impersonator::Impersonator(HttpClient& http, Executor& executor, Random& random, OnChange on_change)
    : http_(http), executor_(executor), backoff_(random), on_change_(std::move(on_change)) {}

void Impersonator::Start() { Ask(false); }

void Impersonator::Doubt() {
  if (exchange_ != nullptr || timer_.pending()) return;
  if (asked_at_ && executor_.clock().Boot() - *asked_at_ < kDoubtPeriod) return;
  Ask(false);
}

Result<std::vector<std::string>> Impersonator::Headers(const Actor& actor) const {
  if (actor.node.empty()) return std::vector<std::string>();
  EDGE_RETURN_IF_ERROR(CheckNodeName(actor.node));
  switch (found_) {
    case Impersonation::kConstrained: return std::vector<std::string>{UserHeader(actor.node)};
    case Impersonation::kClassic:
      return std::vector<std::string>{UserHeader(actor.node), kGroupHeader};
    default:
      return Unavailable("the hub cannot act as node \"" + actor.node +
                         "\": the API server has not yet let it impersonate nodes");
  }
}

void Impersonator::Ask(bool with_group) {
  with_group_ = with_group;
  http_code_ = 0;
  reply_.clear();
  asked_at_ = executor_.clock().Boot();
  HttpRequest request;
  request.target = std::string("/api/v1/nodes/") + kProbeNode;
  request.headers.push_back(UserHeader(kProbeNode));
  if (with_group) request.headers.emplace_back(kGroupHeader);
  request.lane = HttpLane::kUrgent;  // all calls in nodes' names wait for it
  exchange_ = http_.Start(std::move(request), *this);
  deadline_ = executor_.After(kProbeDeadline, [this] {
    exchange_.reset();
    AskLater();
  });
}

void Impersonator::OnBody(std::string_view bytes) {
  reply_.append(bytes.substr(0, kMaxProbeReply - std::min(kMaxProbeReply, reply_.size())));
}

void Impersonator::OnEnd(const Status& status) {
  exchange_.reset();
  deadline_.Cancel();
  if (!status.ok()) {
    LogDebug("how to act as nodes is not known yet: " + status.ToString());
    return AskLater();
  }
  Judge();
}

void Impersonator::Judge() {
  const Status verdict = JudgeReply("GET the probe's Node", http_code_, reply_).status();
  if (verdict.ok() || verdict.code() == Code::kNotFound) {
    return Find(with_group_ ? Impersonation::kClassic : Impersonation::kConstrained);
  }
  if (verdict.code() == Code::kPermissionDenied) {
    if (!with_group_) return Ask(true);
    Find(Impersonation::kNone);
  } else if (verdict.code() == Code::kUnauthenticated) {
    http_.RenewCredentials(*asked_at_);
  }
  AskLater();
}

void Impersonator::AskLater() {
  timer_ = executor_.After(backoff_.Next(), [this] { Ask(false); });
}

void Impersonator::Find(Impersonation found) {
  if (found != Impersonation::kNone) backoff_.Reset();
  if (std::exchange(found_, found) == found) return;
  switch (found) {
    case Impersonation::kConstrained:
      LogInfo("the hub acts as nodes by constrained impersonation");
      break;
    case Impersonation::kClassic:
      LogWarning(
          "the hub acts as nodes by the verb \"impersonate\", which reaches any user and group: "
          "this cluster has no constrained impersonation (Kubernetes 1.36), or the role lacks it");
      break;
    default:
      LogError(
          "the hub may not act as nodes: its role lacks the verb \"impersonate:arbitrary-node\" on "
          "nodes.authentication.k8s.io and \"impersonate-on:arbitrary-node:get\" on nodes "
          "(Kubernetes 1.36), or \"impersonate\" on users and groups (older clusters). Apply the "
          "role in deploy/; it is tried again");
  }
  if (on_change_) on_change_(found);
}

}  // namespace edge::cloudhub::kubernetes
