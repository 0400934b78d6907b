#include <openssl/bn.h>
#include <openssl/err.h>

#include <algorithm>

#include "certs/adapters/openssl/handles.h"
#include "certs/authority.h"

namespace edge::certs {
namespace {

using namespace openssl;  // NOLINT(google-build-using-namespace): our own, of this folder

Status AddRow(X509_CRL* crl, const RevokedCertificate& row) {
  const Integer serial = SerialFromHex(row.serial);
  if (serial == nullptr) {
    return InvalidArgument("\"" + row.serial + "\" is no certificate serial in hex");
  }
  const Time at = ToAsn1Time(row.revoked_at);
  Revoked revoked(X509_REVOKED_new());
  if (X509_REVOKED_set_serialNumber(revoked.get(), serial.get()) != 1 ||
      X509_REVOKED_set_revocationDate(revoked.get(), at.get()) != 1 ||
      X509_CRL_add0_revoked(crl, revoked.get()) != 1) {
    return OpenSslError("adding a row to the revocation list");
  }
  static_cast<void>(revoked.release());  // the list's now
  return Status::Ok();
}

bool SetNumber(X509_CRL* crl, std::uint64_t number) {
  const Integer value(ASN1_INTEGER_new());
  return ASN1_INTEGER_set_uint64(value.get(), number) == 1 &&
         X509_CRL_add1_ext_i2d(crl, NID_crl_number, value.get(), 0, 0) == 1;
}

std::vector<std::string> SerialsAt(const std::vector<RevokedCertificate>& revoked, WallTime now) {
  std::vector<std::string> serials;
  for (const RevokedCertificate& row : revoked) {
    if (row.not_after > now) serials.push_back(row.serial);
  }
  std::sort(serials.begin(), serials.end());
  serials.erase(std::unique(serials.begin(), serials.end()), serials.end());
  return serials;
}

}  // namespace

Result<std::string> CertificateAuthority::MakeCrl(const std::vector<RevokedCertificate>& revoked,
                                                  std::uint64_t number, WallTime now,
                                                  Duration life) const {
  EDGE_ASSIGN_OR_RETURN(const Certificate ca, ParseCertificate(certificate_pem_));
  EDGE_ASSIGN_OR_RETURN(const Key key, ParseKey(key_pem_));
  const Crl crl(X509_CRL_new());
  const Time from = ToAsn1Time(now - kCrlBackDating);
  const Time until = ToAsn1Time(now + life);
  const bool filled = X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1 &&
                      X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(ca.get())) == 1 &&
                      X509_CRL_set1_lastUpdate(crl.get(), from.get()) == 1 &&
                      X509_CRL_set1_nextUpdate(crl.get(), until.get()) == 1 &&
                      SetNumber(crl.get(), number);
  if (!filled) return OpenSslError("making a revocation list");
  for (const RevokedCertificate& row : revoked) {
    if (row.not_after > now) EDGE_RETURN_IF_ERROR(AddRow(crl.get(), row));
  }
  X509_CRL_sort(crl.get());
  if (X509_CRL_sign(crl.get(), key.get(), EVP_sha256()) <= 0) {
    return OpenSslError("signing a revocation list");
  }
  return ToPem(crl.get());
}

Result<CrlFacts> ReadCrl(std::string_view pem) {
  EDGE_ASSIGN_OR_RETURN(const Crl crl, ParseCrl(pem));
  CrlFacts facts;
  facts.this_update = FromAsn1Time(X509_CRL_get0_lastUpdate(crl.get()));
  facts.next_update = FromAsn1Time(X509_CRL_get0_nextUpdate(crl.get()));
  const Integer number(static_cast<ASN1_INTEGER*>(
      X509_CRL_get_ext_d2i(crl.get(), NID_crl_number, nullptr, nullptr)));
  if (number != nullptr) ASN1_INTEGER_get_uint64(&facts.number, number.get());
  STACK_OF(X509_REVOKED)* rows = X509_CRL_get_REVOKED(crl.get());
  for (int i = 0; i < sk_X509_REVOKED_num(rows); ++i) {
    facts.serials.push_back(
        SerialHex(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(rows, i))));
  }
  std::sort(facts.serials.begin(), facts.serials.end());
  return facts;
}

Status CheckCrl(std::string_view pem, std::string_view ca_pem, WallTime now) {
  EDGE_ASSIGN_OR_RETURN(const Crl crl, ParseCrl(pem));
  EDGE_ASSIGN_OR_RETURN(const Certificate ca, ParseCertificate(ca_pem));
  if (X509_CRL_verify(crl.get(), X509_get0_pubkey(ca.get())) != 1) {
    ERR_clear_error();
    return InvalidArgument("the list is not signed by this CA");
  }
  const WallTime from = FromAsn1Time(X509_CRL_get0_lastUpdate(crl.get()));
  const WallTime until = FromAsn1Time(X509_CRL_get0_nextUpdate(crl.get()));
  if (from > now) return InvalidArgument("the list is good only from " + FormatTime(from) + " on");
  if (until <= now) return InvalidArgument("the list was good until " + FormatTime(until));
  return Status::Ok();
}

bool CrlNeedsRenewal(const CrlFacts& crl, const std::vector<RevokedCertificate>& revoked,
                     WallTime now) {
  const WallTime made = crl.this_update + kCrlBackDating;
  const bool from_the_future = made > now + kBackDating;
  return from_the_future || now - made >= kCrlRenewal || crl.serials != SerialsAt(revoked, now);
}

}  // namespace edge::certs
