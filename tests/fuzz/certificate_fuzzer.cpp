#include "certs/authority.h"
#include "certs/x509.h"
#include "tests/fuzz/fuzz.h"

// A certificate request comes from a client that is not known yet; files come from disks.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = edge::fuzz::View(data, size);
  const auto request = edge::certs::ReadCsr(text);
  edge::fuzz::Expect(request.ok() || !request.status().message().empty());
  const auto certificate = edge::certs::ReadCertificate(text);
  edge::fuzz::Expect(certificate.ok() || !certificate.status().message().empty());
  const auto revoked = edge::certs::ReadCrl(text);
  edge::fuzz::Expect(revoked.ok() || !revoked.status().message().empty());
  return 0;
}
