#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/mutex.h"
#include "common/status.h"
#include "proto/containerd/v1/tasks.grpc.pb.h"
#include "proto/runtime/v1/api.grpc.pb.h"

namespace edge::edged {

namespace cri = ::runtime::v1;

using RuntimeStub = cri::RuntimeService::Stub;
using ImageStub = cri::ImageService::Stub;
using TasksStub = ::containerd::services::tasks::v1::Tasks::Stub;

/// The channel to the runtime and its stubs. Thread rule: any thread.
class CriClient {
 public:
  CriClient(const std::string& socket, std::size_t max_reply_bytes);

  RuntimeStub& runtime() { return *runtime_; }
  ImageStub& images() { return *images_; }
  /// containerd's own service on the same socket, in CRI's namespace.
  TasksStub& tasks() { return *tasks_; }

  /// Makes one unary call with a deadline. `what` names action and object for the error.
  template <typename Stub, typename Request, typename Reply>
  Status Call(Stub& stub,
              grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
              const Request& request, Reply* reply, Duration deadline, std::string_view what) {
    grpc::ClientContext context;
    context.AddMetadata("containerd-namespace", "k8s.io");  // CRI's; no matter to CRI itself
    context.set_deadline(std::chrono::system_clock::now() + deadline);
    const UnderWay under_way(*this, context);
    return Translate((stub.*method)(&context, request, reply), deadline, what);
  }

  /// See CriRuntime::FinishCalls.
  void FinishCalls(Duration patience);

 private:
  /// Where FinishCalls finds a call, from its beginning to its end.
  class UnderWay {
   public:
    UnderWay(CriClient& client, grpc::ClientContext& context);
    ~UnderWay();
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;

   private:
    CriClient& client_;
    grpc::ClientContext& context_;
  };

  Status Translate(const grpc::Status& status, Duration deadline, std::string_view what) const;

  const std::string socket_;
  std::unique_ptr<cri::RuntimeService::Stub> runtime_;
  std::unique_ptr<cri::ImageService::Stub> images_;
  std::unique_ptr<::containerd::services::tasks::v1::Tasks::Stub> tasks_;
  Mutex mutex_;
  Condition ended_;
  std::set<grpc::ClientContext*> calls_ EDGE_GUARDED_BY(mutex_);
  bool finishing_ EDGE_GUARDED_BY(mutex_) = false;
};

}  // namespace edge::edged
