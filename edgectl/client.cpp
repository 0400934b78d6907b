#include "edgectl/client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/file.h"
#include "common/loop.h"

namespace edge::edgectl {
namespace {

constexpr std::size_t kMaxReply = 16 * 1024 * 1024;
constexpr time_t kTimeoutSeconds = 10;
constexpr int kHighestCode = 16;

Status NobodyAnswers(const std::string& path, int error) {
  if (error == EACCES || error == EPERM) {
    return PermissionDenied("this user may not talk to edged on " + path,
                            "run edgectl as root: sudo edgectl ...");
  }
  return Unavailable("edged does not answer on " + path + ": " + std::strerror(error),
                     "start it (systemctl start edged) and see its log (journalctl -u edged); a "
                     "socket elsewhere is named with --socket");
}

Result<UniqueFd> Connect(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return InvalidArgument("the socket path " + path + " is longer than 107 characters");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return ErrnoStatus("making a socket for", path);
  const timeval timeout{kTimeoutSeconds, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return NobodyAnswers(path, errno);
  }
  return fd;
}

Result<std::string> Receive(int fd, const std::string& path) {
  std::string reply;
  std::array<char, 16384> buffer{};
  while (reply.find('\n') == std::string::npos) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return NobodyAnswers(path, errno == EAGAIN ? ETIMEDOUT : errno);
    if (got == 0) {
      return Unavailable("edged on " + path + " closed the connection without an answer",
                         "it serves root and its own user only; else try again");
    }
    reply.append(buffer.data(), static_cast<std::size_t>(got));
    if (reply.size() > kMaxReply) return ResourceExhausted("the answer of edged is over 16 MiB");
  }
  return reply.substr(0, reply.find('\n'));
}

Code CodeNamed(const std::string& name) {
  for (int number = 1; number <= kHighestCode; ++number) {
    if (CodeName(static_cast<Code>(number)) == name) return static_cast<Code>(number);
  }
  return Code::kUnknown;
}

}  // namespace

Result<Json> Ask(const std::string& socket_path, const std::string& command) {
  EDGE_ASSIGN_OR_RETURN(const UniqueFd fd, Connect(socket_path));
  const std::string request = Json{{"command", command}}.dump() + "\n";
  if (send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    return NobodyAnswers(socket_path, errno);
  }
  EDGE_ASSIGN_OR_RETURN(const std::string line, Receive(fd.get(), socket_path));
  JsonLimits limits;
  limits.max_bytes = kMaxReply;
  EDGE_ASSIGN_OR_RETURN(const Json reply, ParseJson(line, limits).WithContext("edged's answer"));
  if (FindBool(reply, {"ok"}) && reply.contains("result")) return reply["result"];
  return Status(CodeNamed(FindString(reply, {"code"})), FindString(reply, {"message"}, "no reason"),
                FindString(reply, {"nextStep"}));
}

}  // namespace edge::edgectl
