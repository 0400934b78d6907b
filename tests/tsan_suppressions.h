#pragma once

// What ThreadSanitizer is not to report, with the reasons. It looks the function up by name in each
// test program. (In a header, since nothing would pull an object of its own out of an archive.)
//
// Debian's gRPC, abseil and Paho are not instrumented. Of their mutexes the sanitizer sees the
// pthread calls; of their atomics (reference counts, abseil's own mutex) nothing. So memory that
// such an atomic hands from thread to thread looks unguarded, most often when it is freed.
//
// A line matches a frame of any stack of a report, that of the thread's making too. Therefore no
// race:libpaho (all our callbacks run on Paho's threads), and no called_from_lib: (it makes the
// sanitizer blind to the library's pthread mutexes too, and reports what they guard).

extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return
      // We use synchronous stubs and completion queues that our own threads wait on: no code of
      // ours runs below a frame of these libraries, nor on a thread of theirs. The reader is inline
      // code that reads their buffers.
      "race:libgrpc\n"
      "race:libgpr\n"
      "race:libabsl\n"
      "race:grpc::ProtoBufferReader\n"
      // Whoever drops the last reference to one of Paho C++'s tokens frees it, and the message in
      // it: one of its threads in remove_token, or the lane. Neither calls anybody back.
      "race:mqtt::async_client::remove_token\n"
      "race:mqtt::delivery_token::~delivery_token\n"
      "race:std::shared_ptr<mqtt::token>::~shared_ptr\n"
      // Paho C++'s set_callback holds the client's mutex while it takes the C library's, and
      // callbacks take them in the opposite order: but none comes before the client connects, and
      // we set ours before that. (The frame of set_callback itself is not in the report.)
      "deadlock:libpaho-mqtt3as\n";
}
