#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/json.h"
#include "common/status.h"

namespace edge::cloudhub {

/// A kind of object in the Kubernetes API, as its URL names it.
struct Resource {
  std::string group;    ///< empty for the core group
  std::string version;  ///< "v1"
  std::string plural;   ///< "pods"
  auto operator<=>(const Resource&) const = default;
};

/// Who asks: the hub itself, or a node that the hub acts for (design.md 16).
struct Actor {
  std::string node;  ///< empty: the hub in its own name
  /// Its calls wait for no others: for those by which this replica stays at work.
  bool urgent = false;
};

enum class PatchType { kJson, kMerge, kStrategicMerge };

struct WatchEvent {
  enum class Type {
    kSynced,  ///< the first list was delivered as kAdded; from here on it is live
    kAdded,
    kModified,
    kDeleted,   ///< evidence of removal (design.md 5)
    kRelisted,  ///< the watch started anew and the list that follows may lack objects that went
                ///< meanwhile; their absence is no evidence
    kRefused,   ///< the node may not watch that (403). It is asked again about every second, each
                ///< time with this answer, until a list follows as after kRelisted. Of watches in
                ///< the hub's own name it is never told: the adapter logs that the role lacks it
  } type = Type::kAdded;
  Json object;  ///< null for kSynced, kRelisted and kRefused
};

struct ListOptions {
  std::string ns;  ///< empty: all
  std::string label_selector, field_selector;
};

/// Stops the watch when destroyed. Thread rule: the loop thread.
class Watch {
 public:
  virtual ~Watch() = default;
};

/// "The Kubernetes API" as the hub sees it: a real API server, or the embedded one. Errors carry
/// the codes that fit the API's Status reason: kNotFound, kAlreadyExists, kAborted (conflict, 409),
/// kInvalidArgument (422), kPermissionDenied, kUnauthenticated, kUnavailable, kResourceExhausted.
///
/// Thread rule: the loop thread calls; answers come on the loop thread, never inside the call.
class KubeApi {
 public:
  using Done = std::function<void(Result<Json>)>;

  virtual ~KubeApi() = default;
  /// Read at this moment, never from a cache: a 404 is evidence of removal.
  virtual void Get(const Actor& actor, const Resource& resource, const std::string& ns,
                   const std::string& name, Done done) = 0;
  virtual void Create(const Actor& actor, const Resource& resource, const Json& object,
                      Done done) = 0;
  /// Posts to a subresource of an object: "token" of a ServiceAccount. kUnimplemented where the API
  /// has none of that.
  virtual void CreateSub(const Actor& actor, const Resource& resource, const std::string& ns,
                         const std::string& name, const std::string& subresource,
                         const Json& object, Done done) = 0;
  virtual void Update(const Actor& actor, const Resource& resource, const Json& object,
                      Done done) = 0;
  /// `subresource` is empty or "status". With metadata.uid and metadata.resourceVersion in the
  /// patch these are preconditions.
  virtual void Patch(const Actor& actor, const Resource& resource, const std::string& ns,
                     const std::string& name, const std::string& subresource, PatchType type,
                     const Json& patch, Done done) = 0;
  /// `uid` empty: whichever. `grace_seconds` nullopt: the object's own.
  virtual void Delete(const Actor& actor, const Resource& resource, const std::string& ns,
                      const std::string& name, const std::string& uid,
                      std::optional<std::int64_t> grace_seconds, Done done) = 0;
  /// Ends the calls that wait for their turn, but for urgent ones, with `why`: none of them is sent
  /// any more. What is under way goes on.
  virtual void DropWaiting(const Status&) {}
  /// Lists, then follows, for as long as the Watch lives: it reconnects by itself. The list is read
  /// at this moment, never from a cache. `on_event` may destroy the Watch.
  virtual std::unique_ptr<Watch> Follow(const Actor& actor, const Resource& resource,
                                        const ListOptions& options,
                                        std::function<void(const WatchEvent&)> on_event) = 0;
};

}  // namespace edge::cloudhub
