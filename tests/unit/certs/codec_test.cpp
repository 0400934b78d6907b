#include "certs/enrolment_codec.h"

#include "tests/unit/certs/fixtures.h"

namespace edge::certs {
using namespace testing;  // NOLINT(google-build-using-namespace)

TEST_CASE("A request survives its wire form", "[certs]") {
  EnrolRequest request{1, "id", "till-1", "retail", std::string("\0n", 2), "csr", "mac", "1.0"};
  const EnrolRequest back = DecodeEnrolRequest(EncodeEnrolRequest(request)).value();
  CHECK(back.version == 1);
  CHECK(back.token_id == "id");
  CHECK(back.node_name == "till-1");
  CHECK(back.cluster_name == "retail");
  CHECK(back.nonce == request.nonce);
  CHECK(back.csr_pem == "csr");
  CHECK(back.mac == "mac");
  CHECK(back.agent_version == "1.0");
  CHECK_FALSE(IsExpiredRenewal(back));
}

TEST_CASE("A request with an expired certificate survives its wire form", "[certs]") {
  EnrolRequest request{2, "", "till-1", "retail", "n", "csr", "", "1.0", "cert", "signature"};
  const EnrolRequest back = DecodeEnrolRequest(EncodeEnrolRequest(request)).value();
  CHECK(IsExpiredRenewal(back));
  CHECK(back.expired_certificate_pem == "cert");
  CHECK(back.signature == "signature");
  request.version = 1;
  CHECK_FALSE(IsExpiredRenewal(request));
}

TEST_CASE("A reply survives its wire form with a certificate and with a refusal", "[certs]") {
  EnrolReply reply;
  reply.nonce = "n";
  reply.hub_nonce = "h";
  reply.certificate_pem = "cert";
  reply.ca_pem = "ca";
  reply.mac = "m";
  const EnrolReply back = DecodeEnrolReply(EncodeEnrolReply(reply)).value();
  CHECK(back.refusal.ok());
  CHECK(back.certificate_pem == "cert");
  CHECK(back.hub_nonce == "h");
  CHECK(back.ca_pem == "ca");
  CHECK(back.mac == "m");
  reply.refusal = NotFound("no EdgeNode", "create it");
  const EnrolReply refused = DecodeEnrolReply(EncodeEnrolReply(reply)).value();
  CHECK(refused.refusal.code() == Code::kNotFound);
  CHECK(refused.refusal.message() == "no EdgeNode");
  CHECK(refused.refusal.next_step() == "create it");
  CHECK(refused.certificate_pem.empty());
}

TEST_CASE("Garbage and oversized bytes are refused by both decoders", "[certs]") {
  for (const std::string& bytes : {std::string("\xff\xff\xff"), std::string("\x0a\x7f", 2)}) {
    CHECK(DecodeEnrolRequest(bytes).status().code() == Code::kInvalidArgument);
    CHECK(DecodeEnrolReply(bytes).status().code() == Code::kInvalidArgument);
  }
  const std::string large(kMaxEnrolMessage + 1, 'x');
  CHECK(DecodeEnrolRequest(large).status().code() == Code::kResourceExhausted);
  CHECK(DecodeEnrolReply(large).status().code() == Code::kResourceExhausted);
}

TEST_CASE("Any cut of a request is refused or lacks what was cut and never crashes", "[certs]") {
  EnrolRequest request{1, "id", "till-1", "retail", std::string(32, 'n'), "csr", "mac", "1.0"};
  const std::string whole = EncodeEnrolRequest(request);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto cut = DecodeEnrolRequest(whole.substr(0, size));
    if (cut.ok()) CHECK(cut->agent_version != "1.0");
  }
}

TEST_CASE("A refusal with a code that does not exist stays a refusal", "[certs]") {
  const std::string bytes("\x3a\x02\x08\x00", 4);  // field 7: { code: 0 }
  CHECK(DecodeEnrolReply(bytes)->refusal.code() == Code::kUnknown);
}

}  // namespace edge::certs
