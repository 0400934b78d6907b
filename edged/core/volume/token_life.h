#pragma once

#include <cstdint>
#include <string>

#include "common/clock.h"
#include "common/status.h"

namespace edge::edged {

/// A token and how long it lives. Its life counts on CLOCK_BOOTTIME from when it came: the wall
/// clock may be decades off, and only helps to count the time that a terminal was off.
struct TokenLife {
  std::string token;  ///< empty: there is none
  Duration lifetime{0};
  BootTime expires_at{};
  BootTime refresh_at{};  ///< at 80 % of the life or after a day, whichever is first
  WallTime received{};    ///< as the clock had it
  bool operator==(const TokenLife&) const = default;
};

/// One that came now. At most 2^32 seconds of life count.
TokenLife NewTokenLife(std::string token, std::uint64_t lifetime_seconds, BootTime now,
                       WallTime wall);

/// For the store.
std::string DumpTokenLife(const TokenLife& life, const std::string& boot_id);

/// As it holds at `now` in the boot `boot_id`. In another boot than that in which it came nobody
/// knows how old it is: it is to be refreshed at once, and has expired if the wall clock says so.
/// Error: kInvalidArgument for what DumpTokenLife did not write.
Result<TokenLife> ReadTokenLife(const std::string& bytes, const std::string& boot_id, BootTime now,
                                WallTime wall);

}  // namespace edge::edged
