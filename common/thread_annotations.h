#pragma once

// What clang's -Wthread-safety reads (tools/check-tidy runs it); nothing to GCC. The names are
// those of clang's documentation, "Thread Safety Analysis".

#ifdef __clang__
#define EDGE_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define EDGE_THREAD_ANNOTATION(x)
#endif

#define EDGE_CAPABILITY(x) EDGE_THREAD_ANNOTATION(capability(x))
#define EDGE_SCOPED_CAPABILITY EDGE_THREAD_ANNOTATION(scoped_lockable)
#define EDGE_GUARDED_BY(x) EDGE_THREAD_ANNOTATION(guarded_by(x))
#define EDGE_REQUIRES(...) EDGE_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define EDGE_ACQUIRE(...) EDGE_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define EDGE_RELEASE(...) EDGE_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
