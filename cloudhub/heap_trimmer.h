#pragma once

#include "common/executor.h"

namespace edge::cloudhub {

/// Gives back to the system what the heap has no use for any more: glibc keeps what a list or a
/// storm of connections once took, for it returns only what is free at the very end of the heap.
/// Of a hub with a thousand nodes that was four fifths.
///
/// Thread rule: the loop thread. The executor outlives it.
class HeapTrimmer {
 public:
  explicit HeapTrimmer(Executor& executor);

 private:
  void TrimAgain();

  Executor& executor_;
  Timer next_;
};

}  // namespace edge::cloudhub
