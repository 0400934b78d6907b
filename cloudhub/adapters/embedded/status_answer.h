#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cloudhub/adapters/embedded/api_types.h"
#include "common/status.h"
#include "kube/field_error.h"
#include "kube/resources.h"

namespace edge::cloudhub::embedded {

// Refusals as metav1.Status, in the words of the Kubernetes API server: kubectl and controllers
// print and match them.

/// "pods", "edgenodes.edge.kubeedge.io".
std::string QualifiedResource(const kube::ResourceInfo& resource);

Answer MakeStatus(int code, std::string_view reason, std::string message, Json details = nullptr);

Answer UnauthorizedAnswer();
Answer BadRequestAnswer(std::string message);
Answer TooLargeAnswer(std::size_t limit_bytes);
Answer InternalAnswer(std::string_view cause);
/// The URL names nothing that is served.
Answer NoSuchResourceAnswer();
Answer MethodNotAllowedAnswer();
Answer NotFoundAnswer(const kube::ResourceInfo& resource, const std::string& name);
Answer AlreadyExistsAnswer(const kube::ResourceInfo& resource, const std::string& name);
Answer ForbiddenAnswer(const kube::ResourceInfo& resource, const std::string& name,
                       const std::string& cause);
Answer ConflictAnswer(const kube::ResourceInfo& resource, const std::string& name,
                      const std::string& cause);
/// The ConflictAnswer of a stale resourceVersion.
Answer ModifiedAnswer(const kube::ResourceInfo& resource, const std::string& name);
Answer InvalidAnswer(const kube::ResourceInfo& resource, const std::string& name,
                     const kube::FieldErrors& errors);
/// A write without the resourceVersion that its kind insists on.
Answer NoVersionAnswer(const kube::ResourceInfo& resource, const std::string& name);
/// What is wrong with a request's options: `kind` is ListOptions, DeleteOptions and the like.
Answer InvalidOptionsAnswer(const std::string& kind, const kube::FieldErrors& errors);
/// A patch that leaves no object of its kind.
Answer InvalidPatchAnswer(const std::string& cause);
Answer UnsupportedMediaAnswer(std::string_view accepted);
Answer ExpiredAnswer(std::string message);
/// metav1.Status of a success, such as a deletion's.
Answer SuccessAnswer(const kube::ResourceInfo& resource, const std::string& name,
                     const std::string& uid);

/// A failure of the store or of a helper, as the API would word it.
Answer FromStatus(const Status& status);
/// The answer's code and message as the port's Status; OK for a success.
Status ToStatus(const Answer& answer);

}  // namespace edge::cloudhub::embedded
