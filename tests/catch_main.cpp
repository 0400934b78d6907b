#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#ifdef EDGE_THREAD_SANITIZER
#include "tests/tsan_suppressions.h"
#endif
