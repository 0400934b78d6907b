#pragma once

#include <memory>
#include <string>

#include "edged/ports/runtime.h"

namespace edge::edged {

class EventStream;

struct ContainerdEventsOptions {
  std::string socket = "/run/containerd/containerd.sock";
  std::string containerd_namespace = "k8s.io";  ///< CRI's
  Duration min_backoff = std::chrono::milliseconds(100);
  Duration max_backoff = std::chrono::seconds(10);
};

/// containerd's event stream: exits, out-of-memory kills and deletions of tasks. Exits of commands
/// run inside a container (probes) are left out.
///
/// Thread rule: Subscribe once, from any thread; callbacks run on the adapter's one thread and must
/// not block long. The destructor ends the stream and joins; no callback runs after it. Failure
/// modes: a lost stream is opened again with jittered back-off. `on_gap` runs each time that the
/// stream is known to deliver, the first time included: what happened before is not in it.
class ContainerdEvents final : public RuntimeEvents {
 public:
  explicit ContainerdEvents(ContainerdEventsOptions options);
  ~ContainerdEvents() override;

  void Subscribe(std::function<void(RuntimeEvent)> on_event, std::function<void()> on_gap) override;

 private:
  const ContainerdEventsOptions options_;
  std::unique_ptr<EventStream> stream_;
};

}  // namespace edge::edged
