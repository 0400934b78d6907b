#include "link/body.h"
#include "link/wire_fields.h"

namespace edge::link {
namespace {

void PackInto(const sync::Header& header, const sync::Heartbeat& in, edge::v1::UpMessage& message) {
  edge::v1::Heartbeat& out = *message.mutable_heartbeat();
  out.set_store_id(PackId(in.store_id));
  out.set_boot_id(PackId(in.boot_id));
  out.set_session_id(PackId(in.session_id));
  out.set_sequence(in.sequence);
  out.set_agent_version(CutText(in.agent_version, kMaxVersionText));
  out.set_prune_rule(in.prune_rule);
  if (in.held_cluster_uid == header.cluster_uid) {
    out.set_held_is_header(true);
  } else {
    out.set_held_cluster_uid(PackId(in.held_cluster_uid));
  }
  out.set_epoch(in.epoch);
  out.set_desired_digest(PackHash(in.desired));
  out.set_status_digest(PackHash(in.status));
  out.set_pending_statuses(in.pending_statuses);
  out.set_pending_events(in.pending_events);
  out.set_dropped_events(in.dropped_events);
  out.set_interval_seconds(in.interval_seconds);
  out.set_degraded(CutText(in.degraded));
  out.set_held_unknown_sandboxes(in.held_unknown_sandboxes);
  out.set_unwelcomed(in.unwelcomed);
  out.set_broker_url(CutText(in.broker_url, kMaxBrokerUrl));
}

Result<sync::UpMessage> UnpackHeartbeat(const sync::Header& header, const edge::v1::Heartbeat& in) {
  sync::Heartbeat out;
  EDGE_ASSIGN_OR_RETURN(out.store_id, UnpackId(in.store_id(), "store_id"));
  EDGE_ASSIGN_OR_RETURN(out.boot_id, UnpackId(in.boot_id(), "boot_id"));
  EDGE_ASSIGN_OR_RETURN(out.session_id, UnpackId(in.session_id(), "session_id"));
  EDGE_RETURN_IF_ERROR(CheckSize(in.agent_version().size(), kMaxVersionText, "agent_version"));
  EDGE_RETURN_IF_ERROR(CheckSize(in.degraded().size(), kMaxText, "degraded"));
  EDGE_RETURN_IF_ERROR(UnpackHash(in.desired_digest(), "desired_digest", out.desired));
  EDGE_RETURN_IF_ERROR(UnpackHash(in.status_digest(), "status_digest", out.status));
  EDGE_ASSIGN_OR_RETURN(out.held_cluster_uid, UnpackId(in.held_cluster_uid(), "held_cluster_uid"));
  if (in.held_is_header()) out.held_cluster_uid = header.cluster_uid;
  out.sequence = in.sequence();
  out.agent_version = in.agent_version();
  out.prune_rule = in.prune_rule();
  out.epoch = in.epoch();
  out.pending_statuses = in.pending_statuses();
  out.pending_events = in.pending_events();
  out.dropped_events = in.dropped_events();
  out.interval_seconds = in.interval_seconds();
  out.degraded = in.degraded();
  out.held_unknown_sandboxes = in.held_unknown_sandboxes();
  out.unwelcomed = in.unwelcomed();
  EDGE_RETURN_IF_ERROR(CheckSize(in.broker_url().size(), kMaxBrokerUrl, "broker_url"));
  out.broker_url = in.broker_url();
  return sync::UpMessage(std::move(out));
}

void PackInto(const sync::Header&, const sync::HeartbeatUnchanged& in,
              edge::v1::UpMessage& message) {
  edge::v1::HeartbeatUnchanged& out = *message.mutable_heartbeat_unchanged();
  out.set_session_id(PackId(in.session_id));
  out.set_sequence(in.sequence);
  out.set_whole_ago(in.sequence - in.whole);
}

Result<sync::UpMessage> UnpackUnchanged(const edge::v1::HeartbeatUnchanged& in) {
  if (in.whole_ago() == 0 || in.whole_ago() > in.sequence()) {
    return InvalidArgument("whole_ago " + std::to_string(in.whole_ago()) +
                           " is not within 1 to the sequence " + std::to_string(in.sequence()));
  }
  sync::HeartbeatUnchanged out{{}, in.sequence(), in.sequence() - in.whole_ago()};
  EDGE_ASSIGN_OR_RETURN(out.session_id, UnpackId(in.session_id(), "session_id"));
  return sync::UpMessage(std::move(out));
}

void PackInto(const sync::Header&, const sync::Ack& in, edge::v1::UpMessage& message) {
  edge::v1::Ack& out = *message.mutable_ack();
  for (const sync::Ack::Row& row : in.rows) {
    edge::v1::Ack::Row& packed = *out.add_rows();
    PackEntry(row.entry, *packed.mutable_entry());
    PackOrder(row.order, *packed.mutable_order());
    packed.set_outcome(static_cast<edge::v1::Outcome>(row.outcome));
    packed.set_message(CutText(row.message));
  }
}

Result<sync::UpMessage> UnpackAck(const edge::v1::Ack& in) {
  EDGE_RETURN_IF_ERROR(CheckSize(in.rows_size(), kMaxRows, "the list of acks"));
  sync::Ack out;
  for (const edge::v1::Ack::Row& row : in.rows()) {
    if (!edge::v1::Outcome_IsValid(row.outcome())) {
      return InvalidArgument("ack with unknown outcome " + std::to_string(row.outcome()));
    }
    EDGE_RETURN_IF_ERROR(CheckSize(row.message().size(), kMaxText, "an ack's message"));
    EDGE_ASSIGN_OR_RETURN(sync::Entry entry, UnpackEntry(row.entry()));
    out.rows.push_back({std::move(entry), UnpackOrder(row.order()),
                        static_cast<sync::Outcome>(row.outcome()), row.message()});
  }
  return sync::UpMessage(std::move(out));
}

void PackInto(const sync::Header&, const sync::Inventory& in, edge::v1::UpMessage& message) {
  edge::v1::Inventory& out = *message.mutable_inventory();
  out.set_which(static_cast<edge::v1::Which>(in.which));
  out.set_id(in.id);
  for (const sync::Entry& entry : in.entries) PackEntry(entry, *out.add_entries());
}

Result<sync::UpMessage> UnpackInventory(const edge::v1::Inventory& in) {
  EDGE_RETURN_IF_ERROR(CheckSize(in.entries_size(), kMaxInventory, "the inventory's list"));
  if (!edge::v1::Which_IsValid(in.which())) {
    return InvalidArgument("inventory of unknown kind " + std::to_string(in.which()));
  }
  sync::Inventory out{static_cast<sync::ListRequest::Which>(in.which()), in.id(), {}};
  for (const edge::v1::Entry& packed : in.entries()) {
    EDGE_ASSIGN_OR_RETURN(sync::Entry entry, UnpackEntry(packed));
    out.entries.push_back(std::move(entry));
  }
  return sync::UpMessage(std::move(out));
}

void PackInto(const sync::Header&, const sync::StatusReport& in, edge::v1::UpMessage& message) {
  edge::v1::StatusReport& out = *message.mutable_status_report();
  for (const sync::StatusReport::Row& row : in.rows) {
    edge::v1::StatusReport::Row& packed = *out.add_rows();
    packed.set_sequence(row.sequence);
    PackEntry(row.entry, *packed.mutable_entry());
    packed.set_status(row.bytes);
  }
}

Result<sync::UpMessage> UnpackStatus(const edge::v1::StatusReport& in) {
  EDGE_RETURN_IF_ERROR(CheckSize(in.rows_size(), kMaxRows, "the list of statuses"));
  sync::StatusReport out;
  for (const edge::v1::StatusReport::Row& row : in.rows()) {
    EDGE_ASSIGN_OR_RETURN(sync::Entry entry, UnpackEntry(row.entry()));
    out.rows.push_back({row.sequence(), std::move(entry), row.status()});
  }
  return sync::UpMessage(std::move(out));
}

void PackInto(const sync::Header&, const sync::EventReport& in, edge::v1::UpMessage& message) {
  edge::v1::EventReport& out = *message.mutable_event_report();
  out.set_dropped(in.dropped);
  for (const sync::EventReport::Row& row : in.rows) {
    edge::v1::EventReport::Row& packed = *out.add_rows();
    packed.set_sequence(row.sequence);
    packed.set_event(row.bytes);
  }
}

Result<sync::UpMessage> UnpackEvents(const edge::v1::EventReport& in) {
  EDGE_RETURN_IF_ERROR(CheckSize(in.rows_size(), kMaxRows, "the list of events"));
  sync::EventReport out;
  out.dropped = in.dropped();
  for (const auto& row : in.rows()) out.rows.push_back({row.sequence(), row.event()});
  return sync::UpMessage(std::move(out));
}

void PackInto(const sync::Header&, const sync::Stale& in, edge::v1::UpMessage& message) {
  message.mutable_stale()->set_epoch(in.epoch);
}

constexpr std::size_t kMaxCsr = 8 * 1024;

void PackInto(const sync::Header&, const sync::CertificateRequest& in,
              edge::v1::UpMessage& message) {
  message.mutable_certificate_request()->set_csr_pem(in.csr_pem);
}

void PackInto(const sync::Header&, const sync::TokenRequest& in, edge::v1::UpMessage& message) {
  edge::v1::TokenRequest& out = *message.mutable_token_request();
  PackTokenKey(in.key, out);
  out.set_ns(in.ns);
  out.set_name(in.name);
  out.set_service_account(in.service_account);
}

Result<sync::UpMessage> UnpackTokenRequest(const edge::v1::TokenRequest& in) {
  EDGE_RETURN_IF_ERROR(CheckSize(in.ns().size(), kMaxNamespace, "ns"));
  EDGE_RETURN_IF_ERROR(CheckSize(in.name().size(), kMaxObjectName, "name"));
  EDGE_RETURN_IF_ERROR(CheckSize(in.service_account().size(), kMaxObjectName, "service_account"));
  sync::TokenRequest out{{}, in.ns(), in.name(), in.service_account()};
  EDGE_ASSIGN_OR_RETURN(out.key,
                        UnpackTokenKey(in.pod_uid(), in.audience(), in.expiration_seconds()));
  return sync::UpMessage(std::move(out));
}

}  // namespace

void Pack(const sync::Header& header, const sync::UpMessage& message, edge::v1::UpMessage& out) {
  std::visit([&](const auto& body) { PackInto(header, body, out); }, message);
}

Result<sync::UpMessage> Unpack(const sync::Header& header, const edge::v1::UpMessage& message) {
  using edge::v1::UpMessage;
  switch (message.message_case()) {
    case UpMessage::kHeartbeat: return UnpackHeartbeat(header, message.heartbeat());
    case UpMessage::kAck: return UnpackAck(message.ack());
    case UpMessage::kInventory: return UnpackInventory(message.inventory());
    case UpMessage::kStatusReport: return UnpackStatus(message.status_report());
    case UpMessage::kEventReport: return UnpackEvents(message.event_report());
    case UpMessage::kStale: return sync::UpMessage(sync::Stale{message.stale().epoch()});
    case UpMessage::kCertificateRequest: {
      const std::string& csr = message.certificate_request().csr_pem();
      EDGE_RETURN_IF_ERROR(CheckSize(csr.size(), kMaxCsr, "csr_pem"));
      return sync::UpMessage(sync::CertificateRequest{csr});
    }
    case UpMessage::kHeartbeatUnchanged: return UnpackUnchanged(message.heartbeat_unchanged());
    case UpMessage::kTokenRequest: return UnpackTokenRequest(message.token_request());
    case UpMessage::MESSAGE_NOT_SET: break;
  }
  return Unimplemented("a message of a kind that this version does not know",
                       "upgrade the cloudhub to the agent's version or later");
}

}  // namespace edge::link
