#pragma once

namespace edge::model {

/// A rule of the product that the model breaks on purpose, in its wrappers, to show that it would
/// notice. kNone: the product as it is.
enum class Mutation {
  kNone,
  kAbsenceIsEvidence,   ///< what a list lacks is taken for deleted
  kErrorIsEvidence,     ///< a GET that fails counts as 404
  kRelistDeletes,       ///< a cache that starts anew reports what it lacks as DELETED
  kAckBeforeCommit,     ///< acks go out before the disk has the data
  kFailedCommitIsGood,  ///< a failed commit is taken for done
  kNoOrder,             ///< every message counts as the newest
  kNoTombstones,        ///< tombstones are not kept over a restart
  kNoReferences,        ///< the node does not see what its pods refer to
  kAnyCluster,          ///< every hub counts as the node's own
  kNoRetry,             ///< what is not acked is not sent again
  kNoDigest,            ///< the digests always look equal
  kNoRaise,             ///< a hub starts again under its old epoch and never raises it
  kNewUidReplaces,      ///< a new UID under a held name throws the old one away
  kAnyWholeHeartbeat,   ///< a short heartbeat is completed from whichever whole one the hub holds
  kNoHeartbeatRequest,  ///< a whole heartbeat that the hub lacks is not asked for
};

}  // namespace edge::model
