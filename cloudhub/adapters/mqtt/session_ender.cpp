#include "cloudhub/adapters/mqtt/session_ender.h"

#include <unistd.h>

#include <utility>

#include "common/file.h"
#include "link/topics.h"

namespace edge::cloudhub {
namespace {

constexpr Duration kConnectPatience = std::chrono::seconds(20);
constexpr int kTimes = 2;

}  // namespace

struct SessionEnder::Job {
  std::string node;
  std::function<void(Status)> done;
  std::size_t urls_tried = 0;
  int times = 0;
};

SessionEnder::SessionEnder(Executor& executor, link::MqttClientFactory factory, Options options)
    : executor_(executor), factory_(std::move(factory)), options_(std::move(options)) {}

SessionEnder::~SessionEnder() = default;

void SessionEnder::End(const std::string& node, std::function<void(Status)> done) {
  jobs_.push_back({node, std::move(done)});
  if (jobs_.size() == 1) Next();
}

void SessionEnder::Next() {
  if (jobs_.empty()) return;
  next_ = executor_.After(Duration::zero(), [this] {
    const Status prepared = Prepare();
    prepared.ok() ? Connect() : Finish(prepared);
  });
}

Status SessionEnder::Prepare() {
  EDGE_ASSIGN_OR_RETURN(const Credentials pair, options_.certify(jobs_.front().node));
  EDGE_RETURN_IF_ERROR(MakeDirectories(options_.folder, 0700));
  EDGE_RETURN_IF_ERROR(WriteFileAtomically(File("key"), pair.key_pem, 0600));
  return WriteFileAtomically(File("crt"), pair.certificate_pem, 0600);
}

void SessionEnder::Connect() {
  Job& job = jobs_.front();
  link::MqttOptions mqtt;
  mqtt.url = options_.broker_urls[job.urls_tried % options_.broker_urls.size()];
  mqtt.client_id = std::string(link::kClientIdPrefix) + link::NodeCertificateName(job.node);
  mqtt.tls = {options_.ca_file, File("crt"), File("key")};
  mqtt.connect_timeout = std::chrono::duration_cast<std::chrono::seconds>(kConnectPatience);
  client_ = factory_({[](const link::MqttMessage&) {}, [](const Status&) {}});
  limit_ = executor_.After(2 * kConnectPatience, [this, url = mqtt.url] {
    OnAnswer(DeadlineExceeded("connecting to " + url + " took too long"));
  });
  client_->Connect(mqtt, [this](const Status& connected) {
    // Not here: the client must outlive its own call.
    next_ = executor_.After(Duration::zero(), [this, connected] { OnAnswer(connected); });
  });
}

void SessionEnder::OnAnswer(const Status& status) {
  Job& job = jobs_.front();
  client_.reset();
  limit_.Cancel();
  if (status.ok() && ++job.times < kTimes) {
    next_ = executor_.After(options_.again, [this] { Connect(); });
  } else if (!status.ok() && ++job.urls_tried < options_.broker_urls.size()) {
    Connect();
  } else {
    Finish(status);
  }
}

void SessionEnder::Finish(const Status& status) {
  unlink(File("key").c_str());
  unlink(File("crt").c_str());
  const Job job = std::move(jobs_.front());
  jobs_.pop_front();
  Next();
  const bool passing = !status.ok() && status.code() != Code::kInternal;
  job.done(passing ? Unavailable(status.ToString()) : status);
}

}  // namespace edge::cloudhub
