-- ServiceAccount tokens of pods, so that a terminal that starts offline has those that it had.
CREATE TABLE tokens (
  pod_uid BLOB NOT NULL,
  audience BLOB NOT NULL,
  expiration_seconds INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (pod_uid, audience, expiration_seconds)
) WITHOUT ROWID;
