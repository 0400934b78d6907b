#include "cloudhub/core/enrolment/crl_follower.h"

#include <utility>

#include "certs/authority.h"
#include "cloudhub/core/enrolment/link_info.h"
#include "cloudhub/core/enrolment/revocations.h"
#include "cloudhub/core/resources.h"
#include "common/log.h"
#include "common/retry.h"

namespace edge::cloudhub {
namespace {

constexpr Duration kFirstInstallRetry = std::chrono::seconds(1);
constexpr Duration kLastInstallRetry = std::chrono::seconds(30);

}  // namespace

CrlFollower::CrlFollower(std::string ca_pem, KubeApi& api, Executor& executor, Random& random,
                         std::function<Status(const std::string&)> install)
    : ca_pem_(std::move(ca_pem)),
      executor_(executor),
      random_(random),
      install_(std::move(install)) {
  ListOptions options;
  options.ns = std::string(kSystemNamespace);
  options.field_selector = "metadata.name=" + std::string(kCrlConfigMap);
  watch_ =
      api.Follow({}, kConfigMaps, options, [this](const WatchEvent& event) { OnEvent(event); });
}

void CrlFollower::OnEvent(const WatchEvent& event) {
  if (event.type == WatchEvent::Type::kDeleted) {
    LogWarning(
        "the ConfigMap edge-system/edge-crl was deleted: the broker keeps the list that it has "
        "until a hub publishes one");
  }
  if (event.type != WatchEvent::Type::kAdded && event.type != WatchEvent::Type::kModified) return;
  std::string crl_pem = FindString(event.object, {"data", kCrlKey});
  if (crl_pem == crl_pem_) return;
  const Status good = certs::CheckCrl(crl_pem, ca_pem_, executor_.clock().Wall());
  if (!good.ok()) {
    LogError(
        "the list of revoked certificates in the ConfigMap edge-system/edge-crl is not taken: " +
        good.message() + ": the broker keeps the one that it has");
    return;
  }
  crl_pem_ = std::move(crl_pem);
  failures_ = 0;
  retry_.Cancel();
  Install();
}

void CrlFollower::Install() {
  const Status installed = install_(crl_pem_);
  if (installed.ok()) {
    LogInfo("the broker has a new list of revoked certificates");
    return;
  }
  if (failures_ == 0) {
    LogWarning("the broker does not have the new list of revoked certificates yet, trying again",
               {{"WHY", installed.ToString()}});
  }
  retry_ =
      executor_.After(PauseBeforeRetry(random_, failures_++, kFirstInstallRetry, kLastInstallRetry),
                      [this] { Install(); });
}

}  // namespace edge::cloudhub
