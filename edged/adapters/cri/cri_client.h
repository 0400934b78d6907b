#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/status.h"
#include "proto/runtime/v1/api.grpc.pb.h"

namespace edge::edged {

namespace cri = ::runtime::v1;

/// The channel to the runtime and its two stubs. Thread rule: any thread.
class CriClient {
 public:
  CriClient(const std::string& socket, std::size_t max_reply_bytes);

  cri::RuntimeService::Stub& runtime() { return *runtime_; }
  cri::ImageService::Stub& images() { return *images_; }

  /// Makes one unary call with a deadline. `what` names action and object for the error.
  template <typename Stub, typename Request, typename Reply>
  Status Call(Stub& stub,
              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
              const Request& request, Reply* reply, Duration deadline, std::string_view what) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + deadline);
    return Translate((stub.*method)(&context, request, reply), deadline, what);
  }

 private:
  Status Translate(const grpc::Status& status, Duration deadline, std::string_view what) const;

  const std::string socket_;
  std::unique_ptr<cri::RuntimeService::Stub> runtime_;
  std::unique_ptr<cri::ImageService::Stub> images_;
};

}  // namespace edge::edged
