#include "certs/token.h"

#include "certs/names.h"
#include "certs/x509.h"
#include "common/bytes.h"
#include "common/config/yaml.h"
#include "common/log.h"

namespace edge::certs {
namespace {

constexpr std::size_t kIdBytes = 8;
constexpr std::size_t kMaxUrls = 16;
constexpr std::size_t kMaxText = 253;
constexpr std::string_view kAskAnew =
    "copy the file again, or make a new one with \"cloudhub token create\"";

constexpr std::string_view kComment =
    "# Join token for edged. Who holds this file may enrol ONE machine under the name below,\n"
    "# once, until it expires: keep it like a password, and delete it afterwards.\n"
    "# Put it into /etc/edged, onto a USB stick or onto the boot partition of the terminal.\n";

std::string Indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += "  " + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string UrlList(const std::vector<std::string>& urls) {
  std::string out;
  for (const std::string& url : urls) out += "  - " + Quote(url) + "\n";
  return out;
}

Status Malformed(std::string_view path, const std::string& cause) {
  return InvalidArgument(std::string(path) + " is no join token: " + cause, std::string(kAskAnew));
}

/// Reads the members of the file one by one; the first trouble is kept.
class Reader {
 public:
  Reader(const config::YamlNode& root, std::string_view path) : root_(root), path_(path) {}

  std::string Text(std::string_view key, std::size_t max = kMaxText) {
    const config::YamlNode* node = root_.Find(key);
    if (node == nullptr || node->type != config::YamlNode::Type::kScalar || node->scalar.empty()) {
      Fail("\"" + std::string(key) + "\" is missing");
      return {};
    }
    if (node->scalar.size() > max) Fail(At(*node, key) + " is too long");
    return node->scalar;
  }

  std::vector<std::string> Urls(std::string_view key) {
    const config::YamlNode* node = root_.Find(key);
    std::vector<std::string> urls;
    if (node == nullptr || node->items.empty() || node->items.size() > kMaxUrls) {
      Fail("\"" + std::string(key) + "\" is no list of 1 to 16 addresses");
      return urls;
    }
    for (const config::YamlNode& item : node->items) {
      if (item.scalar.compare(0, 6, "tls://") != 0 || item.scalar.size() > kMaxText) {
        Fail(At(item, key) + " has an address that does not begin with tls://");
      }
      urls.push_back(item.scalar);
    }
    return urls;
  }

  void Check(const Status& status) {
    if (!status.ok()) Fail(status.message());
  }
  void Fail(const std::string& cause) {
    if (status_.ok()) status_ = Malformed(path_, cause);
  }
  const Status& status() const { return status_; }

 private:
  static std::string At(const config::YamlNode& node, std::string_view key) {
    return "line " + std::to_string(node.line) + ": \"" + std::string(key) + "\"";
  }

  const config::YamlNode& root_;
  const std::string_view path_;
  Status status_;
};

void ReadSecret(Reader& reader, JoinToken& token) {
  Result<std::string> secret = Base64Decode(reader.Text("secret"));
  if (!secret.ok() || secret->size() != kTokenSecretBytes) {
    reader.Fail("\"secret\" is not 32 bytes in base64");
    return;
  }
  token.secret = *std::move(secret);
}

void ReadExpiry(Reader& reader, JoinToken& token) {
  const Result<WallTime> expires = ParseTime(reader.Text("expires"));
  if (!expires.ok()) {
    reader.Fail("\"expires\" is no time such as 2026-12-31T00:00:00Z");
    return;
  }
  token.expires = *expires;
}

void ReadCa(Reader& reader, JoinToken& token) {
  token.ca_certificate_pem = reader.Text("caCertificate", kMaxCertificatePem);
  const Result<CertificateFacts> ca = ReadCertificate(token.ca_certificate_pem);
  reader.Check(ca.status());
  if (ca.ok() && !ca->is_ca) reader.Fail("\"caCertificate\" is not a CA's certificate");
}

}  // namespace

Result<JoinToken> MakeToken(Random& random, std::string_view cluster_name,
                            std::string_view node_name, WallTime expires) {
  EDGE_RETURN_IF_ERROR(CheckNodeName(node_name));
  JoinToken token;
  token.cluster_name = cluster_name;
  token.node_name = node_name;
  token.id = HexEncode(random.Bytes(kIdBytes));
  token.secret = random.Bytes(kTokenSecretBytes);
  token.expires = expires;
  return token;
}

std::string FormatToken(const JoinToken& token) {
  std::string out(kComment);
  out += "version: 1\n";
  out += "clusterName: " + Quote(token.cluster_name) + "\n";
  out += "nodeName: " + Quote(token.node_name) + "\n";
  out += "id: " + Quote(token.id) + "\n";
  out += "secret: " + Quote(Base64Encode(token.secret)) + "\n";
  out += "expires: " + Quote(FormatTime(token.expires)) + "\n";
  out += "enrolURLs:\n" + UrlList(token.enrol_urls);
  out += "brokerURLs:\n" + UrlList(token.broker_urls);
  out += "caCertificate: |\n" + Indented(token.ca_certificate_pem);
  return out;
}

Result<JoinToken> ParseToken(std::string_view text, std::string_view path) {
  config::YamlLimits limits;
  limits.max_bytes = kMaxTokenFile;
  limits.max_nodes = 200;
  limits.max_depth = 4;
  const Result<config::YamlNode> root = config::ParseYaml(text, path, limits);
  if (!root.ok()) {
    return InvalidArgument(root.status().message() + ": no join token", std::string(kAskAnew));
  }
  Reader reader(*root, path);
  if (const std::string version = reader.Text("version"); version != "1" && reader.status().ok()) {
    return InvalidArgument(std::string(path) + ": join token version " + Quote(version) +
                               " is not known to this edged, which reads version 1",
                           "upgrade edged, or make the token with a matching cloudhub");
  }
  JoinToken token;
  token.cluster_name = reader.Text("clusterName");
  token.node_name = reader.Text("nodeName");
  reader.Check(CheckNodeName(token.node_name));
  token.id = reader.Text("id");
  reader.Check(CheckTokenId(token.id));
  ReadSecret(reader, token);
  ReadExpiry(reader, token);
  token.enrol_urls = reader.Urls("enrolURLs");
  token.broker_urls = reader.Urls("brokerURLs");
  ReadCa(reader, token);
  EDGE_RETURN_IF_ERROR(reader.status());
  return token;
}

Status CheckTokenId(std::string_view id) {
  const bool hex = id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (id.size() == 2 * kIdBytes && hex) return Status::Ok();
  return InvalidArgument("\"" + std::string(id.substr(0, 40)) +
                         "\" is no token id, which is 16 hex digits");
}

Status CheckTokenExpiry(const JoinToken& token, WallTime now) {
  constexpr WallTime kBelievable{std::chrono::seconds(1767225600)};  // 2026-01-01
  if (now < kBelievable || now < token.expires) return Status::Ok();
  return FailedPrecondition("the join token " + token.id + " for node " + token.node_name +
                                " expired at " + FormatTime(token.expires) + " (it is " +
                                FormatTime(now) + ")",
                            "make a new one with \"cloudhub token create " + token.node_name +
                                "\", or correct this machine's clock");
}

}  // namespace edge::certs
