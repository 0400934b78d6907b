#include "cloudhub/core/enrolment/revocations.h"

#include <algorithm>
#include <utility>

#include "cloudhub/core/enrolment/config_map.h"
#include "cloudhub/core/enrolment/link_info.h"
#include "cloudhub/core/resources.h"
#include "cloudhub/core/status/passing.h"
#include "common/log.h"
#include "common/retry.h"

namespace edge::cloudhub {
namespace {

constexpr int kRevocationAttempts = 5;
constexpr Duration kFirstPublishRetry = std::chrono::seconds(1);
constexpr Duration kLastPublishRetry = std::chrono::minutes(1);

const std::string& Namespace() {
  static const std::string name(kSystemNamespace);
  return name;
}
const std::string& MapName() {
  static const std::string name(kRevocationsConfigMap);
  return name;
}

Json CrlConfigMap(const std::string& crl_pem) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata", {{"name", kCrlConfigMap}, {"namespace", kSystemNamespace}}},
          {"data", {{kCrlKey, crl_pem}}}};
}

}  // namespace

struct RevocationWriter::Job {
  std::string node;
  std::vector<CertificateRecord> records;
  std::function<void(Status)> done;
  int attempts_left = kRevocationAttempts;
};

void RevocationWriter::Revoke(const std::string& node, std::vector<CertificateRecord> records,
                              std::function<void(Status)> done) {
  auto job = std::make_shared<Job>(Job{node, std::move(records), std::move(done)});
  if (job->records.empty()) {
    executor_.Post([job] { job->done(Status::Ok()); });
    return;
  }
  Attempt(job);
}

void RevocationWriter::Attempt(const std::shared_ptr<Job>& job) {
  api_.Get({}, kConfigMaps, Namespace(), MapName(),
           [this, job, alive = std::weak_ptr(alive_)](const Result<Json>& found) {
             if (!alive.expired()) OnFound(job, found);
           });
}

void RevocationWriter::OnFound(const std::shared_ptr<Job>& job, const Result<Json>& found) {
  const auto settle = [this, job, alive = std::weak_ptr(alive_)](const Result<Json>& written) {
    if (!alive.expired()) Settle(job, written.status());
  };
  if (found.ok()) {
    const WallTime now = executor_.clock().Wall();
    api_.Patch({}, kConfigMaps, Namespace(), MapName(), "", PatchType::kMerge,
               RevocationsPatch(*found, job->node, job->records, now), settle);
  } else if (found.status().code() == Code::kNotFound) {
    Json config_map = EmptyRevocations();
    config_map["data"] =
        RevocationsPatch({}, job->node, job->records, executor_.clock().Wall())["data"];
    api_.Create({}, kConfigMaps, config_map, settle);
  } else {
    job->done(found.status());
  }
}

void RevocationWriter::Settle(const std::shared_ptr<Job>& job, const Status& status) {
  const bool conflict = status.code() == Code::kAborted || status.code() == Code::kAlreadyExists;
  if (conflict && --job->attempts_left > 0) {
    Attempt(job);
  } else {
    job->done(status);
  }
}

RevocationList::RevocationList(certs::CertificateAuthority authority, KubeApi& api,
                               Executor& executor, Random& random,
                               std::function<Status(const std::string&)> install,
                               std::function<void(const std::string&)> on_revoked)
    : authority_(std::move(authority)),
      api_(api),
      executor_(executor),
      random_(random),
      install_(std::move(install)),
      on_revoked_(std::move(on_revoked)) {
  ListOptions options;
  options.ns = Namespace();
  options.field_selector = "metadata.name=" + MapName();
  watch_ =
      api.Follow({}, kConfigMaps, options, [this](const WatchEvent& event) { OnEvent(event); });
}

void RevocationList::OnEvent(const WatchEvent& event) {
  switch (event.type) {
    case WatchEvent::Type::kSynced: synced_ = true; break;
    case WatchEvent::Type::kAdded:
    case WatchEvent::Type::kModified: Take(event.object); break;
    // Somebody deleted the rows: what was revoked stays so until this hub restarts.
    case WatchEvent::Type::kDeleted:
      LogError(
          "the ConfigMap edge-system/edge-revocations was deleted: restore it, or revoked "
          "certificates come back when the hub restarts");
      break;
    case WatchEvent::Type::kRelisted:
    case WatchEvent::Type::kRefused: break;
  }
  if (synced_) Publish();
}

void RevocationList::Take(const Json& config_map) {
  std::vector<certs::RevokedCertificate> now = RevocationsOf(config_map);
  for (const certs::RevokedCertificate& row : now) {
    if (!synced_ || IsRevoked(row.serial)) continue;
    const Result<Json> text = ParseJson(FindString(config_map, {"data", row.serial}));
    const std::string node = text.ok() ? FindString(*text, {"node"}) : std::string();
    if (!node.empty()) just_revoked_.insert(node);
  }
  revoked_ = std::move(now);
}

void RevocationList::Publish() {
  again_ = publishing_;
  if (publishing_) return;
  publishing_ = true;
  telling_.merge(just_revoked_);
  const WallTime now = executor_.clock().Wall();
  // Seconds since 1970 rise from list to list without anybody having to remember a number.
  const auto number = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  const Result<std::string> crl =
      authority_.MakeCrl(revoked_, static_cast<std::uint64_t>(number.count()), now);
  const Status installed = !crl.ok() ? crl.status() : install_ ? install_(*crl) : Status::Ok();
  if (!installed.ok()) return OnPublished(installed);
  PutConfigMap(api_, CrlConfigMap(*crl),
               [this, alive = std::weak_ptr(alive_)](const Status& status) {
                 if (!alive.expired()) OnPublished(status);
               });
}

void RevocationList::Tell() {
  for (const std::string& node : std::exchange(telling_, {})) {
    if (on_revoked_) on_revoked_(node);
  }
}

void RevocationList::OnPublished(const Status& status) {
  publishing_ = false;
  if (status.ok()) {
    failures_ = 0;
    Tell();
    renewal_ = executor_.After(certs::kCrlRenewal, [this] { Publish(); });
    if (again_) Publish();
    return;
  }
  // What is refused for good, such as by a role that lacks the ConfigMap, keeps no session up.
  if (!IsPassing(status)) Tell();
  if (failures_ == 0) {
    LogError("the revocation list is not published and is tried again: " + status.ToString());
  }
  renewal_ =
      executor_.After(PauseBeforeRetry(random_, failures_++, kFirstPublishRetry, kLastPublishRetry),
                      [this] { Publish(); });
}

bool RevocationList::IsRevoked(const std::string& serial) const {
  return std::any_of(revoked_.begin(), revoked_.end(),
                     [&](const auto& row) { return row.serial == serial; });
}

}  // namespace edge::cloudhub
