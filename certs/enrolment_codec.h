#pragma once

#include <string>
#include <string_view>

#include "certs/enrolment.h"

namespace edge::certs {

/// Largest enrolment message, on the wire, in either direction.
inline constexpr std::size_t kMaxEnrolMessage = 16 * 1024;

/// What is longer is cut by the decoder.
inline constexpr std::size_t kMaxAgentVersion = 64;

// proto/edge/v1/enrol.proto. Decoding is of untrusted bytes: kInvalidArgument for anything that is
// no such message, kResourceExhausted over the cap. Any thread.
std::string EncodeEnrolRequest(const EnrolRequest& request);
Result<EnrolRequest> DecodeEnrolRequest(std::string_view bytes);
std::string EncodeEnrolReply(const EnrolReply& reply);
Result<EnrolReply> DecodeEnrolReply(std::string_view bytes);

}  // namespace edge::certs
