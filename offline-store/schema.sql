-- The schema that migrations/ lead to; a test proves them equal. Read this one, add migrations there.

-- Desired objects. Two UIDs may hold one name while the old one is being torn down. Text is kept
-- as blobs: it is compared byte by byte and may hold anything.
CREATE TABLE objects (
  kind INTEGER NOT NULL,
  namespace BLOB NOT NULL,
  name BLOB NOT NULL,
  uid BLOB NOT NULL,
  version BLOB NOT NULL,
  prune_rule INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  retained INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (kind, namespace, name, uid)
);

-- UIDs that were removed and must not come back.
CREATE TABLE tombstones (
  number INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  namespace BLOB NOT NULL,
  name BLOB NOT NULL,
  uid BLOB NOT NULL,
  version BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  UNIQUE (kind, namespace, name, uid)
);

-- Status on its way up, the last value of each object. A new value is a new row: its sequence
-- must rise, and AUTOINCREMENT never gives one out twice.
CREATE TABLE statuses (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  namespace BLOB NOT NULL,
  name BLOB NOT NULL,
  uid BLOB NOT NULL,
  version BLOB NOT NULL,
  checksum INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  UNIQUE (kind, uid)
);

-- Events on their way up, in order.
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  checksum INTEGER NOT NULL,
  bytes BLOB NOT NULL
);

-- What the agent knows of a pod and could not find out again.
CREATE TABLE facts (
  pod_uid BLOB NOT NULL PRIMARY KEY,
  checksum INTEGER NOT NULL,
  bytes BLOB NOT NULL
) WITHOUT ROWID;

-- The agent's small named values.
CREATE TABLE meta (
  name BLOB NOT NULL PRIMARY KEY,
  checksum INTEGER NOT NULL,
  value BLOB NOT NULL
) WITHOUT ROWID;

-- ServiceAccount tokens of pods, so that a terminal that starts offline has those that it had.
CREATE TABLE tokens (
  pod_uid BLOB NOT NULL,
  audience BLOB NOT NULL,
  expiration_seconds INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (pod_uid, audience, expiration_seconds)
) WITHOUT ROWID;

-- The store's own: id, dropped_events, copy_stale.
CREATE TABLE own (
  name BLOB NOT NULL PRIMARY KEY,
  checksum INTEGER NOT NULL,
  value BLOB NOT NULL
) WITHOUT ROWID;
