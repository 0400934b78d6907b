#pragma once

#include <cstdint>
#include <string>

#include "common/clock.h"

namespace edge {

/// Where randomness comes from. Thread rule: one thread per instance unless the class says more.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t Next() = 0;

  /// `size` random bytes.
  std::string Bytes(std::size_t size);
  /// A number in [0, bound); bound > 0.
  std::uint64_t Below(std::uint64_t bound);
  /// Full jitter: a duration in [0, ceiling].
  Duration Jitter(Duration ceiling);
  /// A version 4 UUID (RFC 9562), "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".
  std::string Uuid();
};

/// The kernel's generator (getrandom). Thread rule: any thread.
class SystemRandom final : public Random {
 public:
  std::uint64_t Next() override;
};

/// A reproducible sequence (SplitMix64) for tests and simulations; never for keys.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next() override;

 private:
  std::uint64_t state_;
};

}  // namespace edge
