#include "edged/agent/enrol/expired_renewal.h"

#include <algorithm>
#include <utility>

#include "certs/enrolment_codec.h"
#include "common/file.h"
#include "common/retry.h"
#include "edged/agent/enrol/client_id.h"
#include "link/broker_config.h"

namespace edge::edged {
namespace {

/// "tls://host:port" with another port; empty for what is no such URL.
std::string WithPort(const std::string& url, std::uint16_t port) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return {};
  const std::size_t bracket = url.find(']');  // of an IPv6 address, which has colons
  const std::size_t from = bracket == std::string::npos ? scheme + 3 : bracket;
  return url.substr(0, url.find(':', from)) + ":" + std::to_string(port);
}

}  // namespace

std::vector<std::string> EnrolUrlsOf(const certs::Identity& identity,
                                     const std::vector<std::string>& broker_urls) {
  std::vector<std::string> urls = identity.enrol_urls;
  std::vector<std::string> brokers = broker_urls;
  if (brokers.empty() && urls.empty()) brokers = identity.broker_urls;
  for (const std::string& broker : brokers) {
    const std::string url = WithPort(broker, link::BrokerConfig{}.enrol_port);
    if (!url.empty() && std::find(urls.begin(), urls.end(), url) == urls.end()) urls.push_back(url);
  }
  return urls;
}

ExpiredRenewal::ExpiredRenewal(ExpiredRenewalOptions options, certs::Identity identity,
                               certs::IdentityFolder folder, Executor& executor, Random& random,
                               link::MqttClientFactory factory, Handlers handlers)
    : options_(std::move(options)),
      identity_(std::move(identity)),
      folder_(std::move(folder)),
      executor_(executor),
      random_(random),
      factory_(std::move(factory)),
      handlers_(std::move(handlers)) {}

void ExpiredRenewal::Ask() {
  if (std::exchange(asking_, true)) return;
  attempts_ = 0;
  next_ = executor_.After(Duration::zero(), [this] { Attempt(); });
}

void ExpiredRenewal::Stop() {
  asking_ = false;
  carrier_.reset();
  next_.Cancel();
}

void ExpiredRenewal::Attempt() {
  const Result<certs::EnrolRequest> request = Prepare();
  if (!request.ok()) return TryLater(request.status());
  link::EnrolClientOptions options;
  options.broker_urls = options_.enrol_urls;
  options.ca_file = identity_.ca_path;
  options.client_id = NewEnrolClientId(random_);
  carrier_ = std::make_unique<link::EnrolClient>(
      executor_, random_, factory_, std::move(options), certs::EncodeEnrolRequest(*request),
      link::EnrolClient::Handlers{[this](const std::string& reply) { return OnReply(reply); },
                                  [this](const Status& status) { handlers_.on_problem(status); }});
  carrier_->Start();
}

/// The key of the certificate to be is on disk before anything is asked.
Result<certs::EnrolRequest> ExpiredRenewal::Prepare() {
  if (options_.enrol_urls.empty()) {
    return FailedPrecondition("the identity names no enrolment listener",
                              "set broker_urls, or give this terminal a new join token");
  }
  EDGE_ASSIGN_OR_RETURN(std::string key, folder_.NextKey());
  certs::ExpiredPair old{identity_.node_name, identity_.cluster_name, {}, {}, {}};
  EDGE_ASSIGN_OR_RETURN(old.ca_pem, ReadFile(identity_.ca_path, certs::kMaxCertificatePem));
  EDGE_ASSIGN_OR_RETURN(old.certificate_pem,
                        ReadFile(identity_.certificate_path, certs::kMaxCertificatePem));
  EDGE_ASSIGN_OR_RETURN(old.key_pem, ReadFile(identity_.key_path, certs::kMaxKeyPem));
  EDGE_ASSIGN_OR_RETURN(certs::ExpiredRenewalClient client,
                        certs::ExpiredRenewalClient::Create(std::move(old), std::move(key)));
  client_.emplace(std::move(client));
  return client_->MakeRequest(random_, options_.agent_version);
}

/// True when this reply settles the request. What follows from it happens in a timer, since the
/// carrier that calls us here must outlive its own call.
bool ExpiredRenewal::OnReply(const std::string& bytes) {
  const Result<certs::EnrolReply> reply = certs::DecodeEnrolReply(bytes);
  Result<std::string> issued =
      reply.ok() ? client_->Accept(*reply) : Result<std::string>(reply.status());
  if (issued.ok()) {
    next_ = executor_.After(Duration::zero(), [this, pem = *issued] { Finish(pem); });
    return true;
  }
  const Status why = issued.status();
  if (why.code() == Code::kUnavailable || why.code() == Code::kAlreadyExists) {
    next_ = executor_.After(Duration::zero(), [this, why] { TryLater(why); });
    return true;
  }
  if (why.code() != Code::kFailedPrecondition) handlers_.on_problem(why);
  return false;  // else an answer to an older request
}

void ExpiredRenewal::Finish(const std::string& certificate_pem) {
  asking_ = false;
  carrier_.reset();
  handlers_.on_issued(certificate_pem);
}

void ExpiredRenewal::TryLater(const Status& why) {
  carrier_.reset();
  handlers_.on_problem(why);
  if (why.code() == Code::kAlreadyExists) {  // the hub wants another key
    if (const Status dropped = folder_.DropNext(); !dropped.ok()) handlers_.on_problem(dropped);
  }
  next_ = executor_.After(
      PauseBeforeRetry(random_, attempts_++, options_.retry_first, options_.retry_max),
      [this] { Attempt(); });
}

}  // namespace edge::edged
