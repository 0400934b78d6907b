#include "kube/timestamps.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>

namespace edge::kube {
namespace {

std::optional<int> TakeNumber(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool TakeChar(std::string_view& text, char a, char b) {
  if (text.empty() || (text.front() != a && text.front() != b)) return false;
  text.remove_prefix(1);
  return true;
}

/// Microseconds after the point; further digits are cut off.
int TakeFraction(std::string_view& text) {
  if (text.empty() || text.front() != '.') return 0;
  text.remove_prefix(1);
  int micros = 0, places = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
    if (places++ < 6) micros = micros * 10 + (text.front() - '0');
  }
  for (; places < 6; ++places) micros *= 10;
  return micros;
}

std::optional<std::chrono::minutes> TakeOffset(std::string_view& text) {
  if (text == "Z" || text == "z") return std::chrono::minutes(0);
  const bool west = !text.empty() && text.front() == '-';
  if (!TakeChar(text, '+', '-')) return std::nullopt;
  const auto hours = TakeNumber(text, 2);
  if (!hours || !TakeChar(text, ':', ':')) return std::nullopt;
  const auto minutes = TakeNumber(text, 2);
  if (!minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return west ? -offset : offset;
}

}  // namespace

std::string CanonicalTime(std::string_view text, bool micro) {
  const auto year = TakeNumber(text, 4);
  if (!year || !TakeChar(text, '-', '-')) return {};
  const auto month = TakeNumber(text, 2);
  if (!month || !TakeChar(text, '-', '-')) return {};
  const auto day = TakeNumber(text, 2);
  if (!day || !TakeChar(text, 'T', 't')) return {};
  const auto hour = TakeNumber(text, 2);
  if (!hour || !TakeChar(text, ':', ':')) return {};
  const auto minute = TakeNumber(text, 2);
  if (!minute || !TakeChar(text, ':', ':')) return {};
  const auto second = TakeNumber(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return {};
  const int micros = TakeFraction(text);
  const auto offset = TakeOffset(text);
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!offset || !date.ok()) return {};
  const auto utc = std::chrono::sys_days(date) + std::chrono::hours(*hour) +
                   std::chrono::minutes(*minute) - *offset + std::chrono::seconds(*second);
  const auto utc_day = std::chrono::floor<std::chrono::days>(utc);
  const std::chrono::year_month_day d(utc_day);
  const auto rest = (utc - utc_day).count();
  std::array<char, 64> out{};
  const int size = std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                                 static_cast<int>(d.year()), static_cast<unsigned>(d.month()),
                                 static_cast<unsigned>(d.day()), static_cast<int>(rest / 3600),
                                 static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60));
  std::string result(out.data(), static_cast<std::size_t>(size));
  if (micro) {
    std::snprintf(out.data(), out.size(), ".%06d", micros);
    result += out.data();
  }
  return result + "Z";
}

}  // namespace edge::kube
