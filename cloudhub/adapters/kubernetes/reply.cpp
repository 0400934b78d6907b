#include "cloudhub/adapters/kubernetes/reply.h"

#include <algorithm>

namespace edge::cloudhub::kubernetes {
namespace {

constexpr std::size_t kMostWords = 2048;

bool NamesObject(const Json& status) {
  return FindString(status, {"kind"}) == "Status" && FindString(status, {"reason"}) == "NotFound" &&
         !FindString(status, {"details", "name"}).empty();
}

/// A patch's uid is a precondition; the API server says of another one that it cannot be changed.
bool IsOtherUid(const Json& status) {
  const Json* causes = Find(status, {"details", "causes"});
  if (causes == nullptr || !causes->is_array()) return false;
  return std::any_of(causes->begin(), causes->end(), [](const Json& cause) {
    return FindString(cause, {"field"}) == "metadata.uid";
  });
}

Code CodeOf(long http, const Json& status) {
  switch (http) {
    case 401: return Code::kUnauthenticated;
    case 403: return Code::kPermissionDenied;
    case 404: return NamesObject(status) ? Code::kNotFound : Code::kUnavailable;
    case 408: return Code::kUnavailable;
    case 409:
      return FindString(status, {"reason"}) == "AlreadyExists" ? Code::kAlreadyExists
                                                               : Code::kAborted;
    case 410: return Code::kOutOfRange;
    case 422: return IsOtherUid(status) ? Code::kAborted : Code::kInvalidArgument;
    case 429: return Code::kResourceExhausted;
    default: break;
  }
  // etcd's limit comes as an internal error, and would come again and again.
  const std::string words = FindString(status, {"message"});
  if (words.find("request is too large") != std::string::npos) return Code::kInvalidArgument;
  if (http >= 500) return Code::kUnavailable;
  return http >= 400 ? Code::kInvalidArgument : Code::kUnavailable;
}

std::string NextStep(Code code, long http) {
  switch (code) {
    case Code::kUnauthenticated:
      return "check that the API server still takes this client certificate or token";
    case Code::kPermissionDenied: return "give the role that deploy/ has to the user that is named";
    case Code::kUnavailable:
      return http == 404 ? "check that the API server serves this kind: is its "
                           "CustomResourceDefinition installed"
                         : "";
    default: return "";
  }
}

}  // namespace

Status StatusFromApi(std::string_view asked, long http, const Json& api_status) {
  const auto own_code = static_cast<long>(FindInt(api_status, {"code"}, http));
  const Code code = CodeOf(own_code, api_status);
  std::string words = FindString(api_status, {"message"});
  if (words.empty()) words = "HTTP " + std::to_string(own_code);
  if (words.size() > kMostWords) words.resize(kMostWords);
  return {code, std::string(asked) + ": " + words, NextStep(code, own_code)};
}

Result<Json> JudgeReply(std::string_view asked, long http, std::string_view body,
                        std::size_t max_bytes) {
  JsonLimits limits;
  limits.max_bytes = max_bytes;
  Result<Json> json = ParseJson(body, limits);
  if (http >= 200 && http < 300) {
    if (json.ok() && json->is_object()) return json;
    return Unavailable(std::string(asked) + ": the answer is no JSON object: " +
                       (json.ok() ? "it is another value" : json.status().message()));
  }
  return StatusFromApi(asked, http, json.ok() ? *json : Json());
}

}  // namespace edge::cloudhub::kubernetes
