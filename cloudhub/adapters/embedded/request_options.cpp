#include "cloudhub/adapters/embedded/request_options.h"

#include <algorithm>
#include <charconv>

#include "cloudhub/adapters/embedded/list.h"
#include "cloudhub/adapters/embedded/protobuf_body.h"
#include "cloudhub/adapters/embedded/status_answer.h"
#include "kube/decode.h"

namespace edge::cloudhub::embedded {
namespace {

std::int64_t NumberOr(const std::string& text, std::int64_t fallback) {
  std::int64_t number = fallback;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end ? number : fallback;
}

/// The namespace and the rest of a path behind its group and version.
std::span<const std::string> TakeNamespace(std::span<const std::string> rest, Target& target) {
  // /namespaces/x, and its status and finalize, are about the namespace itself.
  const bool itself =
      rest.size() < 3 || (rest.size() == 3 && (rest[2] == "status" || rest[2] == "finalize"));
  if (rest.front() != "namespaces" || itself) return rest;
  target.ns = rest[1];
  return rest.subspan(2);
}

std::optional<Answer> ReadBody(const ApiRequest& request, Json& body) {
  const bool protobuf = ParseMediaType(request.content_type).type == kProtobufMedia;
  Result<Json> parsed = protobuf ? ReadProtobufBody(request.body) : ParseJson(request.body);
  if (parsed.ok()) {
    body = std::move(*parsed);
    return std::nullopt;
  }
  if (parsed.status().code() == Code::kUnimplemented) {
    return MakeStatus(415, "UnsupportedMediaType", parsed.status().message());
  }
  return BadRequestAnswer(parsed.status().message());
}

std::optional<Answer> ReadDryRun(const std::string& kind, const std::string& value, bool& dry_run) {
  if (value.empty()) return std::nullopt;
  dry_run = true;
  if (value == "All") return std::nullopt;
  return InvalidOptionsAnswer(kind, {kube::NotSupported("dryRun", Json::array({value}), {"All"})});
}

std::optional<Answer> ReadValidation(const std::string& kind, const std::string& value,
                                     FieldValidation& validation) {
  if (value == "Strict") {
    validation = FieldValidation::kStrict;
  } else if (value == "Ignore") {
    validation = FieldValidation::kIgnore;
  } else if (!value.empty() && value != "Warn") {
    return InvalidOptionsAnswer(
        kind, {kube::NotSupported("fieldValidation", value, {"", "Ignore", "Strict", "Warn"})});
  }
  return std::nullopt;
}

/// What a write's options are called: kubectl shows it.
std::string OptionsKind(const std::string& method) {
  if (method == "POST") return "CreateOptions";
  return method == "PUT" ? "UpdateOptions" : "PatchOptions";
}

std::optional<Answer> ReadPolicy(const ApiRequest& request, const Json& body,
                                 DeleteOptions& options) {
  const std::string policy =
      FindString(body, {"propagationPolicy"}, Query(request.query, "propagationPolicy"));
  const bool old_form = Find(body, {"orphanDependents"}) != nullptr ||
                        !Query(request.query, "orphanDependents").empty();
  if (!policy.empty() && old_form) {
    return InvalidOptionsAnswer(
        "DeleteOptions",
        {kube::Invalid("propagationPolicy", policy,
                       "orphanDependents and deletionPropagation cannot be both set")});
  }
  if (!policy.empty() && policy != "Foreground" && policy != "Background" && policy != "Orphan") {
    return InvalidOptionsAnswer(
        "DeleteOptions", {kube::NotSupported("propagationPolicy", policy,
                                             {"Foreground", "Background", "Orphan", "nil"})});
  }
  options.orphan = policy == "Orphan" || FindBool(body, {"orphanDependents"}) ||
                   IsTrue(request.query, "orphanDependents");
  return std::nullopt;
}

}  // namespace

std::string Query(const std::map<std::string, std::string>& query, const std::string& key) {
  const auto it = query.find(key);
  return it == query.end() ? std::string() : it->second;
}

bool IsTrue(const std::map<std::string, std::string>& query, const std::string& key) {
  const std::string value = Query(query, key);
  return value == "true" || value == "1";
}

bool HasVerb(const kube::ResourceInfo& resource, std::string_view verb) {
  return std::find(resource.verbs.begin(), resource.verbs.end(), verb) != resource.verbs.end();
}

std::string IncludeObject(const std::map<std::string, std::string>& query) {
  const std::string value = Query(query, "includeObject");
  return value.empty() ? "Metadata" : value;
}

Resolution ResolveTarget(const std::vector<std::string>& segments, Target& target) {
  const std::span<const std::string> all(segments);
  const bool core = !all.empty() && all[0] == "api";
  const std::size_t prefix = core ? 2 : 3;
  if ((!core && (all.empty() || all[0] != "apis")) || all.size() <= prefix) {
    return Resolution::kNoResource;
  }
  const std::string group = core ? "" : all[1];
  // They are no kinds that are stored: ApiServer answers them by itself.
  if (group == "authorization.k8s.io" || group == "authentication.k8s.io" ||
      group == "apiextensions.k8s.io") {
    return Resolution::kNoResource;
  }
  const auto rest = TakeNamespace(all.subspan(prefix), target);
  // The old way to bind: POST to bindings, the pod's name in the body.
  const bool bindings = core && rest.size() == 1 && rest[0] == "bindings" && !target.ns.empty();
  target.resource =
      kube::FindResource(group, all[prefix - 1], bindings ? "pods" : std::string_view(rest[0]));
  if (target.resource == nullptr || rest.size() > 3) return Resolution::kUnknownResource;
  if (bindings) target.subresource = "binding";
  if (rest.size() > 1) target.name = rest[1];
  if (rest.size() > 2) target.subresource = rest[2];
  const bool known_sub =
      target.subresource.empty() || target.resource->FindSubresource(target.subresource) != nullptr;
  const bool placed =
      target.resource->namespaced ? target.name.empty() || !target.ns.empty() : target.ns.empty();
  return known_sub && placed ? Resolution::kResource : Resolution::kUnknownResource;
}

std::optional<Answer> ReadWrite(const ApiRequest& request, WriteOptions& options, Json& body) {
  if (request.method != "PATCH") {
    const std::string media = ParseMediaType(request.content_type).type;
    if (!media.empty() && media != "application/json" && media != kProtobufMedia) {
      return UnsupportedMediaAnswer("application/json, application/vnd.kubernetes.protobuf");
    }
  }
  const std::string kind = OptionsKind(request.method);
  if (auto refusal = ReadDryRun(kind, Query(request.query, "dryRun"), options.dry_run)) {
    return refusal;
  }
  if (auto refusal =
          ReadValidation(kind, Query(request.query, "fieldValidation"), options.validation)) {
    return refusal;
  }
  if (auto refusal = ReadBody(request, body)) return refusal;
  const bool protobuf = ParseMediaType(request.content_type).type == kProtobufMedia;
  if (!protobuf && options.validation != FieldValidation::kIgnore) {
    options.duplicates = kube::DuplicateFields(request.body);
  }
  return std::nullopt;
}

std::optional<Answer> ReadDelete(const ApiRequest& request, DeleteOptions& options) {
  Json body = Json::object();
  if (!request.body.empty()) {
    if (auto refusal = ReadBody(request, body)) return refusal;
    const std::string kind = FindString(body, {"kind"}, "DeleteOptions");
    if (kind != "DeleteOptions") {
      return BadRequestAnswer("the body of a deletion is a DeleteOptions, not a " + kind);
    }
  }
  std::string dry_run = Query(request.query, "dryRun");
  if (const Json* all = Find(body, {"dryRun"});
      all != nullptr && all->is_array() && !all->empty()) {
    dry_run = all->front().is_string() ? all->front().get<std::string>() : "?";
  }
  if (auto refusal = ReadDryRun("DeleteOptions", dry_run, options.dry_run)) return refusal;
  const std::string grace = Query(request.query, "gracePeriodSeconds");
  if (!grace.empty()) options.grace_seconds = NumberOr(grace, 0);
  if (const Json* seconds = Find(body, {"gracePeriodSeconds"});
      seconds != nullptr && seconds->is_number_integer()) {
    options.grace_seconds = seconds->get<std::int64_t>();
  }
  if (auto refusal = ReadPolicy(request, body, options)) return refusal;
  options.uid = FindString(body, {"preconditions", "uid"});
  options.resource_version = FindString(body, {"preconditions", "resourceVersion"});
  return std::nullopt;
}

std::optional<Answer> CheckListOptions(const std::map<std::string, std::string>& query,
                                       bool watch) {
  kube::FieldErrors errors;
  const std::string match = Query(query, "resourceVersionMatch");
  const bool initial = !Query(query, "sendInitialEvents").empty();
  const auto forbid = [&](const std::string& why) {
    errors.push_back(kube::Forbidden("resourceVersionMatch", why));
  };
  if (watch && initial && match != "NotOlderThan") {
    forbid("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  }
  if (watch && !initial && !match.empty()) {
    forbid("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  }
  const std::string version = Query(query, "resourceVersion");
  if (!watch && !match.empty() && version.empty()) {
    forbid("resourceVersionMatch is forbidden unless resourceVersion is provided");
  }
  if (!match.empty() && !Query(query, "continue").empty()) {
    forbid("resourceVersionMatch is forbidden when continue is provided");
  }
  if (!match.empty() && match != "NotOlderThan" && (watch || match != "Exact")) {
    using Words = std::vector<std::string_view>;
    errors.push_back(
        kube::NotSupported("resourceVersionMatch", match,
                           watch ? Words{"NotOlderThan", ""} : Words{"Exact", "NotOlderThan", ""}));
  }
  if (!watch && match == "Exact" && version == "0") {
    forbid("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
  }
  if (!watch && initial) {
    errors.push_back(
        kube::Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  if (errors.empty()) return std::nullopt;
  return InvalidOptionsAnswer("ListOptions", errors);
}

std::optional<Answer> ReadWatch(const ApiRequest& request, const Target& target,
                                std::int64_t current, WatchOptions& options) {
  if (auto refusal = CheckListOptions(request.query, true)) return refusal;
  auto selection =
      Selection::Make(*target.resource, target.ns, Query(request.query, "labelSelector"),
                      Query(request.query, "fieldSelector"));
  if (!selection.ok()) return BadRequestAnswer(selection.status().message());
  options.selection = std::move(*selection);
  const std::string version = Query(request.query, "resourceVersion");
  if (auto refusal = ReadRevision(version, current, options.revision)) return refusal;
  options.bookmarks = IsTrue(request.query, "allowWatchBookmarks");
  const bool wants_initial = IsTrue(request.query, "sendInitialEvents");
  options.send_initial = wants_initial || options.revision == 0;
  options.mark_initial_end = wants_initial && options.bookmarks;
  if (Query(request.query, "sendInitialEvents") == "false" && options.revision == 0) {
    options.send_initial = false;
    options.revision = current;
  }
  options.include_object = IncludeObject(request.query);
  options.timeout = std::chrono::seconds(
      std::clamp<std::int64_t>(NumberOr(Query(request.query, "timeoutSeconds"), 0), 0, 86400));
  return std::nullopt;
}

Json PartialList(std::span<const Json> objects, bool is_list) {
  if (!is_list) return PartialMetadata(objects.front());
  Json items = Json::array();
  for (const Json& object : objects) items.push_back(PartialMetadata(object));
  return {{"kind", "PartialObjectMetadataList"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", Json::object()},
          {"items", std::move(items)}};
}

}  // namespace edge::cloudhub::embedded
