#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/hub_side.h"
#include "tests/model/faults.h"
#include "tests/model/truth.h"
#include "tests/model/violation.h"

namespace edge::model {

/// One hub replica: a watch cache that lags behind the truth or lies, and a HubSession on it.
class ModelHub final : public sync::DesiredView {
 public:
  enum class Cache {
    kHonest,     ///< behind, but nothing made up
    kEmpty,      ///< came up empty and says that it is in sync
    kForbidden,  ///< may not read Secrets; says so
    kUnsynced,   ///< has not had its first list
  };

  ModelHub(const Truth& truth, Random& random, Mutation mutation);

  /// A new process. Nothing is known but the epoch.
  sync::HubOutput Start(std::uint64_t epoch, Cache cache, BootTime now);
  void Stop() { session_.reset(); }
  bool running() const { return session_ != nullptr; }
  sync::HubSession& session() { return *session_; }

  /// A heartbeat, whole or short, comes to the session; `said`: what the node had in it. Throws
  /// Violation when the session takes it for anything else.
  sync::HubOutput Hear(sync::UpMessage beat, const sync::Heartbeat& said, BootTime now);
  /// Short heartbeats that were completed.
  std::size_t completed() const { return completed_; }
  /// Short heartbeats whose whole one was not held.
  std::size_t requested() const { return requested_; }

  /// The watch starts anew: another list, from some point of the past or a lie.
  std::vector<sync::HubOutput> Relist(Cache cache, BootTime now);
  /// Reads up to `limit` more events of the watch.
  std::vector<sync::HubOutput> Follow(std::size_t limit, BootTime now);
  bool current() const { return cache_ == Cache::kHonest && position_ == truth_.log().size(); }
  const Truth& truth() const { return truth_; }

  bool Synced(sync::Kind kind) const override;
  std::vector<sync::Entry> Desired(std::uint32_t prune_rule) const override;
  std::optional<sync::DesiredObject> Find(sync::Kind kind, const std::string& uid,
                                          std::uint32_t prune_rule) const override;
  bool Referenced(const sync::ObjectKey& key) const override;
  std::vector<sync::Entry> Statuses() const override;

 private:
  void Load(Cache cache);
  std::vector<sync::HubOutput> Tell(const std::vector<sync::Entry>& before,
                                    const std::vector<sync::Entry>& deleted, bool watch,
                                    BootTime now);

  const Truth& truth_;
  Random& random_;
  const Mutation mutation_;
  Cache cache_ = Cache::kUnsynced;
  std::size_t position_ = 0;
  std::map<sync::ObjectKey, sync::DesiredObject> objects_;
  mutable std::optional<std::vector<sync::Entry>> desired_;  // of objects_, when asked for
  sync::HubConfig config_;
  std::unique_ptr<sync::HubSession> session_;
  std::uint64_t whole_ = 0;  // sequence of the last whole heartbeat that the session took
  std::size_t completed_ = 0, requested_ = 0;
};

}  // namespace edge::model
