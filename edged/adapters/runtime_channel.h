#pragma once

#include <grpcpp/channel.h>

#include <cstddef>
#include <memory>
#include <string>

namespace edge::edged {

/// A channel to a container runtime on this machine. It connects when it is first used, and again
/// about every 2 s at most for as long as nobody listens; one that listens and says nothing is
/// given 20 s. Nothing is retried but the connection: whoever calls looks before trying again.
std::shared_ptr<grpc::Channel> OpenRuntimeChannel(const std::string& socket,
                                                  std::size_t max_reply_bytes);

}  // namespace edge::edged
