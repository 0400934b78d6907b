#include "link/topics.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/bytes.h"
#include "common/log.h"

namespace edge::link {
namespace {

constexpr std::string_view kRoot = "e1";
constexpr std::string_view kEnrolRoot = "e1-enrol";
constexpr std::string_view kNodePrefix = "system:node:";
constexpr std::size_t kMaxTopic = 256;
constexpr std::size_t kMaxName = 63;

constexpr std::array<std::string_view, kClassCount> kNames = {"heartbeat", "ack",     "status",
                                                              "event",     "control", "desired"};

std::string_view DirectionName(Direction direction) {
  return direction == Direction::kUp ? "up" : "dn";
}

bool GoesIn(Direction direction, Class traffic_class) {
  if (traffic_class == Class::kAck || traffic_class == Class::kControl) return true;
  return (traffic_class == Class::kDesired) == (direction == Direction::kDown);
}

std::vector<std::string_view> Levels(std::string_view topic) {
  std::vector<std::string_view> levels;
  while (true) {
    const auto slash = topic.find('/');
    levels.push_back(topic.substr(0, slash));
    if (slash == std::string_view::npos) return levels;
    topic.remove_prefix(slash + 1);
  }
}

/// DNS-1123 as names of nodes and clusters are: nothing that means something in a topic.
bool IsName(std::string_view text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= kMaxName && std::all_of(text.begin(), text.end(), good);
}

Status BadTopic(std::string_view topic, std::string_view why) {
  return InvalidArgument("topic " + Quote(topic.substr(0, kMaxTopic)) + ": " + std::string(why));
}

std::string Base(std::string_view cluster_name, std::string_view node) {
  return std::string(kRoot) + "/" + std::string(cluster_name) + "/" + BucketOf(node) + "/" +
         NodeCertificateName(node) + "/";
}

}  // namespace

std::string_view ClassName(Class traffic_class) {
  return kNames.at(static_cast<std::size_t>(traffic_class));
}

Class ClassOf(const sync::UpMessage& message) {
  // In the order of the variant.
  constexpr std::array kClasses = {Class::kHeartbeat, Class::kAck,       Class::kControl,
                                   Class::kStatus,    Class::kEvent,     Class::kControl,
                                   Class::kControl,   Class::kHeartbeat, Class::kControl};
  static_assert(kClasses.size() == std::variant_size_v<sync::UpMessage>);
  return kClasses.at(message.index());
}

Class ClassOf(const sync::DownMessage& message) {
  constexpr std::array kClasses = {
      Class::kDesired, Class::kDesired, Class::kControl, Class::kControl, Class::kAck,
      Class::kAck,     Class::kControl, Class::kControl, Class::kControl, Class::kControl};
  static_assert(kClasses.size() == std::variant_size_v<sync::DownMessage>);
  return kClasses.at(message.index());
}

std::string NodeCertificateName(std::string_view node) {
  return std::string(kNodePrefix) + std::string(node);
}

std::string BucketOf(std::string_view node) {
  return HexEncode(AsBytes(Sha256(node)).substr(0, 1));
}

std::string NodeTopic(std::string_view cluster_name, std::string_view node, Direction direction,
                      Class traffic_class) {
  return Base(cluster_name, node) + std::string(DirectionName(direction)) + "/" +
         std::string(ClassName(traffic_class));
}

std::string NodeDownFilter(std::string_view cluster_name, std::string_view node) {
  return Base(cluster_name, node) + "dn/#";
}

std::string HubUpFilter(std::string_view cluster_name, Class traffic_class) {
  return std::string(kRoot) + "/" + std::string(cluster_name) + "/+/+/up/" +
         std::string(ClassName(traffic_class));
}

Result<ParsedTopic> ParseTopic(std::string_view topic) {
  if (topic.size() > kMaxTopic) return BadTopic(topic, "longer than 256 bytes");
  const std::vector<std::string_view> levels = Levels(topic);
  if (levels.size() != 6 || levels[0] != kRoot) return BadTopic(topic, "not of the link's form");
  if (!IsName(levels[1])) return BadTopic(topic, "no valid cluster name");
  if (!levels[3].starts_with(kNodePrefix)) return BadTopic(topic, "no node's certificate name");
  const std::string_view node = levels[3].substr(kNodePrefix.size());
  if (!IsName(node)) return BadTopic(topic, "no valid node name");
  if (levels[2] != BucketOf(node)) return BadTopic(topic, "the bucket is not the node's");
  if (levels[4] != "up" && levels[4] != "dn") return BadTopic(topic, "neither up nor dn");
  const Direction direction = levels[4] == "up" ? Direction::kUp : Direction::kDown;
  const auto found = std::find(kNames.begin(), kNames.end(), levels[5]);
  if (found == kNames.end()) return BadTopic(topic, "unknown class of traffic");
  const auto traffic_class = static_cast<Class>(found - kNames.begin());
  if (!GoesIn(direction, traffic_class)) {
    return BadTopic(topic, "that class does not go in this direction");
  }
  return ParsedTopic{std::string(levels[1]), std::string(node), direction, traffic_class};
}

std::string EnrolTopic(std::string_view client_id, Direction direction) {
  return std::string(kEnrolRoot) + "/" + std::string(client_id) + "/" +
         std::string(DirectionName(direction));
}

Result<std::string> ParseEnrolTopic(std::string_view topic, Direction direction) {
  if (topic.size() > kMaxTopic) return BadTopic(topic, "longer than 256 bytes");
  const std::vector<std::string_view> levels = Levels(topic);
  if (levels.size() != 3 || levels[0] != kEnrolRoot || levels[2] != DirectionName(direction) ||
      levels[1].empty()) {
    return BadTopic(topic, "not of enrolment's form");
  }
  return std::string(levels[1]);
}

std::string HubSelfTopic(std::string_view cluster_name, std::string_view hub_id) {
  return std::string(kRoot) + "/" + std::string(cluster_name) + "/hub/" + std::string(hub_id);
}

}  // namespace edge::link
