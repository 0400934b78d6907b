#pragma once

#include <algorithm>
#include <cstdio>
#include <vector>

namespace edge::bench {

/// The value below which `share` (0 to 1) of the values lie. `values` must not be empty.
inline double Quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  return values[rank];
}

/// A line "NAME VALUE", as tools/lib/bench.sh reads it.
inline void Print(const char* name, double value) { std::printf("%s %.2f\n", name, value); }

}  // namespace edge::bench
