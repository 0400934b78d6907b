#include "edged/adapters/cri/cri_runtime.h"

#include <cassert>

#include "edged/adapters/cri/cri_client.h"

namespace edge::edged {

CriRuntime::CriRuntime(CriOptions options)
    : options_(std::move(options)),
      client_(std::make_unique<CriClient>(options_.socket, options_.max_reply_bytes)) {
  assert(!options_.label_key.empty() && !options_.label_value.empty());
}

CriRuntime::~CriRuntime() = default;

void CriRuntime::FinishCalls(Duration patience) { client_->FinishCalls(patience); }

Result<RuntimeVersion> CriRuntime::Version() {
  cri::VersionRequest request;
  cri::VersionResponse reply;
  EDGE_RETURN_IF_ERROR(client_->Call(client_->runtime(), &RuntimeStub::Version, request, &reply,
                                     options_.query_deadline,
                                     "ask the container runtime for its version"));
  return RuntimeVersion{reply.runtime_name(), reply.runtime_version()};
}

Result<std::vector<RuntimeCondition>> CriRuntime::Conditions() {
  cri::StatusRequest request;
  cri::StatusResponse reply;
  EDGE_RETURN_IF_ERROR(client_->Call(client_->runtime(), &RuntimeStub::Status, request, &reply,
                                     options_.query_deadline,
                                     "ask the container runtime for its status"));
  std::vector<RuntimeCondition> conditions;
  for (const cri::RuntimeCondition& condition : reply.status().conditions()) {
    conditions.push_back(
        {condition.type(), condition.status(), condition.reason(), condition.message()});
  }
  return conditions;
}

}  // namespace edge::edged
