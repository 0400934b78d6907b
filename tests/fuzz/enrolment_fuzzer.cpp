#include "certs/enrolment_codec.h"
#include "tests/fuzz/fuzz.h"

// What an unknown client may send to the hub's enrolment, and an unknown broker to a terminal.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = edge::fuzz::View(data, size);
  const auto request = edge::certs::DecodeEnrolRequest(bytes);
  edge::fuzz::Expect(request.ok() || !request.status().message().empty());
  const auto reply = edge::certs::DecodeEnrolReply(bytes);
  edge::fuzz::Expect(reply.ok() || !reply.status().message().empty());
  return 0;
}
