#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/json.h"
#include "common/loop.h"

namespace edge::edged {

/// The agent's door for edgectl: a unix socket that takes one request per connection, a line of
/// JSON, and answers with one line of JSON.
///
///   -> {"command": "pods"}
///   <- {"ok": true, "result": ...}
///   <- {"ok": false, "code": "not_found", "message": "...", "nextStep": "..."}
///
/// Commands of the agent, and what edgectl shows of their results:
///   status  an object of whatever is worth telling (nodeName, clusterName, version, connected,
///           broker, certificateExpires, pendingStatuses, degraded ...)
///   pods    a list of {namespace, name, uid, ready ("1/2"), status ("Running"), restarts, podIP}
///
/// `command` names a handler; further members of the request are its arguments. Only root and the
/// agent's own user are served (SO_PEERCRED). Caps: 16 connections, 64 KiB a request, 10 s for a
/// connection, from its beginning to its end.
///
/// Thread rule: the loop's thread.
class LocalApi {
 public:
  /// Answers quickly, on the loop. The request is an object with a "command".
  using Handler = std::function<Result<Json>(const Json& request)>;

  /// Makes the socket (mode 0600), replacing one that a killed agent left; its folder must exist.
  /// Errors: the kernel's, naming the path; kAlreadyExists when another agent answers there.
  static Result<std::unique_ptr<LocalApi>> Listen(Loop& loop, const std::string& path);
  ~LocalApi();
  LocalApi(const LocalApi&) = delete;
  LocalApi& operator=(const LocalApi&) = delete;

  void Handle(const std::string& command, Handler handler);

 private:
  struct Connection;

  LocalApi(Loop& loop, std::string path, UniqueFd listener);
  void Accept();
  void OnReady(int fd, std::uint32_t events);
  void Read(Connection& connection);
  void Write(Connection& connection);
  void Close(int fd);
  std::string Answer(const std::string& line) const;
  Result<Json> Run(const std::string& line) const;

  Loop& loop_;
  const std::string path_;
  const UniqueFd listener_;
  std::map<std::string, Handler> handlers_;
  std::map<int, std::unique_ptr<Connection>> connections_;
};

}  // namespace edge::edged
