#include "link/body.h"
#include "link/wire_fields.h"

namespace edge::link {
namespace {

constexpr std::size_t kMaxCertificate = 32 * 1024;
constexpr std::size_t kMaxToken = 16 * 1024;
constexpr std::uint32_t kMaxHeartbeatSeconds = 3600;

void PackInto(const sync::Put& in, edge::v1::DownMessage& message) {
  edge::v1::Put& out = *message.mutable_put();
  PackEntry(in.object.entry, *out.mutable_entry());
  if (in.object.bytes != nullptr) out.set_object(*in.object.bytes);
  out.set_prune_rule(in.prune_rule);
  PackOrder(in.order, *out.mutable_order());
}

Result<sync::DownMessage> UnpackPut(const edge::v1::Put& in) {
  EDGE_ASSIGN_OR_RETURN(sync::Entry entry, UnpackEntry(in.entry()));
  sync::Put out;
  out.object = {std::move(entry), std::make_shared<const std::string>(in.object())};
  out.prune_rule = in.prune_rule();
  out.order = UnpackOrder(in.order());
  return sync::DownMessage(std::move(out));
}

void PackInto(const sync::Remove& in, edge::v1::DownMessage& message) {
  edge::v1::Remove& out = *message.mutable_remove();
  PackEntry(in.entry, *out.mutable_entry());
  PackOrder(in.order, *out.mutable_order());
  out.set_evidence(static_cast<edge::v1::Evidence>(in.evidence));
}

Result<sync::DownMessage> UnpackRemove(const edge::v1::Remove& in) {
  EDGE_ASSIGN_OR_RETURN(sync::Entry entry, UnpackEntry(in.entry()));
  // Evidence of a later version is none to us: the node refuses, and keeps the object.
  const auto evidence = edge::v1::Evidence_IsValid(in.evidence())
                            ? static_cast<sync::Evidence>(in.evidence())
                            : sync::Evidence::kUnspecified;
  return sync::DownMessage(sync::Remove{std::move(entry), UnpackOrder(in.order()), evidence});
}

void PackInto(const sync::ListRequest& in, edge::v1::DownMessage& message) {
  edge::v1::ListRequest& out = *message.mutable_list_request();
  out.set_which(static_cast<edge::v1::Which>(in.which));
  out.set_id(in.id);
  out.set_epoch(in.epoch);
}

Result<sync::DownMessage> UnpackList(const edge::v1::ListRequest& in) {
  if (!edge::v1::Which_IsValid(in.which())) {
    return InvalidArgument("request for a list of unknown kind " + std::to_string(in.which()));
  }
  return sync::DownMessage(
      sync::ListRequest{static_cast<sync::ListRequest::Which>(in.which()), in.id(), in.epoch()});
}

void PackInto(const sync::StatusRequest& in, edge::v1::DownMessage& message) {
  edge::v1::StatusRequest& out = *message.mutable_status_request();
  for (const std::string& uid : in.uids) out.add_uid(PackId(uid));
}

Result<sync::DownMessage> UnpackStatusRequest(const edge::v1::StatusRequest& in) {
  EDGE_RETURN_IF_ERROR(CheckSize(in.uid_size(), kMaxRows, "the list of uids"));
  sync::StatusRequest out;
  for (const std::string& packed : in.uid()) {
    EDGE_ASSIGN_OR_RETURN(std::string uid, UnpackId(packed, "uid"));
    out.uids.push_back(std::move(uid));
  }
  return sync::DownMessage(std::move(out));
}

void PackInto(const sync::StatusAck& in, edge::v1::DownMessage& message) {
  edge::v1::StatusAck& out = *message.mutable_status_ack();
  for (const sync::StatusAck::Row& row : in.rows) {
    edge::v1::StatusAck::Row& packed = *out.add_rows();
    packed.set_uid(PackId(row.uid));
    packed.set_sequence(row.sequence);
    packed.set_refused(CutText(row.refused));
  }
}

Result<sync::DownMessage> UnpackStatusAck(const edge::v1::StatusAck& in) {
  EDGE_RETURN_IF_ERROR(CheckSize(in.rows_size(), kMaxRows, "the list of acks"));
  sync::StatusAck out;
  for (const edge::v1::StatusAck::Row& row : in.rows()) {
    EDGE_RETURN_IF_ERROR(CheckSize(row.refused().size(), kMaxText, "refused"));
    EDGE_ASSIGN_OR_RETURN(std::string uid, UnpackId(row.uid(), "uid"));
    out.rows.push_back({std::move(uid), row.sequence(), row.refused()});
  }
  return sync::DownMessage(std::move(out));
}

void PackInto(const sync::EventAck& in, edge::v1::DownMessage& message) {
  message.mutable_event_ack()->set_sequence(in.sequence);
}

void PackInto(const sync::Welcome& in, edge::v1::DownMessage& message) {
  edge::v1::Welcome& out = *message.mutable_welcome();
  out.set_epoch(in.epoch);
  out.set_cluster_name(in.cluster_name);
  out.set_hub_version(CutText(in.hub_version, kMaxVersionText));
  out.set_heartbeat_seconds(in.heartbeat_seconds);
  out.set_confirmed_from_cluster_uid(PackId(in.confirmed_from_cluster_uid));
  out.set_reads_unchanged(in.reads_unchanged);
  out.set_broker_url(in.broker_url);
}

Result<sync::DownMessage> UnpackWelcome(const edge::v1::Welcome& in) {
  EDGE_RETURN_IF_ERROR(CheckSize(in.cluster_name().size(), kMaxNamespace, "cluster_name"));
  EDGE_RETURN_IF_ERROR(CheckSize(in.hub_version().size(), kMaxVersionText, "hub_version"));
  if (in.heartbeat_seconds() == 0 || in.heartbeat_seconds() > kMaxHeartbeatSeconds) {
    return InvalidArgument("heartbeat_seconds " + std::to_string(in.heartbeat_seconds()) +
                           " is not within 1 to 3600");
  }
  sync::Welcome out{in.epoch(), in.cluster_name(), in.hub_version(), in.heartbeat_seconds(), {}};
  EDGE_ASSIGN_OR_RETURN(out.confirmed_from_cluster_uid,
                        UnpackId(in.confirmed_from_cluster_uid(), "confirmed_from_cluster_uid"));
  out.reads_unchanged = in.reads_unchanged();
  EDGE_RETURN_IF_ERROR(CheckSize(in.broker_url().size(), kMaxBrokerUrl, "broker_url"));
  out.broker_url = in.broker_url();
  return sync::DownMessage(std::move(out));
}

void PackInto(const sync::HeartbeatRequest& in, edge::v1::DownMessage& message) {
  edge::v1::HeartbeatRequest& out = *message.mutable_heartbeat_request();
  out.set_session_id(PackId(in.session_id));
  out.set_sequence(in.sequence);
}

Result<sync::DownMessage> UnpackHeartbeatRequest(const edge::v1::HeartbeatRequest& in) {
  sync::HeartbeatRequest out{{}, in.sequence()};
  EDGE_ASSIGN_OR_RETURN(out.session_id, UnpackId(in.session_id(), "session_id"));
  return sync::DownMessage(std::move(out));
}

void PackInto(const sync::CertificateReply& in, edge::v1::DownMessage& message) {
  edge::v1::CertificateReply& out = *message.mutable_certificate_reply();
  out.set_certificate_pem(in.certificate_pem);
  out.set_refused(CutText(in.refused));
}

Result<sync::DownMessage> UnpackCertificate(const edge::v1::CertificateReply& in) {
  EDGE_RETURN_IF_ERROR(CheckSize(in.certificate_pem().size(), kMaxCertificate, "certificate_pem"));
  EDGE_RETURN_IF_ERROR(CheckSize(in.refused().size(), kMaxText, "refused"));
  return sync::DownMessage(sync::CertificateReply{in.certificate_pem(), in.refused()});
}

void PackInto(const sync::TokenReply& in, edge::v1::DownMessage& message) {
  edge::v1::TokenReply& out = *message.mutable_token_reply();
  PackTokenKey(in.key, out);
  out.set_token(in.token);
  out.set_lifetime_seconds(in.lifetime_seconds);
  out.set_expires_at(in.expires_at);
  out.set_refused(CutText(in.refused));
}

Result<sync::DownMessage> UnpackToken(const edge::v1::TokenReply& in) {
  EDGE_RETURN_IF_ERROR(CheckSize(in.token().size(), kMaxToken, "token"));
  EDGE_RETURN_IF_ERROR(CheckSize(in.refused().size(), kMaxText, "refused"));
  if (in.token().empty() == in.refused().empty()) {
    return InvalidArgument("a TokenReply with neither a token nor a refusal, or with both");
  }
  const bool lives = in.lifetime_seconds() > 0 && in.lifetime_seconds() <= kMaxTokenSeconds;
  if (!in.token().empty() && !lives) {
    return InvalidArgument("lifetime_seconds " + std::to_string(in.lifetime_seconds()) +
                           " is not within 1 to 2^32");
  }
  sync::TokenReply out{{}, in.token(), in.lifetime_seconds(), in.expires_at(), in.refused()};
  EDGE_ASSIGN_OR_RETURN(out.key,
                        UnpackTokenKey(in.pod_uid(), in.audience(), in.expiration_seconds()));
  return sync::DownMessage(std::move(out));
}

}  // namespace

void Pack(const sync::Header&, const sync::DownMessage& message, edge::v1::DownMessage& out) {
  std::visit([&](const auto& body) { PackInto(body, out); }, message);
}

Result<sync::DownMessage> Unpack(const sync::Header&, const edge::v1::DownMessage& message) {
  using edge::v1::DownMessage;
  switch (message.message_case()) {
    case DownMessage::kPut: return UnpackPut(message.put());
    case DownMessage::kRemove: return UnpackRemove(message.remove());
    case DownMessage::kListRequest: return UnpackList(message.list_request());
    case DownMessage::kStatusRequest: return UnpackStatusRequest(message.status_request());
    case DownMessage::kStatusAck: return UnpackStatusAck(message.status_ack());
    case DownMessage::kEventAck:
      return sync::DownMessage(sync::EventAck{message.event_ack().sequence()});
    case DownMessage::kWelcome: return UnpackWelcome(message.welcome());
    case DownMessage::kCertificateReply: return UnpackCertificate(message.certificate_reply());
    case DownMessage::kHeartbeatRequest: return UnpackHeartbeatRequest(message.heartbeat_request());
    case DownMessage::kTokenReply: return UnpackToken(message.token_reply());
    case DownMessage::MESSAGE_NOT_SET: break;
  }
  return Unimplemented("a message of a kind that this version does not know",
                       "upgrade edged to the cloudhub's version");
}

}  // namespace edge::link
