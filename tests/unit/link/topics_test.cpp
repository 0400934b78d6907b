#include "link/topics.h"

#include <catch2/catch.hpp>
#include <vector>

namespace edge::link {

TEST_CASE("a node's topic names cluster and bucket and certificate and class", "[link]") {
  const std::string topic =
      NodeTopic("retail-edge", "store-terminal-nyc-001", Direction::kUp, Class::kStatus);
  CHECK(topic == "e1/retail-edge/" + BucketOf("store-terminal-nyc-001") +
                     "/system:node:store-terminal-nyc-001/up/status");
  CHECK(BucketOf("abc") == "ba");
}

TEST_CASE("every topic that is written is read back", "[link]") {
  for (const Class c :
       {Class::kHeartbeat, Class::kAck, Class::kStatus, Class::kEvent, Class::kControl}) {
    const auto up = ParseTopic(NodeTopic("c", "till-1", Direction::kUp, c));
    REQUIRE(up.ok());
    CHECK(up->node == "till-1");
    CHECK(up->cluster_name == "c");
    CHECK(up->traffic_class == c);
    CHECK(up->direction == Direction::kUp);
  }
  CHECK(ParseTopic(NodeTopic("c", "till-1", Direction::kDown, Class::kDesired)).ok());
}

TEST_CASE("a topic of another form is refused by name", "[link]") {
  const std::string good = NodeTopic("c", "till-1", Direction::kUp, Class::kStatus);
  const std::string bucket = BucketOf("till-1");
  for (const std::string& bad : std::vector<std::string>{
           "", "e1", good + "/x", "e2" + good.substr(2),
           std::string("e1/c/zz/system:node:till-1/up/status"),
           "e1/c/" + bucket + "/till-1/up/status",
           "e1/c/" + bucket + "/system:node:till-1/sideways/status",
           "e1/c/" + bucket + "/system:node:till-1/up/desired",
           "e1/c/" + bucket + "/system:node:till-1/dn/heartbeat",
           "e1/c/" + bucket + "/system:node:till-1/up/gossip", "e1/C/" + bucket + "/x/up/status",
           "e1//" + bucket + "/system:node:till-1/up/status", std::string(300, '/')}) {
    INFO(bad);
    CHECK(ParseTopic(bad).status().code() == Code::kInvalidArgument);
  }
}

TEST_CASE("enrolment topics carry the client id", "[link]") {
  CHECK(EnrolTopic("edge-abc", Direction::kUp) == "e1-enrol/edge-abc/up");
  CHECK(ParseEnrolTopic("e1-enrol/edge-abc/up", Direction::kUp).value() == "edge-abc");
  CHECK_FALSE(ParseEnrolTopic("e1-enrol/edge-abc/dn", Direction::kUp).ok());
  CHECK_FALSE(ParseEnrolTopic("e1-enrol//up", Direction::kUp).ok());
  CHECK_FALSE(ParseEnrolTopic("e1-enrol/a/b/up", Direction::kUp).ok());
}

TEST_CASE("each message has its class of traffic", "[link]") {
  CHECK(ClassOf(sync::UpMessage(sync::Heartbeat{})) == Class::kHeartbeat);
  CHECK(ClassOf(sync::UpMessage(sync::Ack{})) == Class::kAck);
  CHECK(ClassOf(sync::UpMessage(sync::StatusReport{})) == Class::kStatus);
  CHECK(ClassOf(sync::UpMessage(sync::EventReport{})) == Class::kEvent);
  CHECK(ClassOf(sync::UpMessage(sync::Inventory{})) == Class::kControl);
  CHECK(ClassOf(sync::DownMessage(sync::Put{})) == Class::kDesired);
  CHECK(ClassOf(sync::DownMessage(sync::Remove{})) == Class::kDesired);
  CHECK(ClassOf(sync::DownMessage(sync::StatusAck{})) == Class::kAck);
  CHECK(ClassOf(sync::DownMessage(sync::Welcome{})) == Class::kControl);
  CHECK(ClassOf(sync::UpMessage(sync::HeartbeatUnchanged{})) == Class::kHeartbeat);
  CHECK(ClassOf(sync::DownMessage(sync::HeartbeatRequest{})) == Class::kControl);
}

}  // namespace edge::link
