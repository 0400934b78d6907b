#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/status.h"
#include "sync/messages.h"

namespace edge::link {

/// The classes of traffic: none waits for another (design.md 8). Their names are in topics, which
/// terminals in the field carry for years.
enum class Class : std::uint8_t {
  kHeartbeat,  ///< up: whole and short ones
  kAck,        ///< up: Ack; down: StatusAck, EventAck
  kStatus,     ///< up
  kEvent,      ///< up
  kControl,    ///< both: Inventory, Stale, the requests of both ends, replies, Welcome
  kDesired,    ///< down
};
inline constexpr std::size_t kClassCount = 6;

enum class Direction : std::uint8_t { kUp, kDown };

std::string_view ClassName(Class traffic_class);
Class ClassOf(const sync::UpMessage& message);
Class ClassOf(const sync::DownMessage& message);

/// The certificate name (CN), MQTT user name and client id of a node: "system:node:<node>".
std::string NodeCertificateName(std::string_view node);
/// What every client gives as its MQTT client id begins with it. Our broker's configuration demands
/// it, and then puts the certificate's name in its place on the listeners that ask for one: so a
/// client without a certificate cannot take over the session of a client that has one.
inline constexpr std::string_view kClientIdPrefix = "edge-";

/// First byte of SHA-256(node name), two lower-case hexadecimal digits.
std::string BucketOf(std::string_view node);

/// "e1/<cluster name>/<bucket>/system:node:<node>/<up|dn>/<class>".
std::string NodeTopic(std::string_view cluster_name, std::string_view node, Direction direction,
                      Class traffic_class);
/// The filters "…/dn/#" of one node and "…/+/+/up/<class>" of all, or "…/+/+/up/#".
std::string NodeDownFilter(std::string_view cluster_name, std::string_view node);
std::string HubUpFilter(std::string_view cluster_name, Class traffic_class);

struct ParsedTopic {
  std::string cluster_name;
  std::string node;
  Direction direction = Direction::kUp;
  Class traffic_class = Class::kControl;
};

/// Reads what NodeTopic writes. Errors: kInvalidArgument when it is anything else: another form, a
/// bucket that is not the node's, a class that does not go in that direction.
Result<ParsedTopic> ParseTopic(std::string_view topic);

/// "e1-enrol/<client id>/<up|dn>".
std::string EnrolTopic(std::string_view client_id, Direction direction);
/// The client id in an enrolment topic of that direction; kInvalidArgument when it is none.
Result<std::string> ParseEnrolTopic(std::string_view topic, Direction direction);

/// Where a hub tests its own link: "e1/<cluster name>/hub/<hub id>".
std::string HubSelfTopic(std::string_view cluster_name, std::string_view hub_id);

}  // namespace edge::link
