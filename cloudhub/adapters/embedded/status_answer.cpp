#include "cloudhub/adapters/embedded/status_answer.h"

#include <algorithm>

namespace edge::cloudhub::embedded {
namespace {

Json Details(const kube::ResourceInfo& resource, const std::string& name) {
  Json details = {{"kind", resource.plural}};
  if (!name.empty()) details["name"] = name;
  if (!resource.group.empty()) details["group"] = resource.group;
  return details;
}

std::string Quoted(const std::string& name) { return "\"" + name + "\""; }

Answer Invalid(const std::string& kind, const std::string& name, Json details,
               const kube::FieldErrors& errors) {
  Json causes = Json::array();
  for (const kube::FieldError& error : errors) {
    causes.push_back(
        {{"reason", error.Reason()}, {"message", error.Body()}, {"field", error.field}});
  }
  details["causes"] = std::move(causes);
  return MakeStatus(422, "Invalid",
                    kind + " " + Quoted(name) + " is invalid: " + kube::Aggregate(errors),
                    std::move(details));
}

/// A patch whose uid is another object's, as the API server refuses it.
bool IsOtherUid(const Json& status) {
  const Json* causes = Find(status, {"details", "causes"});
  return causes != nullptr && std::any_of(causes->begin(), causes->end(), [](const Json& cause) {
           return FindString(cause, {"field"}) == "metadata.uid";
         });
}

}  // namespace

std::string QualifiedResource(const kube::ResourceInfo& resource) {
  std::string text(resource.plural);
  if (!resource.group.empty()) text += "." + std::string(resource.group);
  return text;
}

Answer MakeStatus(int code, std::string_view reason, std::string message, Json details) {
  Answer answer;
  answer.code = code;
  answer.body = {{"kind", "Status"},
                 {"apiVersion", "v1"},
                 {"metadata", Json::object()},
                 {"status", "Failure"},
                 {"message", std::move(message)},
                 {"reason", reason},
                 {"code", code}};
  if (!details.is_null()) answer.body["details"] = std::move(details);
  return answer;
}

Answer UnauthorizedAnswer() { return MakeStatus(401, "Unauthorized", "Unauthorized"); }

Answer BadRequestAnswer(std::string message) {
  return MakeStatus(400, "BadRequest", std::move(message));
}

Answer TooLargeAnswer(std::size_t limit_bytes) {
  return MakeStatus(413, "RequestEntityTooLarge",
                    "Request entity too large: limit is " + std::to_string(limit_bytes));
}

Answer InternalAnswer(std::string_view cause) {
  const std::string text(cause);
  return MakeStatus(500, "InternalError", "Internal error occurred: " + text,
                    {{"causes", Json::array({{{"message", text}}})}});
}

Answer NoSuchResourceAnswer() {
  return MakeStatus(404, "NotFound", "the server could not find the requested resource",
                    Json::object());
}

Answer MethodNotAllowedAnswer() {
  return MakeStatus(405, "MethodNotAllowed",
                    "the server does not allow this method on the requested resource",
                    Json::object());
}

Answer NotFoundAnswer(const kube::ResourceInfo& resource, const std::string& name) {
  return MakeStatus(404, "NotFound",
                    QualifiedResource(resource) + " " + Quoted(name) + " not found",
                    Details(resource, name));
}

Answer AlreadyExistsAnswer(const kube::ResourceInfo& resource, const std::string& name) {
  return MakeStatus(409, "AlreadyExists",
                    QualifiedResource(resource) + " " + Quoted(name) + " already exists",
                    Details(resource, name));
}

Answer ForbiddenAnswer(const kube::ResourceInfo& resource, const std::string& name,
                       const std::string& cause) {
  const std::string what = QualifiedResource(resource) + (name.empty() ? "" : " " + Quoted(name));
  return MakeStatus(403, "Forbidden", what + " is forbidden: " + cause, Details(resource, name));
}

Answer ConflictAnswer(const kube::ResourceInfo& resource, const std::string& name,
                      const std::string& cause) {
  return MakeStatus(409, "Conflict",
                    "Operation cannot be fulfilled on " + QualifiedResource(resource) + " " +
                        Quoted(name) + ": " + cause,
                    Details(resource, name));
}

Answer ModifiedAnswer(const kube::ResourceInfo& resource, const std::string& name) {
  return ConflictAnswer(resource, name,
                        "the object has been modified; please apply your changes to the latest "
                        "version and try again");
}

Answer InvalidAnswer(const kube::ResourceInfo& resource, const std::string& name,
                     const kube::FieldErrors& errors) {
  Json details = Details(resource, name);
  details["kind"] = resource.kind;
  std::string kind(resource.kind);
  if (!resource.group.empty()) kind += "." + std::string(resource.group);
  return Invalid(kind, name, std::move(details), errors);
}

Answer NoVersionAnswer(const kube::ResourceInfo& resource, const std::string& name) {
  return Invalid(QualifiedResource(resource), name, Details(resource, name),
                 {kube::Invalid("metadata.resourceVersion", 0, "must be specified for an update")});
}

Answer InvalidOptionsAnswer(const std::string& kind, const kube::FieldErrors& errors) {
  return Invalid(kind + ".meta.k8s.io", "", {{"kind", kind}, {"group", "meta.k8s.io"}}, errors);
}

Answer InvalidPatchAnswer(const std::string& cause) {
  return MakeStatus(422, "Invalid", " \"\" is invalid: patch: Invalid value: " + cause,
                    {{"causes", Json::array({{{"reason", "FieldValueInvalid"},
                                              {"message", "Invalid value: " + cause},
                                              {"field", "patch"}}})}});
}

Answer UnsupportedMediaAnswer(std::string_view accepted) {
  return MakeStatus(415, "UnsupportedMediaType",
                    "the body of the request was in an unknown format - accepted media types "
                    "include: " +
                        std::string(accepted));
}

Answer ExpiredAnswer(std::string message) { return MakeStatus(410, "Expired", std::move(message)); }

Answer SuccessAnswer(const kube::ResourceInfo& resource, const std::string& name,
                     const std::string& uid) {
  Json details = Details(resource, name);
  if (!uid.empty()) details["uid"] = uid;
  Answer answer;
  answer.body = {{"kind", "Status"},
                 {"apiVersion", "v1"},
                 {"metadata", Json::object()},
                 {"status", "Success"},
                 {"details", std::move(details)}};
  return answer;
}

Answer FromStatus(const Status& status) {
  switch (status.code()) {
    case Code::kInvalidArgument: return BadRequestAnswer(status.message());
    case Code::kResourceExhausted:
    case Code::kUnavailable: return MakeStatus(503, "ServiceUnavailable", status.ToString());
    default: return InternalAnswer(status.ToString());
  }
}

Status ToStatus(const Answer& answer) {
  if (answer.ok()) return Status::Ok();
  const std::string message = FindString(answer.body, {"message"});
  switch (answer.code) {
    case 400:
    case 405:
    case 415: return InvalidArgument(message);
    case 422: return IsOtherUid(answer.body) ? Aborted(message) : InvalidArgument(message);
    case 401: return {Code::kUnauthenticated, message};
    case 403: return PermissionDenied(message);
    case 404: return NotFound(message);
    case 409:
      return FindString(answer.body, {"reason"}) == "AlreadyExists" ? AlreadyExists(message)
                                                                    : Aborted(message);
    case 413:
    case 429: return ResourceExhausted(message);
    case 503: return Unavailable(message);
    default: return Internal(message);
  }
}

}  // namespace edge::cloudhub::embedded
