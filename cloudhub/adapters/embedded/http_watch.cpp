#include "cloudhub/adapters/embedded/http_watch.h"

#include "cloudhub/adapters/embedded/status_answer.h"

namespace edge::cloudhub::embedded {

HttpWatch::HttpWatch(WatchHub& hub, const ObjectStore& store, Executor& executor,
                     WatchOptions options, ResponderPtr responder)
    : hub_(hub),
      store_(store),
      executor_(executor),
      options_(std::move(options)),
      responder_(std::move(responder)) {}

HttpWatch::~HttpWatch() { End(); }

void HttpWatch::Start() {
  responder_->StartStream({});
  // One chunk for all that is there already: the limit on what a client leaves unread is for what
  // comes later.
  gathering_ = true;
  if (options_.send_initial) SendInitial();
  const std::int64_t from = options_.send_initial ? store_.revision() : options_.revision;
  auto subscribed = hub_.Subscribe(options_.selection, from,
                                   [this](const SelectedEvent& event) { return Send(event); });
  if (options_.mark_initial_end) SendBookmark(true);
  gathering_ = false;
  if (!initial_.empty()) responder_->Write(std::exchange(initial_, {}));
  if (!subscribed.ok()) return SendError(ExpiredAnswer(subscribed.status().message()));
  subscription_ = std::move(*subscribed);
  timeout_ = executor_.After(options_.timeout, [this] { End(); });
  if (options_.bookmarks) ScheduleBookmark();
}

void HttpWatch::SendInitial() {
  const Selection& selection = options_.selection;
  for (const auto& [key, stored] :
       store_.List(QualifiedResource(*selection.resource), selection.ns, {}, 0)) {
    if (!selection.Covers(key)) continue;
    if (!selection.selects_all() && !selection.Matches(Decode(*selection.resource, *stored))) {
      continue;
    }
    Send({"ADDED", stored->revision, stored});
  }
}

std::string HttpWatch::EncodeObject(const StoredObject& object) {
  const kube::ResourceInfo& resource = *options_.selection.resource;
  if (options_.format.form == ObjectFormat::Form::kPlain) {
    return EncodeWithKind(resource, object);
  }
  const Json decoded = Decode(resource, object);
  if (options_.format.form == ObjectFormat::Form::kPartialMetadata) {
    return DumpJson(PartialMetadata(decoded));
  }
  Json table =
      MakeTable(resource, {&decoded, 1}, {options_.format.version, options_.include_object},
                executor_.clock().Wall());
  table["metadata"]["resourceVersion"] = std::to_string(object.revision);
  if (std::exchange(columns_sent_, true)) table["columnDefinitions"] = nullptr;
  return DumpJson(table);
}

bool HttpWatch::Send(const SelectedEvent& event) {
  if (ended()) return false;
  std::string line = R"({"type":")" + std::string(event.type) + R"(","object":)" +
                     EncodeObject(*event.object) + "}\n";
  if (gathering_) {
    initial_ += line;
    return true;
  }
  if (responder_->Write(line)) return true;
  ended_ = true;
  return false;
}

void HttpWatch::SendBookmark(bool initial_end) {
  const kube::ResourceInfo& resource = *options_.selection.resource;
  Json object = {{"kind", resource.kind},
                 {"apiVersion", ApiVersion(resource)},
                 {"metadata", {{"resourceVersion", std::to_string(store_.revision())}}}};
  if (initial_end) {
    object["metadata"]["annotations"] = {{"k8s.io/initial-events-end", "true"}};
  }
  if (options_.format.form == ObjectFormat::Form::kTable) {
    const Json metadata = object["metadata"];
    object = MakeTable(resource, {&object, 1}, {options_.format.version, options_.include_object},
                       executor_.clock().Wall());
    object["metadata"]["resourceVersion"] = metadata["resourceVersion"];
    if (std::exchange(columns_sent_, true)) object["columnDefinitions"] = nullptr;
  }
  const std::string line = DumpJson({{"type", "BOOKMARK"}, {"object", std::move(object)}}) + "\n";
  if (gathering_) {
    initial_ += line;
  } else if (!responder_->Write(line)) {
    ended_ = true;
  }
}

void HttpWatch::ScheduleBookmark() {
  bookmark_ = executor_.After(kBookmarkPeriod, [this] {
    if (ended()) return;
    SendBookmark(false);
    ScheduleBookmark();
  });
}

void HttpWatch::SendError(const Answer& answer) {
  responder_->Write(DumpJson({{"type", "ERROR"}, {"object", answer.body}}) + "\n");
  End();
}

void HttpWatch::End() {
  if (std::exchange(ended_, true)) return;
  subscription_.reset();
  responder_->EndStream();
}

}  // namespace edge::cloudhub::embedded
