#include "common/random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "common/bytes.h"

namespace edge {

std::string Random::Bytes(std::size_t size) {
  std::string bytes;
  bytes.reserve(size + 8);
  while (bytes.size() < size) {
    const std::uint64_t word = Next();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  bytes.resize(size);
  return bytes;
}

std::uint64_t Random::Below(std::uint64_t bound) {
  // Numbers from the incomplete last multiple of bound are drawn again, so that none is favoured.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  std::uint64_t word = Next();
  while (word >= limit) word = Next();
  return word % bound;
}

Duration Random::Jitter(Duration ceiling) {
  if (ceiling <= Duration::zero()) return Duration::zero();
  return Duration(
      static_cast<Duration::rep>(Below(static_cast<std::uint64_t>(ceiling.count()) + 1)));
}

std::string Random::Uuid() {
  std::string raw = Bytes(16);
  raw[6] = static_cast<char>((raw[6] & 0x0f) | 0x40);
  raw[8] = static_cast<char>((raw[8] & 0x3f) | 0x80);
  std::string text = HexEncode(raw);
  for (const std::size_t position : {20U, 16U, 12U, 8U}) text.insert(position, 1, '-');
  return text;
}

std::uint64_t SystemRandom::Next() {
  std::uint64_t word = 0;
  // Eight bytes never come in part (getrandom(2)); only a signal before the first byte interrupts.
  while (getrandom(&word, sizeof(word), 0) != static_cast<ssize_t>(sizeof(word))) {
    if (errno != EINTR) std::abort();
  }
  return word;
}

std::uint64_t SeededRandom::Next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace edge
