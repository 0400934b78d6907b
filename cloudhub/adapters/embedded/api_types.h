#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/json.h"

namespace edge::cloudhub::embedded {

/// What an operation of the API comes to: an object, or a metav1.Status that says why not.
struct Answer {
  int code = 200;  ///< HTTP's
  Json body;
  std::vector<std::string> warnings;  ///< for Warning headers

  bool ok() const { return code < 400; }
};

/// One HTTP request, authenticated, whole and under the size limits.
struct ApiRequest {
  std::string method;                        ///< "GET"
  std::string path;                          ///< percent-decoded, without the query
  std::map<std::string, std::string> query;  ///< decoded; the first of equal names wins
  std::string accept, content_type, if_none_match, user_agent;
  std::string user;
  std::string body;
};

struct ApiResponse {
  int code = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// Where a request's answer goes: one Respond, or StartStream, Writes and EndStream.
/// Thread rule: the executor's thread.
class Responder {
 public:
  virtual ~Responder() = default;
  virtual void Respond(ApiResponse response) = 0;
  virtual void StartStream(ApiResponse head) = 0;
  /// False when the peer is gone, or reads so slowly that its stream was ended.
  virtual bool Write(const std::string& chunk) = 0;
  virtual void EndStream() = 0;
  /// Whether nobody listens any more.
  virtual bool closed() const = 0;
};

/// Shared: a watch keeps it beyond the call that it answers.
using ResponderPtr = std::shared_ptr<Responder>;

}  // namespace edge::cloudhub::embedded
