#include "cloudhub/core/status/refusal_event.h"

#include "cloudhub/core/resources.h"
#include "common/bytes.h"
#include "common/log.h"

namespace edge::cloudhub {
namespace {

constexpr const char* kNamespace = "default";  // of Events about what has no namespace
constexpr std::size_t kMostMessage = 1024;     // the API server's limit

Json EventOf(const Json& edge_node, const std::string& reason, const Status& why, WallTime now) {
  const std::string name = FindString(edge_node, {"metadata", "name"});
  const std::string uid = FindString(edge_node, {"metadata", "uid"});
  const std::string message =
      why.message() + (why.next_step().empty() ? "" : ". Next: " + why.next_step());
  const std::string key = HexEncode(AsBytes(Sha256(uid + message))).substr(0, 16);
  return {{"apiVersion", "v1"},
          {"kind", "Event"},
          {"metadata", {{"name", name + "." + key}, {"namespace", kNamespace}}},
          {"involvedObject",
           {{"apiVersion", kEdgeNodes.group + "/" + kEdgeNodes.version},
            {"kind", "EdgeNode"},
            {"name", name},
            {"uid", uid}}},
          {"reason", reason},
          {"message", message.substr(0, kMostMessage)},
          {"source", {{"component", "cloudhub"}}},
          {"reportingComponent", "cloudhub"},
          {"reportingInstance", "cloudhub"},
          {"firstTimestamp", FormatTime(now)},
          {"lastTimestamp", FormatTime(now)},
          {"count", 1},
          {"type", "Warning"}};
}

void Log(const Status& written) {
  if (!written.ok()) LogWarning("event not written", {{"WHY", written.ToString()}});
}

void Repeat(KubeApi& api, const std::string& name, WallTime now) {
  api.Get({}, kEvents, kNamespace, name, [&api, name, now](const Result<Json>& held) {
    if (!held.ok()) return Log(held.status());
    const Json patch = {{"count", FindInt(*held, {"count"}) + 1},
                        {"lastTimestamp", FormatTime(now)}};
    api.Patch({}, kEvents, kNamespace, name, "", PatchType::kMerge, patch,
              [](const Result<Json>& written) { Log(written.status()); });
  });
}

}  // namespace

void WriteRefusalEvent(KubeApi& api, const Json& edge_node, const std::string& reason,
                       const Status& why, WallTime now) {
  const Json event = EventOf(edge_node, reason, why, now);
  const std::string name = FindString(event, {"metadata", "name"});
  api.Create({}, kEvents, event, [&api, name, now](const Result<Json>& created) {
    if (created.status().code() == Code::kAlreadyExists) return Repeat(api, name, now);
    Log(created.status());
  });
}

}  // namespace edge::cloudhub
