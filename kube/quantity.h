#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/json.h"
#include "common/status.h"

namespace edge::kube {

/// Kubernetes' resource.Quantity: a decimal number with up to nine places and the form in which it
/// was written. Values beyond +-2^63 nano saturate as the API server caps them at 2^63-1.
///
/// Thread rule: a value. Equality and order are of the number, not of the form.
class Quantity {
 public:
  enum class Format { kDecimalSI, kBinarySI, kDecimalExponent };

  Quantity() = default;
  static Quantity FromInt(std::int64_t value, Format format = Format::kDecimalSI);
  static Quantity FromMilli(std::int64_t milli);

  /// "100m", "1.5Gi", "12e6", "0.1". More than nine places round away from zero.
  /// Error: kInvalidArgument in the API server's words.
  static Result<Quantity> Parse(std::string_view text);
  /// A JSON string or number.
  static Result<Quantity> FromJson(const Json& value);

  /// The canonical form: the largest suffix that leaves an integer.
  std::string ToString() const;
  /// Whole units, rounded up (away from zero).
  std::int64_t Value() const;
  /// Thousandths, rounded up; saturates.
  std::int64_t MilliValue() const;
  bool IsZero() const { return nano_ == 0; }
  bool IsNegative() const { return nano_ < 0; }

  Quantity& operator+=(const Quantity& other);
  Quantity& operator-=(const Quantity& other);
  friend Quantity operator+(Quantity a, const Quantity& b) { return a += b; }
  friend Quantity operator-(Quantity a, const Quantity& b) { return a -= b; }
  bool operator==(const Quantity& other) const { return nano_ == other.nano_; }
  std::strong_ordering operator<=>(const Quantity& other) const {
    return nano_ < other.nano_   ? std::strong_ordering::less
           : nano_ > other.nano_ ? std::strong_ordering::greater
                                 : std::strong_ordering::equal;
  }

 private:
  // 2^63 units in nano fit 2^93: 128 bits hold every legal value and sums of many.
  __extension__ using Int128 = __int128;

  Int128 nano_ = 0;
  Format format_ = Format::kDecimalSI;
};

}  // namespace edge::kube
