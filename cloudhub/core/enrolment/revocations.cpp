#include "cloudhub/core/enrolment/revocations.h"

#include <algorithm>
#include <utility>

#include "cloudhub/core/enrolment/link_info.h"
#include "cloudhub/core/resources.h"
#include "common/log.h"

namespace edge::cloudhub {
namespace {

constexpr int kRevocationAttempts = 5;
constexpr Duration kPublishRetry = std::chrono::minutes(1);

const std::string& Namespace() {
  static const std::string name(kSystemNamespace);
  return name;
}
const std::string& MapName() {
  static const std::string name(kRevocationsConfigMap);
  return name;
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
                               Executor& executor,
                               std::function<Status(const std::string&)> publish,
                               std::function<void(const std::string&)> on_revoked)
    : authority_(std::move(authority)),
      executor_(executor),
      publish_(std::move(publish)),
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
  const auto tell = [this] {
    for (const std::string& node : std::exchange(just_revoked_, {})) {
      if (on_revoked_) on_revoked_(node);
    }
  };
  if (!publish_) return tell();
  const WallTime now = executor_.clock().Wall();
  // Seconds since 1970 rise from list to list without anybody having to remember a number.
  const auto number = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  const Result<std::string> crl =
      authority_.MakeCrl(revoked_, static_cast<std::uint64_t>(number.count()), now);
  const Status status = crl.ok() ? publish_(*crl) : crl.status();
  if (!status.ok()) {
    LogError("the revocation list is not published and is tried again: " + status.ToString());
  }
  if (status.ok()) tell();
  renewal_ =
      executor_.After(status.ok() ? certs::kCrlRenewal : kPublishRetry, [this] { Publish(); });
}

bool RevocationList::IsRevoked(const std::string& serial) const {
  return std::any_of(revoked_.begin(), revoked_.end(),
                     [&](const auto& row) { return row.serial == serial; });
}

}  // namespace edge::cloudhub
