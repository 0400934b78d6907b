#include "cloudhub/adapters/mosquitto/crl_file.h"

#include <signal.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "common/file.h"

namespace edge::cloudhub {
namespace {

/// A broker that is starting has written its number before it waits for signals: until then one
/// would end it.
bool CatchesHangup(int pid) {
  const Result<std::string> status =
      ReadFile("/proc/" + std::to_string(pid) + "/status", 16 * 1024);
  constexpr std::string_view kCaught = "\nSigCgt:";
  const std::size_t at = status.ok() ? status->find(kCaught) : std::string::npos;
  if (at == std::string::npos) return false;
  const std::uint64_t caught = std::strtoull(status->c_str() + at + kCaught.size(), nullptr, 16);
  return (caught >> (SIGHUP - 1) & 1) != 0;
}

Status TellToRead(const std::string& pid_file) {
  EDGE_ASSIGN_OR_RETURN(const std::string text, ReadFile(pid_file, 32));
  const int pid = std::atoi(text.c_str());
  if (pid <= 1) return InvalidArgument(pid_file + " names no process");
  if (!CatchesHangup(pid)) {
    return Unavailable("the process " + std::to_string(pid) + " of " + pid_file +
                       " is no broker that can be told to read its list, or not yet");
  }
  return kill(pid, SIGHUP) == 0 ? Status::Ok()
                                : ErrnoStatus("telling the broker to read its list", pid_file);
}

}  // namespace

CrlInstaller InstallCrlIn(std::string file, std::string pid_file) {
  return [file = std::move(file), pid_file = std::move(pid_file)](const std::string& crl_pem) {
    EDGE_RETURN_IF_ERROR(WriteFileAtomically(file, crl_pem, 0644));
    return pid_file.empty() ? Status::Ok() : TellToRead(pid_file);
  };
}

}  // namespace edge::cloudhub
