#include "edged/agent/enrol/join.h"

#include <algorithm>

#include "certs/enrolment_codec.h"
#include "common/file.h"
#include "common/retry.h"
#include "edged/agent/enrol/client_id.h"

namespace edge::edged {
namespace {

constexpr std::size_t kMaxReported = 64;

}  // namespace

Join::Join(JoinOptions options, Executor& executor, Random& random, link::MqttClientFactory factory,
           Handlers handlers)
    : options_(std::move(options)),
      executor_(executor),
      random_(random),
      factory_(std::move(factory)),
      handlers_(std::move(handlers)),
      folder_(options_.identity_folder) {}

void Join::Start() {
  next_ = executor_.After(Duration::zero(), [this] { Scan(); });
  look_ = executor_.After(options_.rescan, [this] { LookAtFolder(); });
}

void Join::StartWith(certs::JoinToken token) {
  token_ = std::move(token);
  next_ = executor_.After(Duration::zero(), [this] { Enrol(); });
}

void Join::LookAtFolder() {
  look_ = executor_.After(options_.rescan, [this] { LookAtFolder(); });
  Result<std::optional<certs::Identity>> held = folder_.Load();
  if (!held.ok()) Report(held.status());
  if (token_ && !(held.ok() && *held)) LookAtTokens();
  if (!held.ok() || !*held) return;
  const Status fits = CheckName((*held)->node_name, options_.identity_folder);
  if (!fits.ok()) return Report(fits);
  carrier_.reset();
  next_.Cancel();
  look_.Cancel();
  handlers_.on_joined(**std::move(held));
}

Status Join::CheckName(const std::string& node_name, const std::string& where) const {
  const std::string& own = options_.node_name;
  if (own.empty() || node_name == own) return Status::Ok();
  return FailedPrecondition(
      where + " is for node " + node_name + " and this machine runs the pods of node " + own,
      "use one for " + own +
          "; to make this machine another node, stop edged, remove its pods and "
          "its state_dir, and join again");
}

/// Those that this machine may use.
TokenSearch Join::Tokens() {
  TokenSearch search = FindTokens(options_.token_folders, refused_, executor_.clock().Wall());
  for (const Status& problem : search.problems) Report(problem);
  std::erase_if(search.tokens, [this](const FoundToken& found) {
    const Status fits = CheckName(found.token.node_name, found.path);
    if (!fits.ok()) {
      Report(fits);
      refused_.insert(found.token);
    }
    return !fits.ok();
  });
  return search;
}

/// Takes the token after the one in hand, or the first.
void Join::Scan() {
  TokenSearch search = Tokens();
  auto& tokens = search.tokens;
  looks_ = 0;
  attempts_ = 0;
  if (tokens.empty()) {
    token_.reset();
    next_ = executor_.After(options_.rescan, [this] { Scan(); });
    // There is a better reason than that none was found.
    if (search.problems.empty() && refused_.empty()) Report(NoToken());
    return;
  }
  auto at = std::find_if(tokens.begin(), tokens.end(), [this](const FoundToken& found) {
    return token_ && found.token == *token_;
  });
  if (at == tokens.end() || ++at == tokens.end()) at = tokens.begin();
  token_ = std::move(at->token);
  Enrol();
}

Status Join::NoToken() const {
  const std::string name = options_.node_name.empty() ? "NAME" : options_.node_name;
  std::string folders;
  for (const std::string& folder : options_.token_folders) {
    folders += (folders.empty() ? "" : ", ") + folder;
  }
  return NotFound("this machine has no identity and no join token was found",
                  "make a token with \"cloudhub token create " + name + "\" and put the file " +
                      name + ".token.yaml into one of the folders of the setting token_dirs (" +
                      folders + "): a USB stick and the boot partition are among them as a rule");
}

/// While a token is tried: whether it is there yet, and whether it is another's turn.
void Join::LookAtTokens() {
  const std::vector<FoundToken> tokens = Tokens().tokens;
  const bool there = std::any_of(tokens.begin(), tokens.end(), [this](const FoundToken& found) {
    return found.token == *token_;
  });
  if (there && (++looks_ < options_.turn || tokens.size() == 1)) return;
  carrier_.reset();
  Scan();
}

void Join::Enrol() {
  if (const Status prepared = Prepare(); !prepared.ok()) {
    TryLater(prepared);
    return;
  }
  link::EnrolClientOptions options;
  options.broker_urls = token_->enrol_urls;
  options.ca_file = folder_.path() + "/enrol-ca.crt";
  options.client_id = NewEnrolClientId(random_);
  carrier_ = std::make_unique<link::EnrolClient>(
      executor_, random_, factory_, std::move(options),
      certs::EncodeEnrolRequest(client_->MakeRequest(random_, options_.agent_version)),
      link::EnrolClient::Handlers{[this](const std::string& reply) { return OnReply(reply); },
                                  [this](const Status& status) { Report(status); }});
  carrier_->Start();
}

/// Key and CA file on disk, before anything is asked.
Status Join::Prepare() {
  EDGE_ASSIGN_OR_RETURN(std::string key, folder_.EnrolmentKey());
  EDGE_RETURN_IF_ERROR(
      WriteFileAtomically(folder_.path() + "/enrol-ca.crt", token_->ca_certificate_pem, 0600));
  EDGE_ASSIGN_OR_RETURN(certs::EnrolmentClient client,
                        certs::EnrolmentClient::Create(*token_, std::move(key)));
  client_.emplace(std::move(client));
  return Status::Ok();
}

/// True when this reply settles the request. What follows from it happens in a timer, since the
/// carrier that calls us here must outlive its own call.
bool Join::OnReply(const std::string& bytes) {
  const Result<certs::EnrolReply> reply = certs::DecodeEnrolReply(bytes);
  Result<certs::Issued> issued =
      reply.ok() ? client_->Accept(*reply) : Result<certs::Issued>(reply.status());
  if (issued.ok()) {
    next_ = executor_.After(Duration::zero(), [this, issued = *issued] { Finish(issued); });
    return true;
  }
  const Status why = issued.status();
  if (why.code() == Code::kUnavailable) {
    next_ = executor_.After(Duration::zero(), [this, why] { TryLater(why); });
    return true;
  }
  if (why.code() == Code::kPermissionDenied) {
    next_ = executor_.After(Duration::zero(), [this, why] { GiveUpToken(why); });
    return true;
  }
  if (why.code() != Code::kFailedPrecondition) Report(why);  // that: an answer to an older request
  return false;
}

void Join::Finish(const certs::Issued& issued) {
  carrier_.reset();
  Result<certs::Identity> identity = folder_.Complete(*token_, issued);
  if (!identity.ok()) {
    TryLater(identity.status());
    return;
  }
  look_.Cancel();
  handlers_.on_joined(*std::move(identity));
}

void Join::TryLater(const Status& why) {
  carrier_.reset();
  Report(why);
  next_ = executor_.After(
      PauseBeforeRetry(random_, attempts_++, options_.retry_first, options_.retry_max),
      [this] { Enrol(); });
}

void Join::GiveUpToken(const Status& why) {
  carrier_.reset();
  Report(why);
  refused_.insert(*token_);
  Scan();
}

void Join::Report(const Status& problem) {
  if (reported_.size() >= kMaxReported) reported_.clear();
  if (reported_.insert(problem.ToString()).second) handlers_.on_problem(problem);
}

}  // namespace edge::edged
