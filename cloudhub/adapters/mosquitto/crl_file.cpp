#include "cloudhub/adapters/mosquitto/crl_file.h"

#include <signal.h>

#include <cstdlib>
#include <utility>

#include "common/file.h"

namespace edge::cloudhub {

CrlInstaller InstallCrlIn(std::string file, std::string pid_file) {
  return [file = std::move(file), pid_file = std::move(pid_file)](const std::string& crl_pem) {
    EDGE_RETURN_IF_ERROR(WriteFileAtomically(file, crl_pem, 0644));
    if (pid_file.empty()) return Status::Ok();
    const Result<std::string> text = ReadFile(pid_file, 32);
    if (!text.ok()) return text.status();
    const int pid = std::atoi(text->c_str());
    if (pid <= 1) return InvalidArgument(pid_file + " names no process");
    return kill(pid, SIGHUP) == 0 ? Status::Ok()
                                  : ErrnoStatus("telling the broker to read its list", pid_file);
  };
}

}  // namespace edge::cloudhub
