#include "cloudhub/core/session/token_issuer.h"

#include <algorithm>
#include <utility>

#include "cloudhub/core/resources.h"
#include "cloudhub/core/status/passing.h"
#include "common/log.h"
#include "common/retry.h"
#include "kube/references.h"

namespace edge::cloudhub {
namespace {

constexpr std::size_t kMaxAsked = 256;
constexpr int kMaxActive = 8;
/// What the link carries.
constexpr std::size_t kMaxTokenBytes = 16 * 1024;
constexpr Duration kFirstTokenRetry = std::chrono::seconds(1);
constexpr Duration kLastTokenRetry = std::chrono::minutes(1);
constexpr int kMaxTokenFailures = 6;
/// The API server's authorizer learns of a pod a moment after we do.
constexpr Duration kUnsettled = std::chrono::milliseconds(300);
constexpr int kMaxUnsettled = 2;

Json TokenRequestOf(const sync::TokenRequest& request) {
  Json spec = {{"expirationSeconds", request.key.expiration_seconds},
               {"boundObjectRef",
                {{"kind", "Pod"},
                 {"apiVersion", "v1"},
                 {"name", request.name},
                 {"uid", request.key.pod_uid}}}};
  if (!request.key.audience.empty()) spec["audiences"] = {request.key.audience};
  return {{"apiVersion", "authentication.k8s.io/v1"},
          {"kind", "TokenRequest"},
          {"metadata", Json::object()},
          {"spec", std::move(spec)}};
}

/// The API server writes the lifetime that it gave into the spec, and that is right whatever the
/// clocks say. 0: it says neither.
std::uint64_t LifetimeIn(const Json& answer, WallTime now) {
  std::int64_t seconds = FindInt(answer, {"spec", "expirationSeconds"});
  const auto end = ParseTime(FindString(answer, {"status", "expirationTimestamp"}));
  if (seconds <= 0 && end.ok()) {
    seconds = std::chrono::duration_cast<std::chrono::seconds>(*end - now).count();
  }
  return static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0));
}

bool MaySettle(Code code) {
  return code == Code::kPermissionDenied || code == Code::kNotFound || code == Code::kAborted;
}

}  // namespace

TokenIssuer::TokenIssuer(std::string node, KubeApi& api, Executor& executor, Random& random,
                         const sync::DesiredView& view, Reply reply)
    : node_(std::move(node)),
      api_(api),
      executor_(executor),
      random_(random),
      view_(view),
      reply_(std::move(reply)) {}

void TokenIssuer::Ask(const sync::TokenRequest& request) {
  if (asked_.size() >= kMaxAsked ||
      !asked_.try_emplace(request.key, Asked{request, 0, {}}).second) {
    return;
  }
  ready_.push_back(request.key);
  Next();
}

void TokenIssuer::Next() {
  while (active_ < kMaxActive && !ready_.empty()) {
    const sync::TokenKey key = std::move(ready_.front());
    ready_.pop_front();
    Start(key);
  }
}

void TokenIssuer::Start(const sync::TokenKey& key) {
  const sync::TokenRequest request = asked_.at(key).request;
  const Status may = Judge(request);
  if (may.code() == Code::kUnavailable) {
    asked_.erase(key);
    return;
  }
  if (!may.ok()) {
    LogWarning("request for a token refused", {{"NODE", node_}, {"WHY", may.ToString()}});
    return Refuse(key, may);
  }
  ++active_;
  api_.CreateSub({node_}, kServiceAccounts, request.ns, request.service_account, "token",
                 TokenRequestOf(request),
                 [this, key, alive = std::weak_ptr(alive_)](const Result<Json>& answer) {
                   if (alive.expired()) return;
                   --active_;
                   OnAnswer(key, answer);
                   Next();
                 });
}

/// kUnavailable: that cannot be said yet.
Status TokenIssuer::Judge(const sync::TokenRequest& request) const {
  const std::string name = request.ns + "/" + request.name;
  const auto held = view_.Find(sync::Kind::kPod, request.key.pod_uid, 0);
  if (!held && !view_.Synced(sync::Kind::kPod)) return Unavailable("the pods are being listed");
  const Status refused =
      PermissionDenied("node " + node_ + " may have no token for pod " + name + " with UID " +
                       request.key.pod_uid + ": the pod is not bound to it");
  if (!held || held->entry.key.ns != request.ns || held->entry.key.name != request.name) {
    return refused;
  }
  EDGE_ASSIGN_OR_RETURN(const Json pod, ParseJson(*held->bytes));
  if (FindString(pod, {"spec", "serviceAccountName"}) != request.service_account) {
    return PermissionDenied("pod " + name + " does not run as ServiceAccount " +
                            request.service_account);
  }
  const kube::TokenSource source{request.key.audience,
                                 static_cast<std::int64_t>(request.key.expiration_seconds)};
  if (kube::TokenSources(pod).contains(source)) return Status::Ok();
  return PermissionDenied("no volume of pod " + name + " asks for such a token");
}

void TokenIssuer::OnAnswer(const sync::TokenKey& key, const Result<Json>& answer) {
  if (!answer.ok()) return OnFailure(key, answer.status());
  sync::TokenReply reply;
  reply.token = FindString(*answer, {"status", "token"});
  reply.lifetime_seconds = LifetimeIn(*answer, executor_.clock().Wall());
  if (reply.token.empty() || reply.lifetime_seconds == 0) {
    return OnFailure(key, Internal("the API's answer has no token that lives"));
  }
  if (reply.token.size() > kMaxTokenBytes) {
    return Refuse(key, InvalidArgument("the token has " + std::to_string(reply.token.size()) +
                                       " bytes, and the link carries 16 KiB"));
  }
  const auto end = ParseTime(FindString(*answer, {"status", "expirationTimestamp"}));
  const WallTime expires =
      end.ok() ? *end : executor_.clock().Wall() + std::chrono::seconds(reply.lifetime_seconds);
  reply.expires_at =
      std::chrono::duration_cast<std::chrono::seconds>(expires.time_since_epoch()).count();
  Settle(key, std::move(reply));
}

void TokenIssuer::OnFailure(const sync::TokenKey& key, const Status& why) {
  Asked& asked = asked_.at(key);
  const int failures = asked.failures++;
  const bool unsettled = MaySettle(why.code());
  if (!unsettled && !IsPassing(why)) return Refuse(key, why);
  if (unsettled && failures >= kMaxUnsettled) return Refuse(key, why);
  const std::string pod = asked.request.ns + "/" + asked.request.name;
  LogDebug("no token yet", {{"NODE", node_}, {"POD", pod}, {"WHY", why.ToString()}});
  if (failures >= kMaxTokenFailures) {
    asked_.erase(key);
    return;
  }
  const Duration pause = PauseBeforeRetry(
      random_, failures, unsettled ? kUnsettled : kFirstTokenRetry, kLastTokenRetry);
  asked.retry = executor_.After(pause, [this, key] {
    ready_.push_back(key);
    Next();
  });
}

void TokenIssuer::Refuse(const sync::TokenKey& key, const Status& why) {
  sync::TokenReply reply;
  reply.refused = why.message() + (why.next_step().empty() ? "" : ". " + why.next_step());
  Settle(key, std::move(reply));
}

void TokenIssuer::Settle(const sync::TokenKey& key, sync::TokenReply reply) {
  reply.key = key;
  asked_.erase(key);
  reply_(std::move(reply));
}

}  // namespace edge::cloudhub
