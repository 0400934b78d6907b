#include "cloudhub/core/enrolment/token_secret.h"

#include "cloudhub/core/enrolment/link_info.h"
#include "common/bytes.h"

namespace edge::cloudhub {
namespace {

/// The members of a Secret's data, decoded; the first that is missing or malformed is kept.
class Reader {
 public:
  explicit Reader(const Json& secret) : secret_(secret) {}

  std::string Text(std::string_view key) {
    const Json* value = Find(secret_, {"data", key});
    Result<std::string> text = InvalidArgument("missing");
    if (value != nullptr && value->is_string()) text = Base64Decode(value->get<std::string>());
    if (text.ok() && !text->empty()) return *text;
    Fail(key);
    return {};
  }
  bool Has(std::string_view key) const { return Find(secret_, {"data", key}) != nullptr; }
  WallTime Time(std::string_view key) {
    const Result<WallTime> time = ParseTime(Text(key));
    if (!time.ok()) Fail(key);
    return time.ok() ? *time : WallTime();
  }
  const std::string& bad() const { return bad_; }

 private:
  void Fail(std::string_view key) {
    if (bad_.empty()) bad_ = key;
  }

  const Json& secret_;
  std::string bad_;
};

}  // namespace

std::string TokenSecretName(std::string_view token_id) { return "join-" + std::string(token_id); }

Json TokenToSecret(const certs::StoredToken& token) {
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"type", kTokenSecretType},
          {"metadata",
           {{"name", TokenSecretName(token.id)},
            {"namespace", kSystemNamespace},
            {"labels", {{kNodeLabel, token.node_name}}}}},
          {"data",
           {{"id", Base64Encode(token.id)},
            {"nodeName", Base64Encode(token.node_name)},
            {"clusterName", Base64Encode(token.cluster_name)},
            {"secret", Base64Encode(token.secret)},
            {"expires", Base64Encode(FormatTime(token.expires))}}}};
}

Result<certs::StoredToken> TokenFromSecret(const Json& secret) {
  Reader reader(secret);
  certs::StoredToken token;
  token.id = reader.Text("id");
  token.node_name = reader.Text("nodeName");
  token.cluster_name = reader.Text("clusterName");
  token.secret = reader.Text("secret");
  token.expires = reader.Time("expires");
  if (reader.Has("redeemedAt")) {
    token.redemption = certs::StoredToken::Redemption{
        reader.Time("redeemedAt"), reader.Text("keyFingerprint"), reader.Text("certificate")};
  }
  const std::string name = FindString(secret, {"metadata", "name"});
  if (FindString(secret, {"type"}) != kTokenSecretType || name != TokenSecretName(token.id)) {
    return InvalidArgument("Secret edge-system/" + name + " is no join token");
  }
  if (!reader.bad().empty()) {
    return InvalidArgument("Secret edge-system/" + name + " is a broken join token: " +
                               reader.bad() + " is missing or malformed",
                           "delete it and make a new token");
  }
  return token;
}

Json RedemptionPatch(const Json& secret, const certs::StoredToken::Redemption& redemption) {
  return {{"metadata",
           {{"uid", FindString(secret, {"metadata", "uid"})},
            {"resourceVersion", FindString(secret, {"metadata", "resourceVersion"})}}},
          {"data",
           {{"redeemedAt", Base64Encode(FormatTime(redemption.at))},
            {"keyFingerprint", Base64Encode(redemption.key_fingerprint)},
            {"certificate", Base64Encode(redemption.certificate_pem)}}}};
}

}  // namespace edge::cloudhub
