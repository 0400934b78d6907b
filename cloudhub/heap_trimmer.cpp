#include "cloudhub/heap_trimmer.h"

#include <malloc.h>

namespace edge::cloudhub {
namespace {

/// One takes 14 ms with a heap of 90 MB, whether there is something to give back or not.
constexpr Duration kTrimPeriod = std::chrono::seconds(30);

}  // namespace

HeapTrimmer::HeapTrimmer(Executor& executor) : executor_(executor) {
  // Most work is the loop thread's: heaps of their own for the others cost more than a lock.
  mallopt(M_ARENA_MAX, 1);
  TrimAgain();
}

void HeapTrimmer::TrimAgain() {
  malloc_trim(0);
  next_ = executor_.After(kTrimPeriod, [this] { TrimAgain(); });
}

}  // namespace edge::cloudhub
