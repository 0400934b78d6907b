#include "cloudhub/adapters/embedded/api_server.h"

#include <algorithm>

#include "cloudhub/adapters/embedded/discovery.h"
#include "cloudhub/adapters/embedded/list.h"
#include "cloudhub/adapters/embedded/request_options.h"
#include "cloudhub/adapters/embedded/self_review.h"
#include "cloudhub/adapters/embedded/status_answer.h"
#include "cloudhub/adapters/embedded/url.h"
#include "common/bytes.h"
#include "kube/openapi.h"

namespace edge::cloudhub::embedded {
namespace {

constexpr Duration kSweepPeriod = std::chrono::seconds(10);
constexpr Duration kMinWatchTime = std::chrono::minutes(30);

ApiResponse Text(int code, std::string body) {
  return {code, "text/plain; charset=utf-8", {}, std::move(body)};
}

ApiResponse Object(int code, const Json& body) {
  return {code, "application/json", {}, DumpJson(body) + "\n"};
}

ApiResponse Missing() { return Text(404, "404 page not found\n"); }

ApiResponse OrMissing(const Json& body) { return body.is_null() ? Missing() : Object(200, body); }

/// Kinds are not added here. kubectl asks before it says that it knows no such kind.
constexpr std::string_view kDefinitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

Json NoDefinitions() {
  return {{"kind", "CustomResourceDefinitionList"},
          {"apiVersion", "apiextensions.k8s.io/v1"},
          {"metadata", {{"resourceVersion", "1"}}},
          {"items", Json::array()}};
}

/// Whether a subresource knows the verb that the method stands for.
bool AllowsOn(const kube::SubresourceInfo& sub, const std::string& method) {
  static const std::map<std::string, std::string_view> kVerbs = {
      {"GET", "get"}, {"POST", "create"}, {"PUT", "update"}, {"PATCH", "patch"}};
  const auto verb = kVerbs.find(method);
  return verb != kVerbs.end() &&
         std::find(sub.verbs.begin(), sub.verbs.end(), verb->second) != sub.verbs.end();
}

/// RFC 9111's warn-text is a quoted string; a field's name may hold anything.
std::string WarningHeader(const std::string& text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return "299 - \"" + quoted + "\"";
}

}  // namespace

ApiServer::ApiServer(Registry& registry, WatchHub& hub, Executor& executor, Random& random)
    : registry_(registry), hub_(hub), executor_(executor), random_(random) {
  Sweep();
}

void ApiServer::Sweep() {
  registry_.store().ProbeIfFailing();
  watches_.remove_if([](const std::unique_ptr<HttpWatch>& watch) { return watch->ended(); });
  sweep_ = executor_.After(kSweepPeriod, [this] { Sweep(); });
}

void ApiServer::Handle(const ApiRequest& request, ResponderPtr responder) {
  const std::vector<std::string> segments = PathSegments(request.path);
  Target target;
  switch (ResolveTarget(segments, target)) {
    case Resolution::kResource: return HandleResource(request, target, std::move(responder));
    case Resolution::kUnknownResource: {
      const Answer answer = NoSuchResourceAnswer();
      return responder->Respond(Object(answer.code, answer.body));
    }
    case Resolution::kNoResource: break;
  }
  responder->Respond(HandleNonResource(request, segments));
}

ApiResponse ApiServer::HandleNonResource(const ApiRequest& request,
                                         const std::vector<std::string>& segments) {
  if (request.method == "POST") {
    const Json review = SelfReview(request.path, request.user);
    if (!review.is_null()) return Object(201, review);
  }
  if (request.method == "GET" && request.path == kDefinitions) return Object(200, NoDefinitions());
  if (request.method != "GET") {
    const Answer answer = MethodNotAllowedAnswer();
    return Object(answer.code, answer.body);
  }
  if (segments.empty()) {
    return Object(200, {{"paths",
                         {"/api", "/apis", "/healthz", "/livez", "/readyz", "/openapi/v2",
                          "/openapi/v3", "/version"}}});
  }
  const std::string& first = segments.front();
  if (first == "version") return Object(200, VersionInfo());
  if (first == "readyz" && !registry_.store().health().ok()) {
    return Text(500,
                "[-]database failed: it cannot be written, the hub's log says why\n"
                "readyz check failed\n");
  }
  if (first == "healthz" || first == "livez" || first == "readyz") return Text(200, "ok");
  if (first == "openapi") return HandleOpenApi(request, segments);
  return HandleDiscovery(request, segments);
}

ApiResponse ApiServer::HandleDiscovery(const ApiRequest& request,
                                       const std::vector<std::string>& segments) const {
  const bool core = segments.front() == "api";
  if (!core && segments.front() != "apis") return Missing();
  if (segments.size() == 1) {
    const std::string version = NegotiateDiscovery(request.accept);
    if (version.empty()) return Object(200, core ? CoreVersions() : GroupList());
    ApiResponse response = Object(200, AggregatedDiscovery(core, version));
    response.content_type =
        "application/json;g=apidiscovery.k8s.io;v=" + version + ";as=APIGroupDiscoveryList";
    response.headers.emplace_back("Vary", "Accept");
    return response;
  }
  if (core && segments.size() == 2) return OrMissing(ResourceList("", segments[1]));
  if (!core && segments.size() == 2) return OrMissing(GroupOf(segments[1]));
  if (!core && segments.size() == 3) return OrMissing(ResourceList(segments[1], segments[2]));
  return Missing();
}

ApiResponse ApiServer::HandleOpenApi(const ApiRequest& request,
                                     const std::vector<std::string>& segments) {
  ApiResponse response;
  if (segments.size() == 2 && segments[1] == "v2") {
    // kubectl before 1.24 takes the protobuf form alone, and says so without the version's "@".
    if (Accepts(request.accept, "application/com.github.proto-openapi.spec.v2")) {
      if (openapi_v2_protobuf_.empty()) openapi_v2_protobuf_ = kube::OpenApiV2Protobuf();
      // The name without the "@", which clients built with newer Go refuse to parse.
      response.content_type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
      response.body = openapi_v2_protobuf_;
    } else {
      if (openapi_v2_json_.empty()) openapi_v2_json_ = DumpJson(kube::OpenApiV2());
      response.body = openapi_v2_json_;
    }
  } else if (segments.size() == 2 && segments[1] == "v3") {
    response.body = DumpJson(kube::OpenApiV3Index());
  } else if (segments.size() > 2 && segments[1] == "v3") {
    const Json document = kube::OpenApiV3(request.path.substr(std::string("/openapi/v3/").size()));
    if (document.is_null()) return Missing();
    response.body = DumpJson(document);
  } else {
    return Missing();
  }
  const std::string tag = "\"" + HexEncode(AsBytes(Sha256(response.body))) + "\"";
  response.headers = {{"Etag", tag}, {"Vary", "Accept"}};
  if (request.if_none_match == tag) {
    response.code = 304;
    response.body.clear();
  }
  return response;
}

void ApiServer::HandleResource(const ApiRequest& request, const Target& target,
                               ResponderPtr responder) {
  const std::optional<ObjectFormat> format = NegotiateObject(request.accept);
  if (!format) {
    const Answer answer = MakeStatus(
        406, "NotAcceptable", "only the following media types are accepted: application/json");
    return responder->Respond(Object(answer.code, answer.body));
  }
  const std::string include = IncludeObject(request.query);
  if (format->form == ObjectFormat::Form::kTable && include != "Metadata" && include != "Object" &&
      include != "None") {
    const Answer answer =
        BadRequestAnswer("Unable to convert to Table as requested: includeObject: Invalid value: " +
                         Json(include).dump() + ": must be 'Metadata', 'Object', 'None', or empty");
    return responder->Respond(Object(answer.code, answer.body));
  }
  // On one object's URL the API server does not heed it.
  if (request.method == "GET" && target.name.empty() && IsTrue(request.query, "watch")) {
    return StartWatch(request, target, *format, std::move(responder));
  }
  Answer answer =
      target.name.empty() ? HandleCollection(request, target) : HandleObject(request, target);
  responder->Respond(Encode(request, target, *format, std::move(answer)));
}

Answer ApiServer::HandleCollection(const ApiRequest& request, const Target& target) {
  const bool everywhere = target.resource->namespaced && target.ns.empty();
  if (everywhere && request.method != "GET") return MethodNotAllowedAnswer();
  if (request.method == "POST") {
    WriteOptions options;
    Json body;
    if (auto refusal = ReadWrite(request, options, body)) return *refusal;
    if (target.subresource == "binding") {
      Target pod = target;
      pod.name = FindString(body, {"metadata", "name"});
      return registry_.Bind(pod, body, options);
    }
    return registry_.Create(target, std::move(body), options);
  }
  auto selection =
      Selection::Make(*target.resource, target.ns, Query(request.query, "labelSelector"),
                      Query(request.query, "fieldSelector"));
  if (!selection.ok()) return BadRequestAnswer(selection.status().message());
  if (request.method == "GET") {
    if (auto refusal = CheckListOptions(request.query, false)) return *refusal;
    return ListObjects(registry_.store(), *selection, request.query);
  }
  if (request.method != "DELETE" || !HasVerb(*target.resource, "deletecollection")) {
    return MethodNotAllowedAnswer();
  }
  DeleteOptions options;
  if (auto refusal = ReadDelete(request, options)) return *refusal;
  return registry_.DeleteCollection(*selection, options);
}

Answer ApiServer::HandleObject(const ApiRequest& request, const Target& target) {
  const std::string& sub = target.subresource;
  if (sub == "log" || sub == "exec" || sub == "attach" || sub == "portforward") {
    return RefuseStream(target);
  }
  if (!sub.empty() && !AllowsOn(*target.resource->FindSubresource(sub), request.method)) {
    return MethodNotAllowedAnswer();
  }
  if (request.method == "GET") return registry_.Get(target);
  if (request.method == "PATCH") return HandlePatch(request, target);
  if (request.method == "DELETE" && sub.empty()) {
    DeleteOptions options;
    if (auto refusal = ReadDelete(request, options)) return *refusal;
    return registry_.Delete(target, options);
  }
  const bool binds = request.method == "POST" && sub == "binding";
  if (!binds && (request.method != "PUT" || sub == "binding")) return MethodNotAllowedAnswer();
  WriteOptions options;
  Json body;
  if (auto refusal = ReadWrite(request, options, body)) return *refusal;
  return binds ? registry_.Bind(target, body, options)
               : registry_.Update(target, std::move(body), options);
}

Answer ApiServer::RefuseStream(const Target& target) const {
  Answer pod = registry_.Get({target.resource, target.ns, target.name, ""});
  if (!pod.ok()) return pod;
  const std::string node = FindString(pod.body, {"spec", "nodeName"}, "that runs it");
  return MakeStatus(501, "NotImplemented",
                    "kubectl logs, exec, cp, attach and port-forward are not part of this release; "
                    "the logs of this pod are on the terminal " +
                        node + ", in /var/log/pods/" + target.ns + "_" + target.name + "_" +
                        FindString(pod.body, {"metadata", "uid"}) +
                        "/ unless edged's log_dir says otherwise");
}

Answer ApiServer::HandlePatch(const ApiRequest& request, const Target& target) {
  std::string known = "application/json-patch+json, application/merge-patch+json";
  if (!target.resource->custom) known += ", application/strategic-merge-patch+json";
  const std::string media = ParseMediaType(request.content_type).type;
  PatchType type = PatchType::kStrategicMerge;
  if (media == "application/json-patch+json") {
    type = PatchType::kJson;
  } else if (media == "application/merge-patch+json") {
    type = PatchType::kMerge;
  } else if (media == "application/apply-patch+yaml") {
    return UnsupportedMediaAnswer(known +
                                  " (server-side apply is not served here: use kubectl apply "
                                  "without --server-side)");
  } else if (media != "application/strategic-merge-patch+json" ||  //
             target.resource->custom) {
    return UnsupportedMediaAnswer(known);
  }
  WriteOptions options;
  Json body;
  if (auto refusal = ReadWrite(request, options, body)) return *refusal;
  return registry_.Patch(target, type, body, options);
}

void ApiServer::StartWatch(const ApiRequest& request, const Target& target,
                           const ObjectFormat& format, ResponderPtr responder) {
  WatchOptions options;
  if (auto refusal = ReadWatch(request, target, registry_.store().revision(), options)) {
    return responder->Respond(Object(refusal->code, refusal->body));
  }
  options.format = format;
  if (options.timeout == Duration(0))
    options.timeout = kMinWatchTime + random_.Jitter(kMinWatchTime);
  watches_.push_back(std::make_unique<HttpWatch>(hub_, registry_.store(), executor_,
                                                 std::move(options), std::move(responder)));
  watches_.back()->Start();
}

ApiResponse ApiServer::Encode(const ApiRequest& request, const Target& target,
                              const ObjectFormat& format, Answer answer) const {
  const bool is_list = answer.body.contains("items") && answer.body["items"].is_array();
  ApiResponse response;
  response.code = answer.code;
  for (const std::string& warning : answer.warnings) {
    response.headers.emplace_back("Warning", WarningHeader(warning));
  }
  const bool transformed = answer.ok() && FindString(answer.body, {"kind"}) != "Status" &&
                           format.form != ObjectFormat::Form::kPlain;
  if (transformed) {
    const std::vector<Json> objects =
        is_list ? answer.body["items"].get<std::vector<Json>>() : std::vector<Json>{answer.body};
    Json metadata =
        is_list
            ? answer.body["metadata"]
            : Json{{"resourceVersion", FindString(answer.body, {"metadata", "resourceVersion"})}};
    const bool table = format.form == ObjectFormat::Form::kTable;
    answer.body =
        table ? MakeTable(*target.resource, objects, {format.version, IncludeObject(request.query)},
                          executor_.clock().Wall())
              : PartialList(objects, is_list);
    if (table || is_list) answer.body["metadata"] = std::move(metadata);
  } else if (is_list && target.resource->custom) {
    // As the API server's lists of custom resources, which show what is empty too.
    Json& metadata = answer.body["metadata"];
    if (request.method == "GET" && !metadata.contains("continue")) metadata["continue"] = "";
  } else if (is_list) {
    for (Json& item : answer.body["items"]) {
      item.erase("kind");
      item.erase("apiVersion");
    }
  }
  response.body = DumpJson(answer.body) + "\n";
  return response;
}

}  // namespace edge::cloudhub::embedded
