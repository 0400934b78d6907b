#pragma once

#include <functional>
#include <memory>
#include <string>

#include "certs/enrolment.h"
#include "cloudhub/core/enrolment/renewals.h"
#include "cloudhub/core/enrolment/revocations.h"
#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"
#include "sync/messages.h"

namespace edge::cloudhub {

/// Gives terminals their certificates: judges enrolment requests against the join-token Secrets and
/// EdgeNodes of the Kubernetes API, and signs renewals, of expired certificates too. Everything is
/// recorded in the API before a reply leaves, so that any replica, or this one after a crash,
/// repeats the same answer.
///
/// Failure modes: an API that does not answer makes a refusal that the terminal retries.
/// Thread rule: the loop thread. Callbacks come later on the loop; none after destruction.
class Enrolment {
 public:
  Enrolment(certs::EnrolmentServer server, KubeApi& api, Executor& executor, Random& random);

  /// One serialized EnrolRequest (untrusted) from the enrolment listener. `reply` gets a serialized
  /// EnrolReply, or is never called: for bytes that are no request, for a node that `serves` leaves
  /// to another replica, and when too many are in work (the terminal repeats itself).
  void Enrol(const std::string& request, std::function<void(std::string reply)> reply,
             const std::function<bool(const std::string& node)>& serves = nullptr);

  /// A renewal asked for on the authenticated topic of `node`; see Renewals::Renew.
  void Renew(const std::string& node, const std::string& csr_pem,
             std::function<void(sync::CertificateReply)> reply);

  /// Revokes every certificate of an EdgeNode (as read from the API): it is being deleted, or is
  /// marked as stolen.
  void RevokeAll(const Json& edge_node, std::function<void(Status)> done);

 private:
  struct Work;
  using WorkPtr = std::shared_ptr<Work>;

  /// Wraps a step so that it does not run after destruction.
  KubeApi::Done Step(WorkPtr work, void (Enrolment::*step)(const WorkPtr&, const Result<Json>&));
  void RenewExpired(const WorkPtr& work);
  void FetchToken(const WorkPtr& work);
  void OnToken(const WorkPtr& work, const Result<Json>& found);
  void OnEdgeNode(const WorkPtr& work, const Result<Json>& found);
  void OnRedeemed(const WorkPtr& work, const Result<Json>& written);
  void Replace(const WorkPtr& work);
  void OnRevoked(const WorkPtr& work, const Status& status);
  void OnRecorded(const WorkPtr& work, const Result<Json>& written);
  void Again(const WorkPtr& work);
  void Fail(const WorkPtr& work, const Status& cause);
  void Send(const WorkPtr& work, const certs::EnrolReply& reply);

  const certs::EnrolmentServer server_;
  KubeApi& api_;
  Executor& executor_;
  Random& random_;
  RevocationWriter revocations_;
  Renewals renewals_;
  int in_work_ = 0;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace edge::cloudhub
