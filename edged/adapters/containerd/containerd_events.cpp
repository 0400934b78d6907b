#include "edged/adapters/containerd/containerd_events.h"

#include <cassert>

#include "edged/adapters/containerd/event_stream.h"

namespace edge::edged {

ContainerdEvents::ContainerdEvents(ContainerdEventsOptions options)
    : options_(std::move(options)) {}

ContainerdEvents::~ContainerdEvents() = default;

void ContainerdEvents::Subscribe(std::function<void(RuntimeEvent)> on_event,
                                 std::function<void()> on_gap) {
  assert(stream_ == nullptr);
  stream_ = std::make_unique<EventStream>(options_, std::move(on_event), std::move(on_gap));
}

}  // namespace edge::edged
