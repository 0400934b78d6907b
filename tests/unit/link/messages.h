#pragma once

#include <string>
#include <vector>

#include "common/clock.h"
#include "sync/messages.h"

namespace edge::link::testing {

inline constexpr char kUuidA[] = "0b2c6a50-1f0e-4c58-9a43-7d1f6f0e2a11";
inline constexpr char kUuidB[] = "5f8d7c1e-93ab-4d0f-8a66-0c9be1d2f3a4";

inline const BootTime kNow{std::chrono::hours(1)};

inline sync::Version MakeVersion(std::uint8_t seed) {
  sync::Version version{};
  for (std::size_t i = 0; i < version.size(); ++i) version[i] = static_cast<std::uint8_t>(seed + i);
  return version;
}

inline sync::Entry MakeEntry(const std::string& name, const std::string& uid = kUuidA) {
  return {{sync::Kind::kPod, "shop", name}, uid, MakeVersion(7)};
}

inline sync::DownMessage MakePut(const std::string& name, std::string json) {
  sync::Put put;
  put.object = {MakeEntry(name), std::make_shared<const std::string>(std::move(json))};
  put.prune_rule = 3;
  put.order = {4, 9};
  return put;
}

/// One of each kind, with every field set, as the first recorded packets have them.
inline std::vector<sync::UpMessage> AllUp() {
  sync::Heartbeat beat;
  beat.store_id = kUuidA;
  beat.boot_id = kUuidB;
  beat.session_id = "sixteen-letters.";
  beat.sequence = 12;
  beat.agent_version = "0.1.0";
  beat.prune_rule = 1;
  beat.held_cluster_uid = kUuidB;
  beat.epoch = 5;
  beat.desired = MakeVersion(1);
  beat.status = MakeVersion(2);
  beat.pending_statuses = 3;
  beat.pending_events = 4;
  beat.dropped_events = 5;
  beat.interval_seconds = 20;
  beat.degraded = "disk full: /var/lib/edged";
  beat.held_unknown_sandboxes = 1;
  return {
      beat,
      sync::Ack{{{MakeEntry("till"), {1, 2}, sync::Outcome::kInvalid, "no such field"}}},
      sync::Inventory{sync::ListRequest::Which::kStatus, 77, {MakeEntry("till")}},
      sync::StatusReport{{{8, MakeEntry("till", "static-1"), R"({"status":{}})"}}},
      sync::EventReport{{{9, R"({"reason":"Pulled"})"}}, 2},
      sync::Stale{6},
      sync::CertificateRequest{"-----BEGIN CERTIFICATE REQUEST-----"},
  };
}

inline std::vector<sync::DownMessage> AllDown() {
  return {
      MakePut("till", R"({"kind":"Pod"})"),
      sync::Remove{MakeEntry("till"), {1, 2}, sync::Evidence::kGetOtherUid},
      sync::ListRequest{sync::ListRequest::Which::kStatus, 5, 6},
      sync::StatusRequest{{kUuidA, "static-1"}},
      sync::StatusAck{{{kUuidA, 4, "gone"}, {"static-1", 5, ""}}},
      sync::EventAck{11},
      sync::Welcome{7, "retail-edge", "0.1.0", 30, kUuidB},
      sync::CertificateReply{"-----BEGIN CERTIFICATE-----", "revoked"},
  };
}

/// What came later: messages, and those with new fields.
inline std::vector<sync::UpMessage> LaterUp() {
  sync::Heartbeat beat = std::get<sync::Heartbeat>(AllUp()[0]);
  beat.unwelcomed = true;
  return {beat, sync::HeartbeatUnchanged{kUuidA, 30, 17}};
}

inline std::vector<sync::DownMessage> LaterDown() {
  return {sync::Welcome{7, "retail-edge", "0.1.0", 30, kUuidB, true},
          sync::HeartbeatRequest{kUuidA, 30}};
}

/// The messages about tokens, which came after those.
inline std::vector<sync::UpMessage> TokenUp() {
  return {sync::TokenRequest{{kUuidA, "vault", 7200}, "shop", "till", "cashier"},
          sync::TokenRequest{{"static-1", "", 3607}, "shop", "till", "default"}};
}

inline std::vector<sync::DownMessage> TokenDown() {
  return {
      sync::TokenReply{{kUuidA, "vault", 7200}, "header.claims.signature", 7100, 1893456000, ""},
      sync::TokenReply{{kUuidA, "", 3607}, "", 0, 0, "serviceaccounts \"cashier\" not found"}};
}

/// Text for a test's failure message and for comparison: every field of a message.
std::string Describe(const sync::UpMessage& message);
std::string Describe(const sync::DownMessage& message);

}  // namespace edge::link::testing
