#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cloudhub/adapters/embedded/api_types.h"
#include "cloudhub/adapters/embedded/object_store.h"
#include "cloudhub/adapters/embedded/selection.h"
#include "cloudhub/ports/kube_api.h"
#include "common/executor.h"
#include "common/random.h"

namespace edge::cloudhub::embedded {

/// What a request's URL names.
struct Target {
  const kube::ResourceInfo* resource = nullptr;
  std::string ns, name, subresource;
};

/// What to do about fields that a kind has not, or that are there twice (the query parameter
/// fieldValidation).
enum class FieldValidation { kIgnore, kWarn, kStrict };

struct WriteOptions {
  bool dry_run = false;
  FieldValidation validation = FieldValidation::kWarn;
  /// Fields that the request's text has more than once.
  std::vector<std::string> duplicates = {};
};

struct DeleteOptions {
  bool dry_run = false;
  bool orphan = false;                        ///< propagationPolicy Orphan
  std::optional<std::int64_t> grace_seconds;  ///< nullopt: the object's own
  std::string uid, resource_version;          ///< preconditions where not empty
};

/// The rules of the Kubernetes API on top of the object table: what a create, update, patch or
/// delete means, whom it conflicts with and how it is refused. Knows nothing of HTTP.
///
/// Thread rule: the executor's thread. Every call is finished, and on disk, when it returns.
class Registry {
 public:
  Registry(ObjectStore& store, const Clock& clock, Random& random);

  /// Makes the namespaces that every cluster has, and each namespace's default ServiceAccount.
  Status Bootstrap();
  /// Makes the namespace's default ServiceAccount where it is missing.
  Status EnsureDefaultAccount(const std::string& ns);

  Answer Get(const Target& target) const;
  Answer Create(Target target, Json object, const WriteOptions& options);
  Answer Update(const Target& target, Json object, const WriteOptions& options);
  Answer Patch(const Target& target, PatchType type, const Json& patch,
               const WriteOptions& options);
  Answer Delete(const Target& target, const DeleteOptions& options);
  /// Deletes what the selection matches; answers with the list of it.
  Answer DeleteCollection(const Selection& selection, const DeleteOptions& options);
  /// Gives a pod its node (pods/binding). `binding` is a core/v1 Binding.
  Answer Bind(const Target& pod, const Json& binding, const WriteOptions& options);

  /// Takes an object away for good when nothing holds it: no finalizer, no grace running.
  Answer Finalize(const StoreKey& key, const kube::ResourceInfo& resource, Json object);

  ObjectStore& store() { return store_; }
  const ObjectStore& store() const { return store_; }
  /// The stored object with its kind, or nullopt.
  std::optional<Json> Load(const Target& target) const;

 private:
  StoreKey KeyOf(const Target& target) const;
  std::optional<Answer> AdmitToNamespace(const Target& target) const;
  /// What the API server's admission plug-ins say to a pod that names what is not there.
  std::optional<Answer> AdmitPod(const Target& target, const Json& pod) const;
  void StampNew(const kube::ResourceInfo& resource, Json& object);
  std::string UniqueName(const Target& target, const std::string& prefix);
  /// Checks and stores a decoded object over `existing`.
  Answer Replace(const Target& target, Json object, const Json& existing,
                 const WriteOptions& options);
  Answer DeleteGracefully(const Target& target, Json object, std::int64_t grace,
                          const DeleteOptions& options);
  Answer DeleteNow(const Target& target, Json object, const DeleteOptions& options);
  Answer StartNamespaceEnd(const Target& target, Json object, const DeleteOptions& options);
  Status Store(const StoreKey& key, Json& object);
  void AllocateClusterIp(Json& service);
  std::string Now() const { return FormatTime(clock_.Wall()); }

  ObjectStore& store_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace edge::cloudhub::embedded
