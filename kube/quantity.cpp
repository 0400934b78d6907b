#include "kube/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace edge::kube {
namespace {

__extension__ using Int128 = __int128;

constexpr Int128 kNano = 1'000'000'000;
constexpr Int128 kMaxNano = Int128{std::numeric_limits<std::int64_t>::max()} * kNano;
constexpr std::size_t kMaxText = 128;

struct Suffix {
  std::string_view text;
  Quantity::Format format;
  int base;
  int exponent;  ///< of 10, or of 1024
};

using Format = Quantity::Format;
constexpr std::array<Suffix, 16> kSuffixes{{{"", Format::kDecimalSI, 10, 0},
                                            {"n", Format::kDecimalSI, 10, -9},
                                            {"u", Format::kDecimalSI, 10, -6},
                                            {"m", Format::kDecimalSI, 10, -3},
                                            {"k", Format::kDecimalSI, 10, 3},
                                            {"M", Format::kDecimalSI, 10, 6},
                                            {"G", Format::kDecimalSI, 10, 9},
                                            {"T", Format::kDecimalSI, 10, 12},
                                            {"P", Format::kDecimalSI, 10, 15},
                                            {"E", Format::kDecimalSI, 10, 18},
                                            {"Ki", Format::kBinarySI, 1024, 1},
                                            {"Mi", Format::kBinarySI, 1024, 2},
                                            {"Gi", Format::kBinarySI, 1024, 3},
                                            {"Ti", Format::kBinarySI, 1024, 4},
                                            {"Pi", Format::kBinarySI, 1024, 5},
                                            {"Ei", Format::kBinarySI, 1024, 6}}};

Status FormatError() {
  return InvalidArgument(
      "quantities must match the regular expression "
      "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

Status SuffixError() { return InvalidArgument("unable to parse quantity's suffix"); }

/// Multiplies and stops at the cap, so that no step can overflow.
Int128 SaturatingMultiply(Int128 value, Int128 factor) {
  if (value != 0 && value > kMaxNano / factor) return kMaxNano;
  return value * factor;
}

Result<Suffix> ParseSuffix(std::string_view text) {
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.text == text) return suffix;
  }
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return SuffixError();
  std::string_view digits = text.substr(1);
  if (digits.front() == '+') digits.remove_prefix(1);
  Suffix suffix{text, Format::kDecimalExponent, 10, 0};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), suffix.exponent);
  if (error != std::errc() || end != digits.data() + digits.size()) return SuffixError();
  // Far beyond the cap and below a nano respectively, and safe to calculate with.
  suffix.exponent = std::clamp(suffix.exponent, -1000, 1000);
  return suffix;
}

struct Digits {
  std::string text;  ///< without the point and leading zeros
  int places = 0;    ///< of them behind the point
};

/// The number part of `text`; takes it off. False where there is no digit.
bool TakeDigits(std::string_view& text, Digits& digits) {
  bool any = false, point = false;
  while (!text.empty()) {
    const char c = text.front();
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      any = true;
      if (c != '0' || !digits.text.empty()) digits.text += c;
      if (point) ++digits.places;
    } else {
      break;
    }
    text.remove_prefix(1);
  }
  return any;
}

/// digits * 10^exponent in nano, rounded away from zero, capped.
Int128 ScaleDecimal(const Digits& digits, Int128 binary_factor, int exponent) {
  // Below nine places only "is there anything" matters, and beyond the cap nothing does.
  Int128 value = 0;
  for (const char c : digits.text) {
    value = SaturatingMultiply(value, 10);
    value = value >= kMaxNano ? kMaxNano : value + (c - '0');
  }
  value = SaturatingMultiply(value, binary_factor);
  int shift = exponent - digits.places + 9;
  bool remainder = false;
  for (; shift < 0 && value != 0; ++shift) {
    remainder = remainder || value % 10 != 0;
    value /= 10;
  }
  for (; shift > 0 && value != 0 && value < kMaxNano; --shift) {
    value = SaturatingMultiply(value, 10);
  }
  return remainder ? value + 1 : value;
}

std::string ToText(Int128 value) {
  if (value == 0) return "0";
  const bool negative = value < 0;
  std::string text;
  for (; value != 0; value /= 10) {
    const int digit = static_cast<int>(value % 10);
    text.insert(text.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
  }
  return negative ? "-" + text : text;
}

Int128 DivideUp(Int128 value, Int128 divisor) {
  const Int128 whole = value / divisor;
  if (value % divisor == 0) return whole;
  return value > 0 ? whole + 1 : whole - 1;
}

std::int64_t Clamp(Int128 value) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
  return value > kMax ? kMax : value < kMin ? kMin : static_cast<std::int64_t>(value);
}

/// In whole units with the largest power of 1024 that divides them.
std::string BinaryText(Int128 value) {
  static constexpr std::array<std::string_view, 7> kText{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
  std::size_t power = 0;
  while (power + 1 < kText.size() && value != 0 && value % 1024 == 0) {
    value /= 1024;
    ++power;
  }
  return ToText(value) + std::string(kText[power]);
}

std::string DecimalText(Int128 nano, bool exponent_form) {
  static constexpr std::array<std::string_view, 10> kText{"n", "u", "m", "",  "k",
                                                          "M", "G", "T", "P", "E"};
  std::size_t power = 0;
  while (power + 1 < kText.size() && nano % 1000 == 0) {
    nano /= 1000;
    ++power;
  }
  if (!exponent_form) return ToText(nano) + std::string(kText[power]);
  const int exponent = static_cast<int>(power) * 3 - 9;
  return ToText(nano) + (exponent == 0 ? std::string() : "e" + std::to_string(exponent));
}

}  // namespace

Quantity Quantity::FromInt(std::int64_t value, Format format) {
  Quantity quantity;
  quantity.nano_ = Int128{value} * kNano;
  quantity.format_ = format;
  return quantity;
}

Quantity Quantity::FromMilli(std::int64_t milli) {
  Quantity quantity;
  quantity.nano_ = Int128{milli} * 1'000'000;
  return quantity;
}

Result<Quantity> Quantity::Parse(std::string_view text) {
  if (text.empty() || text.size() > kMaxText) return FormatError();
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  Digits digits;
  if (!TakeDigits(text, digits)) return FormatError();
  EDGE_ASSIGN_OR_RETURN(const Suffix suffix, ParseSuffix(text));
  Int128 factor = 1;
  for (int i = 0; suffix.base == 1024 && i < suffix.exponent; ++i) factor *= 1024;
  Quantity quantity;
  quantity.format_ = suffix.format;
  quantity.nano_ = ScaleDecimal(digits, factor, suffix.base == 1024 ? 0 : suffix.exponent);
  if (quantity.nano_ > kMaxNano) quantity.nano_ = kMaxNano;
  if (negative) quantity.nano_ = -quantity.nano_;
  return quantity;
}

Result<Quantity> Quantity::FromJson(const Json& value) {
  if (value.is_string()) return Parse(value.get_ref<const std::string&>());
  if (value.is_number()) return Parse(value.dump());
  return FormatError();
}

std::string Quantity::ToString() const {
  if (nano_ == 0) return "0";
  // As the API server: binary suffixes only from 1024 on, and then no fractions.
  const bool small = nano_ < 1024 * kNano && nano_ > -1024 * kNano;
  if (format_ == Format::kBinarySI && !small) return BinaryText(DivideUp(nano_, kNano));
  return DecimalText(nano_, format_ == Format::kDecimalExponent);
}

std::int64_t Quantity::Value() const { return Clamp(DivideUp(nano_, kNano)); }

std::int64_t Quantity::MilliValue() const { return Clamp(DivideUp(nano_, 1'000'000)); }

Quantity& Quantity::operator+=(const Quantity& other) {
  if (nano_ == 0) format_ = other.format_;
  nano_ += other.nano_;
  return *this;
}

Quantity& Quantity::operator-=(const Quantity& other) {
  if (nano_ == 0) format_ = other.format_;
  nano_ -= other.nano_;
  return *this;
}

}  // namespace edge::kube
