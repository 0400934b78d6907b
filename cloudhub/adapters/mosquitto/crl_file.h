#pragma once

#include <functional>
#include <string>

#include "common/status.h"

namespace edge::cloudhub {

/// Writes the list of revoked certificates (PEM) that a Mosquitto on this machine reads (its
/// `crlfile`).
using CrlInstaller = std::function<Status(const std::string& crl_pem)>;

/// Into `file`; then the process that `pid_file` names is told to read it again, unless that is
/// empty; kUnavailable while that does not wait for signals yet. A broker is told even when the
/// file was that already: it may not have been told before.
CrlInstaller InstallCrlIn(std::string file, std::string pid_file);

}  // namespace edge::cloudhub
