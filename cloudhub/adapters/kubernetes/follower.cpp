#include "cloudhub/adapters/kubernetes/follower.h"

#include <algorithm>
#include <utility>

#include "cloudhub/adapters/kubernetes/reply.h"
#include "cloudhub/adapters/kubernetes/request_path.h"
#include "common/log.h"

namespace edge::cloudhub::kubernetes {
namespace {

constexpr int kPageSize = 500;
constexpr Duration kPageDeadline = std::chrono::seconds(60);
/// For the head of a watch's answer; the API server sends it at once.
constexpr Duration kHeadDeadline = std::chrono::seconds(30);
constexpr std::uint64_t kShortestStream = 300, kLongestStream = 600;  // seconds
/// What a stream may live beyond the time that it was asked for.
constexpr Duration kStreamMargin = std::chrono::seconds(30);
/// A stream that lived as long was a good one.
constexpr Duration kGoodLife = std::chrono::seconds(10);
constexpr Duration kResumeJitter = std::chrono::milliseconds(200);
constexpr Duration kRefusedPeriod = std::chrono::milliseconds(900);
constexpr Duration kRefusedJitter = std::chrono::milliseconds(200);
constexpr std::int64_t kMostRetrySeconds = 300;
constexpr std::size_t kMaxErrorBody = 64 * 1024;
constexpr std::size_t kEnvelope = 256;  ///< of a watch event, around its object

std::string Selectors(const ListOptions& options) {
  std::string query;
  if (!options.label_selector.empty()) {
    query += "&labelSelector=" + PercentEncoded(options.label_selector);
  }
  if (!options.field_selector.empty()) {
    query += "&fieldSelector=" + PercentEncoded(options.field_selector);
  }
  return query;
}

std::optional<WatchEvent::Type> ChangeNamed(const std::string& type) {
  if (type == "ADDED") return WatchEvent::Type::kAdded;
  if (type == "MODIFIED") return WatchEvent::Type::kModified;
  if (type == "DELETED") return WatchEvent::Type::kDeleted;
  return std::nullopt;
}

std::string VersionOf(const Json& object) {
  return FindString(object, {"metadata", "resourceVersion"});
}

JsonLimits ObjectLimits() {
  JsonLimits limits;
  limits.max_bytes = kMaxObject + kEnvelope;
  return limits;
}

}  // namespace

Follower::Follower(FollowContext context, Actor actor, Resource resource,
                   std::string collection_path, const ListOptions& options, OnEvent on_event)
    : context_(context),
      actor_(std::move(actor)),
      resource_(std::move(resource)),
      path_(std::move(collection_path)),
      selectors_(Selectors(options)),
      on_event_(std::move(on_event)),
      backoff_(context.random),
      lines_(kMaxObject + kEnvelope) {}

void Follower::Start() { Ask(); }

void Follower::Stop() {
  stopped_ = true;
  exchange_.reset();
  timer_.Cancel();
}

std::string Follower::Kind() const {
  return resource_.group.empty() ? resource_.plural : resource_.plural + "." + resource_.group;
}

std::string Follower::Asked() const {
  return (phase_ == Phase::kListing ? "list " : "watch ") + path_ +
         (actor_.node.empty() ? "" : " as node \"" + actor_.node + "\"");
}

HttpRequest Follower::ListRequest() const {
  // No resourceVersion: the list is etcd's, read at this moment, and not of a cache.
  HttpRequest request;
  request.target = path_ + "?limit=" + std::to_string(kPageSize) + selectors_;
  if (!continue_.empty()) request.target += "&continue=" + PercentEncoded(continue_);
  return request;
}

HttpRequest Follower::WatchRequest() {
  const std::uint64_t seconds =
      kShortestStream + context_.random.Below(kLongestStream - kShortestStream + 1);
  stream_life_ = std::chrono::seconds(seconds);
  HttpRequest request;
  request.target = path_ +
                   "?watch=1&allowWatchBookmarks=true&timeoutSeconds=" + std::to_string(seconds) +
                   "&resourceVersion=" + PercentEncoded(version_) + selectors_;
  request.lane = HttpLane::kWatch;
  return request;
}

void Follower::Ask() {
  head_ = {};
  error_body_ = {};
  lines_.Clear();
  list_.reset();
  auto headers = context_.impersonator.Headers(actor_);
  if (!headers.ok()) return AskIn(backoff_.Next());
  HttpRequest request = phase_ == Phase::kListing ? ListRequest() : WatchRequest();
  request.headers = std::move(*headers);
  request.node = actor_.node;
  if (actor_.urgent && phase_ == Phase::kListing) request.lane = HttpLane::kUrgent;
  exchange_ = context_.http.Start(std::move(request), *this);
}

void Follower::OnSent() {
  asked_at_ = context_.executor.clock().Boot();
  GiveUpIn(phase_ == Phase::kListing ? kPageDeadline : kHeadDeadline);
}

void Follower::AskIn(Duration delay) {
  if (stopped_) return;
  timer_ = context_.executor.After(delay, [this] { Ask(); });
}

void Follower::GiveUpIn(Duration deadline) {
  timer_ = context_.executor.After(deadline, [this] {
    const auto self = shared_from_this();
    exchange_.reset();
    Trouble(Unavailable(Asked() + ": no answer in time"));
  });
}

bool Follower::Emit(WatchEvent::Type type, Json object) {
  WatchEvent event;
  event.type = type;
  event.object = std::move(object);
  on_event_(event);
  return !stopped_;
}

void Follower::OnHead(const HttpHead& head) {
  head_ = head;
  if (head.code != 200) return;
  if (phase_ == Phase::kWatching) {
    Fine();
    return GiveUpIn(stream_life_ + kStreamMargin);
  }
  list_ = std::make_unique<ListReader>(kMaxObject,
                                       [this](std::string_view text) { return TakeItem(text); });
}

void Follower::OnBody(std::string_view bytes) {
  const auto self = shared_from_this();
  if (head_.code != 200) {
    error_body_.append(
        bytes.substr(0, kMaxErrorBody - std::min(kMaxErrorBody, error_body_.size())));
    return;
  }
  if (phase_ == Phase::kListing) {
    const Status fed = list_->Feed(bytes);
    if (fed.ok() || stopped_) return;
    exchange_.reset();
    return Trouble(Unavailable(Asked() + ": " + fed.message()));
  }
  const std::size_t before = lines_.left_out();
  lines_.Feed(bytes, [this](std::string_view line) { return TakeLine(line); });
  if (lines_.left_out() == before) return;
  LogError("an object is larger than any that the API takes; its change is left out",
           {{"KIND", Kind()}});
}

bool Follower::TakeItem(std::string_view text) {
  auto item = ParseJson(text, ObjectLimits());
  if (!item.ok()) {
    LogError("an object of a list cannot be read and is left out",
             {{"KIND", Kind()}, {"WHY", item.status().ToString()}});
    return true;
  }
  if (item_kind_.empty()) {
    const Json beginning = list_->Beginning();
    const std::string kind = FindString(beginning, {"kind"});
    if (kind.ends_with("List")) item_kind_ = kind.substr(0, kind.size() - 4);
    item_api_version_ = FindString(beginning, {"apiVersion"});
  }
  if (!item_kind_.empty() && !item->contains("kind")) {
    (*item)["kind"] = item_kind_;
    (*item)["apiVersion"] = item_api_version_;
  }
  delivered_ = true;
  return Emit(WatchEvent::Type::kAdded, std::move(*item));
}

void Follower::EndPage() {
  const Result<Json> rest = list_->Finish();
  if (rest.ok() && VersionOf(*rest).empty()) {
    return Trouble(Unavailable(Asked() + ": the list has no resourceVersion"));
  }
  if (!rest.ok()) return Trouble(Unavailable(Asked() + ": " + rest.status().message()));
  if (list_->left_out() > 0) {
    LogError("objects are larger than any that the API takes and are left out",
             {{"KIND", Kind()}, {"COUNT", std::to_string(list_->left_out())}});
  }
  list_.reset();
  version_ = VersionOf(*rest);
  continue_ = FindString(*rest, {"metadata", "continue"});
  Fine();
  if (!continue_.empty()) return Ask();
  phase_ = Phase::kWatching;
  delivered_ = true;
  if (Emit(WatchEvent::Type::kSynced)) Ask();
}

bool Follower::TakeLine(std::string_view text) {
  auto event = ParseJson(text, ObjectLimits());
  if (!event.ok() || !event->is_object() || !event->contains("object")) {
    exchange_.reset();
    Trouble(Unavailable(Asked() + ": what came is no watch event"));
    return false;
  }
  const std::string type = FindString(*event, {"type"});
  Json object = std::move((*event)["object"]);
  if (type == "ERROR") {
    TakeError(object);
    return false;
  }
  if (std::string version = VersionOf(object); !version.empty()) version_ = std::move(version);
  const auto change = ChangeNamed(type);
  return !change || Emit(*change, std::move(object));
}

void Follower::TakeError(const Json& api_status) {
  exchange_.reset();
  const Status status = StatusFromApi(Asked(), 500, api_status);
  const std::string reason = FindString(api_status, {"reason"});
  if (status.code() == Code::kOutOfRange || reason == "Expired" || reason == "Gone") {
    return Expired();
  }
  const std::int64_t seconds = FindInt(api_status, {"details", "retryAfterSeconds"});
  Trouble(status, std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kMostRetrySeconds)));
}

void Follower::OnEnd(const Status& status) {
  const auto self = shared_from_this();
  exchange_.reset();
  timer_.Cancel();
  if (status.code() == Code::kUnauthenticated) context_.http.RenewCredentials(asked_at_);
  if (head_.code == 200 && phase_ == Phase::kWatching) return EndStream(status);
  if (!status.ok()) return Trouble(status);
  if (head_.code == 200) return EndPage();
  EndWithError();
}

void Follower::EndStream(const Status& status) {
  const bool good = context_.executor.clock().Boot() - asked_at_ >= kGoodLife;
  if (good) backoff_.Reset();
  if (!status.ok()) return Trouble(status);
  AskIn(good ? context_.random.Jitter(kResumeJitter) : backoff_.Next());
}

void Follower::EndWithError() {
  const auto body = ParseJson(error_body_);
  const Status status = StatusFromApi(Asked(), head_.code, body.ok() ? *body : Json());
  switch (head_.code) {
    case 410: return Expired();
    case 401: context_.http.RenewCredentials(asked_at_); return Trouble(status);
    case 403:
      if (!actor_.node.empty()) return Refused(status);
      return Trouble(status);
    case 404:
      StartOver();
      return Trouble(Status(Code::kNotFound, Asked() + ": the API server does not serve that kind",
                            "install the CustomResourceDefinition " + Kind() + " from deploy/"));
    default: break;
  }
  // Whatever else it does not take of what was asked, a new list does not ask for.
  if (head_.code < 500 && head_.code != 408 && head_.code != 429) StartOver();
  Trouble(status, head_.retry_after.value_or(Duration::zero()));
}

void Follower::StartOver() {
  phase_ = Phase::kListing;
  version_.clear();
  continue_.clear();
  if (std::exchange(delivered_, false)) Emit(WatchEvent::Type::kRelisted);
}

void Follower::Expired() {
  LogDebug("the API server no longer knows what follows; listing anew", {{"WHY", Asked()}});
  StartOver();
  AskIn(backoff_.Next());
}

void Follower::Refused(const Status& status) {
  LogDebug("a watch must wait", {{"WHY", status.ToString()}});
  if (status.message().find("impersonate") != std::string::npos) {
    // It is the hub that may not, rather than the node.
    context_.troubles.Begins("impersonate " + Kind(),
                             "the hub's role does not let it read " + Kind() + " as a node",
                             status);
    context_.impersonator.Doubt();
  }
  delivered_ = false;
  StartOver();
  if (!Emit(WatchEvent::Type::kRefused)) return;
  AskIn(kRefusedPeriod + context_.random.Jitter(kRefusedJitter));
}

void Follower::Trouble(const Status& status, Duration retry_after) {
  const bool general = status.code() == Code::kUnavailable ||
                       status.code() == Code::kResourceExhausted ||
                       status.code() == Code::kUnauthenticated;
  trouble_ = general ? "API" : std::string(CodeName(status.code())) + " " + Kind();
  context_.troubles.Begins(
      trouble_,
      general ? "a watch got no good answer from the Kubernetes API" : "cannot watch " + Kind(),
      status);
  // Objects of a first page may be gone when it is read again.
  if (phase_ == Phase::kListing && continue_.empty()) StartOver();
  AskIn(backoff_.Next(retry_after));
}

void Follower::Fine() {
  if (!trouble_.empty()) context_.troubles.IsOver(std::exchange(trouble_, {}));
}

}  // namespace edge::cloudhub::kubernetes
