#include <catch2/catch.hpp>

#include "edged/core/event/node_events.h"
#include "edged/core/event/pod_events.h"
#include "tests/unit/edged_core/pod_driver.h"

namespace edge::edged {
namespace {

const WallTime kFirstSeen{std::chrono::hours(12)};

DesiredPod Desired() {
  DesiredPod desired;
  desired.pod = MakePod(PodJson({{"initContainers", {ContainerJson("init")}}}));
  desired.uid = "u1";
  desired.ns = "default";
  desired.name = "app";
  return desired;
}

Action Of(ActionKind kind, const char* container = "app") {
  return {.kind = kind, .container = container, .image = "docker.io/library/img:1"};
}

}  // namespace

TEST_CASE("an event is written as kubelet writes it and repeats are counted", "[edged]") {
  EventRecorder recorder("n1");
  const EventDraft draft = EventsAtBegin(Desired(), Of(ActionKind::kPullImage)).at(0);
  const Json first = recorder.Record(draft, kFirstSeen);
  CHECK(first["involvedObject"] == Json::parse(R"({"apiVersion":"v1","kind":"Pod","name":"app",
      "namespace":"default","uid":"u1","fieldPath":"spec.containers{app}"})"));
  CHECK(first["reason"] == "Pulling");
  CHECK(first["message"] == "Pulling image \"img:1\"");
  CHECK(first["source"] == Json::parse(R"({"component":"kubelet","host":"n1"})"));
  CHECK(first["type"] == "Normal");
  CHECK(first["count"] == 1);
  const std::string name = first["metadata"]["name"];
  CHECK(name.rfind("app.", 0) == 0);
  const Json second = recorder.Record(draft, kFirstSeen + std::chrono::seconds(9));
  CHECK(second["metadata"]["name"] == name);
  CHECK(second["count"] == 2);
  CHECK(second["firstTimestamp"] == "1970-01-01T12:00:00Z");
  CHECK(second["lastTimestamp"] == "1970-01-01T12:00:09Z");
}

TEST_CASE("a recorder forgets the oldest and cuts what is too long", "[edged]") {
  EventRecorder recorder("n1");
  EventDraft draft{{"v1", "Pod", "default", "app", "u1", ""}, true, "Failed", "0"};
  recorder.Record(draft, kFirstSeen);
  for (int i = 1; i <= 300; ++i) {
    draft.message = std::to_string(i);
    recorder.Record(draft, kFirstSeen);
  }
  draft.message = "0";
  CHECK(recorder.Record(draft, kFirstSeen)["count"] == 1);
  draft.message = std::string(5000, 'x');
  CHECK(recorder.Record(draft, kFirstSeen)["message"].get<std::string>().size() == 1024);
}

TEST_CASE("actions and their outcomes are told", "[edged]") {
  struct Row {
    ActionKind kind;
    Status status;
    const char *reason, *message;
  };
  for (const Row& row :
       {Row{ActionKind::kCreateContainer, {}, "Created", "Container created"},
        Row{ActionKind::kStartContainer, {}, "Started", "Container started"},
        Row{ActionKind::kStartContainer, Internal("no such file"), "Failed", "Error: no such file"},
        Row{ActionKind::kRunSandbox, Internal("no network"), "FailedCreatePodSandBox",
            "Failed to create pod sandbox: no network"},
        Row{ActionKind::kPrepareVolumes, Internal("disk full"), "FailedMount", "disk full"},
        Row{ActionKind::kPullImage, NotFound("nope"), "Failed",
            "Failed to pull image \"img:1\": nope"}}) {
    const auto events =
        EventsAtFinish(Desired(), Of(row.kind), {.status = row.status}, std::chrono::seconds(1));
    REQUIRE_FALSE(events.empty());
    CHECK(events[0].reason == row.reason);
    CHECK(events[0].message == row.message);
    CHECK(events[0].warning == !row.status.ok());
  }
  Outcome pulled{.image = ImageInfo{"sha256:1", {}, {}, 77, {}, {}}};
  CHECK(EventsAtFinish(Desired(), Of(ActionKind::kPullImage, "init"), pulled,
                       std::chrono::milliseconds(1250))
            .at(0)
            .message ==
        "Successfully pulled image \"img:1\" in 1.25s (1.25s including waiting). "
        "Image size: 77 bytes.");
  CHECK(EventsAtFinish(Desired(), Of(ActionKind::kCheckImage), pulled, {}).at(0).message ==
        "Container image \"img:1\" already present on machine");
  CHECK(EventsAtFinish(Desired(), Of(ActionKind::kStopContainer), {.status = NotFound("x")}, {})
            .empty());
}

TEST_CASE("a plan tells what it did not tell before", "[edged]") {
  Plan before, after;
  after.waiting["app"] = {"CrashLoopBackOff", "m"};
  after.sandbox_changed = true;
  after.volume_error = "no cm";
  const auto events = EventsOfPlan(Desired(), before, after);
  REQUIRE(events.size() == 3);
  CHECK(events[0].reason == "SandboxChanged");
  CHECK(events[1].reason == "FailedMount");
  CHECK(events[2].reason == "BackOff");
  CHECK(events[2].message == "Back-off restarting failed container app in pod app_default(u1)");
  CHECK(EventsOfPlan(Desired(), after, after).empty());
}

TEST_CASE("of many pods of another agent five are named", "[edged]") {
  CHECK_FALSE(ForeignPodsEvent("n1", {}).has_value());
  const auto event = ForeignPodsEvent("n1", {"a/7", "a/1", "a/2", "a/3", "a/4", "a/5", "a/6"});
  REQUIRE(event.has_value());
  CHECK(event->object == EventObject{"", "Node", "", "n1", "n1", ""});
  CHECK_THAT(event->message, Catch::Contains(": a/1, a/2, a/3, a/4, a/5 and 2 more."));
}

TEST_CASE("a field that is not honoured is an event", "[edged]") {
  DesiredPod desired = Desired();
  CHECK(UnsupportedEvent(desired).empty());
  desired.pod = MakePod(PodJson({{"runtimeClassName", "kata"}}));
  CHECK(UnsupportedEvent(desired).at(0).message ==
        "this node does not honour: spec.runtimeClassName");
}

TEST_CASE("a pod that asks for the DNS of a cluster is told when there is none", "[edged]") {
  NodeContext node;
  DesiredPod desired = Desired();
  const EventDraft event = DnsEvent(desired, node).at(0);
  CHECK(event.warning);
  CHECK(event.reason == "MissingClusterDNS");
  CHECK(event.message.find("instead of dnsPolicy ClusterFirst the pod gets the node's own") !=
        std::string::npos);
  desired.pod = MakePod(PodJson({{"hostNetwork", true}}));
  CHECK(DnsEvent(desired, node).empty());
  desired.pod = MakePod(PodJson({{"dnsPolicy", "Default"}}));
  CHECK(DnsEvent(desired, node).empty());
  desired.pod = MakePod(PodJson({{"dnsPolicy", "ClusterFirstWithHostNet"}}));
  CHECK(DnsEvent(desired, node).size() == 1);
  node.cluster_dns = {"10.0.0.10"};
  CHECK(DnsEvent(desired, node).empty());
}

}  // namespace edge::edged
