#include "edged/core/event/event.h"

#include <algorithm>

#include "common/bytes.h"

namespace edge::edged {
namespace {

constexpr std::size_t kMostKnown = 256;
constexpr std::size_t kMostMessage = 1024;  // the API server's limit for a note

std::string KeyOf(const EventDraft& draft) {
  const EventObject& object = draft.object;
  const Json key = {object.kind,       object.ns,     object.name,  object.uid,
                    object.field_path, draft.warning, draft.reason, draft.message};
  return HexEncode(AsBytes(Sha256(DumpJson(key))));
}

Json Reference(const EventObject& object) {
  Json reference = {{"kind", object.kind}, {"name", object.name}, {"uid", object.uid}};
  if (!object.api_version.empty()) reference["apiVersion"] = object.api_version;
  if (!object.ns.empty()) reference["namespace"] = object.ns;
  if (!object.field_path.empty()) reference["fieldPath"] = object.field_path;
  return reference;
}

// "<object>.<hex>": the key makes it ours, the time makes it new.
std::string NameOf(const EventDraft& draft, const std::string& key, WallTime now) {
  const std::string stamp = key + std::to_string(now.time_since_epoch().count());
  return draft.object.name.substr(0, 230) + "." + HexEncode(AsBytes(Sha256(stamp))).substr(0, 16);
}

std::string Cut(std::string text) {
  if (text.size() <= kMostMessage) return text;
  text.resize(kMostMessage - 3);
  // Not in the middle of a character.
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
  if (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80) != 0) text.pop_back();
  return text + "...";
}

}  // namespace

Json EventRecorder::Record(const EventDraft& draft, WallTime now) {
  const std::string key = KeyOf(draft);
  Known& known = known_[key];
  if (known.count == 0) {
    known.name = NameOf(draft, key, now);
    known.first = now;
  }
  ++known.count;
  known.used = ++clock_;
  const std::string ns = draft.object.ns.empty() ? "default" : draft.object.ns;
  Json event = {{"apiVersion", "v1"},
                {"kind", "Event"},
                {"metadata", {{"name", known.name}, {"namespace", ns}}},
                {"involvedObject", Reference(draft.object)},
                {"reason", draft.reason},
                {"message", Cut(draft.message)},
                {"source", {{"component", "kubelet"}, {"host", node_}}},
                {"reportingComponent", "kubelet"},
                {"reportingInstance", node_},
                {"firstTimestamp", FormatTime(known.first)},
                {"lastTimestamp", FormatTime(now)},
                {"count", known.count},
                {"type", draft.warning ? "Warning" : "Normal"}};
  DropOldest();
  return event;
}

void EventRecorder::DropOldest() {
  if (known_.size() <= kMostKnown) return;
  known_.erase(std::min_element(known_.begin(), known_.end(), [](const auto& a, const auto& b) {
    return a.second.used < b.second.used;
  }));
}

}  // namespace edge::edged
