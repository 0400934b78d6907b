#pragma once

#include <string>

#include "common/clock.h"
#include "common/status.h"

namespace edge::edged {

class CriClient;

/// Ends what containerd still runs of the container or sandbox `id`, for a removal that it refuses
/// with kFailedPrecondition ("cannot delete running task"). A start whose caller dies is given up
/// half-way: CRI then says that the container has exited, and containerd has a task for it that no
/// CRI call can end (1.6, "failed to get task pid: context canceled"). Only for ids that the
/// runtime itself said are ours and are to go. Ok when there is no such task; kUnimplemented from a
/// runtime that is not containerd.
Status EndLeftoverTask(CriClient& client, const std::string& id, Duration deadline);

}  // namespace edge::edged
