#include "edged/agent/local_api.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "common/file.h"
#include "common/log.h"

namespace edge::edged {
namespace {

constexpr std::size_t kMaxConnections = 16;
constexpr std::size_t kMaxRequest = 64 * 1024;
constexpr Duration kConnectionLife = std::chrono::seconds(10);

Result<sockaddr_un> AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return InvalidArgument("the socket path " + path + " is longer than 107 characters",
                           "choose a shorter run_dir");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

UniqueFd NewSocket() {
  return UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

/// A socket that nobody answers on is a killed agent's.
Status RemoveStale(const sockaddr_un& address, const std::string& path) {
  const UniqueFd probe = NewSocket();
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    return AlreadyExists("another edged answers on " + path,
                         "stop it, or give this one another run_dir");
  }
  if (errno == EAGAIN) return AlreadyExists("another edged is busy on " + path, "stop it");
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return ErrnoStatus("removing", path);
  return Status::Ok();
}

bool MayAsk(int fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == geteuid();
}

Json ErrorJson(const Status& status) {
  return {{"ok", false},
          {"code", CodeName(status.code())},
          {"message", status.message()},
          {"nextStep", status.next_step()}};
}

}  // namespace

struct LocalApi::Connection {
  UniqueFd fd;
  std::string request;
  std::string reply;
  bool answered = false;
  Timer deadline;
};

Result<std::unique_ptr<LocalApi>> LocalApi::Listen(Loop& loop, const std::string& path) {
  EDGE_ASSIGN_OR_RETURN(const sockaddr_un address, AddressOf(path));
  EDGE_RETURN_IF_ERROR(RemoveStale(address, path));
  UniqueFd listener = NewSocket();
  if (!listener.valid()) return ErrnoStatus("making the socket", path);
  // Set before bind: the file must not be open to others even for an instant.
  if (fchmod(listener.get(), 0600) != 0) return ErrnoStatus("chmod", path);
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return ErrnoStatus("binding", path);
  }
  if (chmod(path.c_str(), 0600) != 0) return ErrnoStatus("chmod", path);
  if (listen(listener.get(), kMaxConnections) != 0) return ErrnoStatus("listening on", path);
  std::unique_ptr<LocalApi> api(new LocalApi(loop, path, std::move(listener)));
  LocalApi* raw = api.get();
  EDGE_RETURN_IF_ERROR(
      loop.Watch(api->listener_.get(), EPOLLIN, [raw](std::uint32_t) { raw->Accept(); }));
  return api;
}

LocalApi::LocalApi(Loop& loop, std::string path, UniqueFd listener)
    : loop_(loop), path_(std::move(path)), listener_(std::move(listener)) {}

LocalApi::~LocalApi() {
  loop_.Unwatch(listener_.get());
  for (const auto& [fd, connection] : connections_) loop_.Unwatch(fd);
  unlink(path_.c_str());
}

void LocalApi::Handle(const std::string& command, Handler handler) {
  handlers_[command] = std::move(handler);
}

void LocalApi::Accept() {
  UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd.valid()) return;
  if (connections_.size() >= kMaxConnections || !MayAsk(fd.get())) return;
  const int number = fd.get();
  auto connection = std::make_unique<Connection>();
  connection->fd = std::move(fd);
  connection->deadline = loop_.After(kConnectionLife, [this, number] { Close(number); });
  const Status watched = loop_.Watch(
      number, EPOLLIN, [this, number](std::uint32_t events) { OnReady(number, events); });
  if (watched.ok()) connections_[number] = std::move(connection);
}

void LocalApi::OnReady(int fd, std::uint32_t events) {
  const auto found = connections_.find(fd);
  if (found == connections_.end()) return;
  Connection& connection = *found->second;
  if (connection.answered) {
    Write(connection);
  } else if ((events & EPOLLIN) != 0) {
    Read(connection);
  } else {
    Close(fd);
  }
}

void LocalApi::Read(Connection& connection) {
  const int fd = connection.fd.get();
  std::array<char, 4096> buffer{};
  const ssize_t got = read(fd, buffer.data(), buffer.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0 || connection.request.size() > kMaxRequest) {
    Close(fd);
    return;
  }
  connection.request.append(buffer.data(), static_cast<std::size_t>(got));
  const std::size_t end = connection.request.find('\n');
  if (end == std::string::npos) return;
  connection.reply = Answer(connection.request.substr(0, end));
  connection.answered = true;
  Write(connection);
}

void LocalApi::Write(Connection& connection) {
  const int fd = connection.fd.get();
  const ssize_t sent =
      send(fd, connection.reply.data(), connection.reply.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) {
    Close(fd);
    return;
  }
  if (sent > 0) connection.reply.erase(0, static_cast<std::size_t>(sent));
  if (connection.reply.empty()) {
    Close(fd);
    return;
  }
  loop_.Unwatch(fd);
  const Status watched =
      loop_.Watch(fd, EPOLLOUT, [this, fd](std::uint32_t events) { OnReady(fd, events); });
  if (!watched.ok()) connections_.erase(fd);
}

void LocalApi::Close(int fd) {
  loop_.Unwatch(fd);
  connections_.erase(fd);
}

std::string LocalApi::Answer(const std::string& line) const {
  Result<Json> result = Run(line);
  const Json reply =
      result.ok() ? Json{{"ok", true}, {"result", *std::move(result)}} : ErrorJson(result.status());
  return DumpJson(reply) + "\n";
}

Result<Json> LocalApi::Run(const std::string& line) const {
  JsonLimits limits;
  limits.max_bytes = kMaxRequest;
  limits.max_depth = 16;
  EDGE_ASSIGN_OR_RETURN(const Json request, ParseJson(line, limits));
  const std::string command = FindString(request, {"command"});
  const auto handler = handlers_.find(command);
  if (handler == handlers_.end()) {
    return Unimplemented("edged knows no command " + Quote(command.substr(0, 64)),
                         "use an edgectl of the same release as edged");
  }
  return handler->second(request);
}

}  // namespace edge::edged
