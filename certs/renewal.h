#pragma once

#include "certs/x509.h"
#include "common/random.h"

namespace edge::certs {

/// When a node asks for its next certificate: at two thirds of the life of the one it has, spread
/// over a tenth of the life so that a fleet that enrolled together does not renew together.
///
/// A terminal's clock may be wrong by decades, so the wall clock is believed only while it lies
/// within the certificate's life; else the time that the agent has been seen running with this
/// certificate counts.
/// Thread rule: a value.
class RenewalSchedule {
 public:
  /// `jitter` in [0, 1]: which part of the spread is this node's; draw it once per certificate.
  RenewalSchedule(const CertificateFacts& facts, double jitter);

  /// How long to wait from now; zero: at once. Never longer than a day, so that a clock that is put
  /// right is noticed. `held_for` is the boot-clock time that this certificate has been in use.
  Duration Wait(WallTime now, Duration held_for) const;
  bool Due(WallTime now, Duration held_for) const;

  /// The wall time from which renewal is due.
  WallTime due_at() const { return due_at_; }

 private:
  WallTime not_before_, not_after_, due_at_;
};

/// The wait before asking again after `attempts` unanswered or refused requests: full jitter below
/// a ceiling that doubles from a minute to six hours.
Duration RenewalBackoff(int attempts, Random& random);

}  // namespace edge::certs
