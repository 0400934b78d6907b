#include "cloudhub/commands/broker_identity.h"

#include "certs/x509.h"
#include "common/file.h"

namespace edge::cloudhub {

Result<std::string> FileOfSetting(const std::string& setting, const std::string& path) {
  Result<std::string> text = ReadFile(path);
  if (text.ok()) return text;
  return Status(text.status().code(), "the setting " + setting + ": " + text.status().message(),
                "make the file with \"cloudhub broker-config\", or set " + setting +
                    " to where it is; the hub's user must be able to read it");
}

Status CheckBrokerIdentity(const std::string& certificate_file, const std::string& key_file) {
  EDGE_ASSIGN_OR_RETURN(const std::string certificate,
                        FileOfSetting("broker.certificate_file", certificate_file));
  EDGE_ASSIGN_OR_RETURN(const std::string key, FileOfSetting("broker.key_file", key_file));
  const Status fits = certs::CheckKeyFits(certificate, key);
  if (fits.ok()) return fits;
  return {fits.code(),
          "the settings broker.certificate_file (" + certificate_file + ") and broker.key_file (" +
              key_file + "): " + fits.message(),
          "set both to files of one pair, or make a new pair: remove them and run \"cloudhub "
          "broker-config\" again"};
}

}  // namespace edge::cloudhub
