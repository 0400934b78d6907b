#include "certs/enrolment_codec.h"

#include "proto/edge/v1/enrol.pb.h"

namespace edge::certs {
namespace {

constexpr std::size_t kMaxRefusalText = 1024;
constexpr int kHighestCode = 16;

template <typename Message>
Result<Message> Parse(std::string_view bytes, const char* what) {
  if (bytes.size() > kMaxEnrolMessage) {
    return ResourceExhausted(std::string("an enrolment ") + what + " of " +
                             std::to_string(bytes.size()) + " bytes is over the limit");
  }
  Message message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return InvalidArgument(std::string("these bytes are no enrolment ") + what);
  }
  return message;
}

Code CodeOf(std::uint32_t number) {
  return number >= 1 && number <= kHighestCode ? static_cast<Code>(number) : Code::kUnknown;
}

/// Text for people, cut to its cap.
std::string Cut(const std::string& text) { return text.substr(0, kMaxRefusalText); }

}  // namespace

std::string EncodeEnrolRequest(const EnrolRequest& request) {
  v1::EnrolRequest message;
  message.set_version(request.version);
  message.set_token_id(request.token_id);
  message.set_node_name(request.node_name);
  message.set_cluster_name(request.cluster_name);
  message.set_nonce(request.nonce);
  message.set_csr(request.csr_pem);
  message.set_mac(request.mac);
  message.set_agent_version(request.agent_version);
  message.set_expired_certificate(request.expired_certificate_pem);
  message.set_signature(request.signature);
  return message.SerializeAsString();
}

Result<EnrolRequest> DecodeEnrolRequest(std::string_view bytes) {
  EDGE_ASSIGN_OR_RETURN(const v1::EnrolRequest message, Parse<v1::EnrolRequest>(bytes, "request"));
  EnrolRequest request;
  request.version = message.version();
  request.token_id = message.token_id();
  request.node_name = message.node_name();
  request.cluster_name = message.cluster_name();
  request.nonce = message.nonce();
  request.csr_pem = message.csr();
  request.mac = message.mac();
  request.agent_version = message.agent_version().substr(0, kMaxAgentVersion);
  request.expired_certificate_pem = message.expired_certificate();
  request.signature = message.signature();
  return request;
}

std::string EncodeEnrolReply(const EnrolReply& reply) {
  v1::EnrolReply message;
  message.set_version(reply.version);
  message.set_nonce(reply.nonce);
  if (!reply.refusal.ok()) {
    v1::EnrolRefusal* refused = message.mutable_refused();
    refused->set_code(static_cast<std::uint32_t>(reply.refusal.code()));
    refused->set_message(Cut(reply.refusal.message()));
    refused->set_next_step(Cut(reply.refusal.next_step()));
    return message.SerializeAsString();
  }
  message.set_hub_nonce(reply.hub_nonce);
  message.set_certificate_chain(reply.certificate_pem);
  message.set_ca(reply.ca_pem);
  message.set_mac(reply.mac);
  return message.SerializeAsString();
}

Result<EnrolReply> DecodeEnrolReply(std::string_view bytes) {
  EDGE_ASSIGN_OR_RETURN(const v1::EnrolReply message, Parse<v1::EnrolReply>(bytes, "reply"));
  EnrolReply reply;
  reply.version = message.version();
  reply.nonce = message.nonce();
  reply.hub_nonce = message.hub_nonce();
  reply.certificate_pem = message.certificate_chain();
  reply.ca_pem = message.ca();
  reply.mac = message.mac();
  if (message.has_refused()) {
    reply.refusal = Status(CodeOf(message.refused().code()), Cut(message.refused().message()),
                           Cut(message.refused().next_step()));
  }
  return reply;
}

}  // namespace edge::certs
