#include "edged/adapters/cri/leftover_tasks.h"

#include <csignal>

#include "edged/adapters/cri/cri_client.h"

namespace edge::edged {
namespace {

namespace tasks = ::containerd::services::tasks::v1;

/// `status`, but that it has gone is what we want.
Status GoneIsFine(const Status& status) {
  return status.code() == Code::kNotFound ? Status::Ok() : status;
}

Status Kill(CriClient& client, const std::string& id, Duration deadline) {
  tasks::KillRequest request;
  tasks::KillResponse reply;
  request.set_container_id(id);
  request.set_signal(SIGKILL);
  request.set_all(true);
  return GoneIsFine(client.Call(client.tasks(), &TasksStub::Kill, request, &reply, deadline,
                                "kill what is left of " + id));
}

Status AwaitEnd(CriClient& client, const std::string& id, Duration deadline) {
  tasks::WaitRequest request;
  tasks::WaitResponse reply;
  request.set_container_id(id);
  return GoneIsFine(client.Call(client.tasks(), &TasksStub::Wait, request, &reply, deadline,
                                "wait for the end of what is left of " + id));
}

}  // namespace

Status EndLeftoverTask(CriClient& client, const std::string& id, Duration deadline) {
  EDGE_RETURN_IF_ERROR(Kill(client, id, deadline));
  EDGE_RETURN_IF_ERROR(AwaitEnd(client, id, deadline));
  tasks::DeleteTaskRequest request;
  tasks::DeleteResponse reply;
  request.set_container_id(id);
  return GoneIsFine(client.Call(client.tasks(), &TasksStub::Delete, request, &reply, deadline,
                                "delete what is left of " + id));
}

}  // namespace edge::edged
