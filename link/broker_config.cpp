#include "link/broker_config.h"

#include <algorithm>
#include <string_view>

#include "common/file.h"
#include "common/log.h"
#include "link/topics.h"

namespace edge::link {
namespace {

// More than a hub keeps in flight, so that the broker is never what a class of traffic waits for.
constexpr char kInFlight[] = "512";

bool IsPlain(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

Status CheckPath(const char* what, const std::string& path, bool required) {
  if (path.empty() && !required) return Status::Ok();
  if (path.starts_with('/') && IsPlain(path) && path.back() != ' ') return Status::Ok();
  return InvalidArgument(std::string(what) + " " + Quote(path) + " is not an absolute path");
}

Status CheckName(const char* what, const std::string& name) {
  const bool bad = name.empty() || !IsPlain(name) || name.find_first_of("+#/ ") != name.npos;
  return bad ? InvalidArgument(std::string(what) + " " + Quote(name) +
                               " is empty or has a space or one of + # /")
             : Status::Ok();
}

Status Check(const BrokerConfig& config) {
  EDGE_RETURN_IF_ERROR(CheckName("cluster name", config.cluster_name));
  for (const std::string& name : config.hub_names) {
    EDGE_RETURN_IF_ERROR(CheckName("hub name", name));
  }
  EDGE_RETURN_IF_ERROR(CheckPath("folder", config.folder, true));
  EDGE_RETURN_IF_ERROR(CheckPath("data folder", config.data_folder, true));
  EDGE_RETURN_IF_ERROR(CheckPath("CA file", config.ca_file, true));
  EDGE_RETURN_IF_ERROR(CheckPath("certificate file", config.certificate_file, true));
  EDGE_RETURN_IF_ERROR(CheckPath("key file", config.key_file, true));
  EDGE_RETURN_IF_ERROR(CheckPath("CRL file", config.crl_file, false));
  EDGE_RETURN_IF_ERROR(CheckPath("PID file", config.pid_file, false));
  EDGE_RETURN_IF_ERROR(CheckPath("log file", config.log_file, false));
  if (!IsPlain(config.bind_address) || !IsPlain(config.user)) {
    return InvalidArgument("bind address or user has control characters");
  }
  return Status::Ok();
}

std::string Line(const std::string& key, const std::string& value) {
  return value.empty() ? "" : key + " " + value + "\n";
}

std::string Global(const BrokerConfig& config) {
  std::string text =
      "# Written by `cloudhub broker-config`; for Mosquitto 2.0.11 or later.\n"
      "# Each listener has users and an ACL of its own.\n"
      "per_listener_settings true\n";
  text += Line("user", config.user);
  text += Line("pid_file", config.pid_file);
  text += "persistence true\npersistence_location " + config.data_folder + "/\n" +
          "autosave_interval 300\n";
  text += "log_dest " + (config.log_file.empty() ? "stderr" : "file " + config.log_file) + "\n";
  text +=
      "log_type error\nlog_type warning\nlog_type notice\nconnection_messages true\n"
      "log_timestamp_format %Y-%m-%dT%H:%M:%S\n";
  text += "max_packet_size " + std::to_string(config.packet_bytes) + "\n";
  text += "max_queued_messages " + std::to_string(config.queued_messages) + "\n";
  text += std::string("max_inflight_messages ") + kInFlight + "\n";
  text +=
      "# Checked against the id that a client gives, before it is replaced by its certificate's\n"
      "# name: so no client without a certificate can take over the session of one that has one.\n";
  text += "clientid_prefixes " + std::string(kClientIdPrefix) + "\n";
  text += "# The link uses no retained messages, and nobody shall leave one.\n";
  text += "retain_available false\nset_tcp_nodelay true\n";
  return text;
}

std::string Listener(const BrokerConfig& config, const char* comment, std::uint16_t port,
                     const char* acl) {
  std::string text = std::string("\n# ") + comment + "\nlistener " + std::to_string(port);
  if (!config.bind_address.empty()) text += " " + config.bind_address;
  text += "\ntls_version tlsv1.3\n";
  text += "cafile " + config.ca_file + "\ncertfile " + config.certificate_file + "\nkeyfile " +
          config.key_file + "\n";
  text +=
      "acl_file " + config.folder + "/" + acl + "\nallow_zero_length_clientid false\nmax_qos 1\n";
  return text;
}

/// The certificate's name is the user's name and the client's id: nobody acts, or takes over a
/// session, under a name that is not in its certificate.
std::string Mutual(const BrokerConfig& config) {
  return "allow_anonymous false\nrequire_certificate true\nuse_identity_as_username true\n"
         "use_username_as_clientid true\n" +
         Line("crlfile", config.crl_file);
}

std::string NodeAcl(const std::string& base) {
  return "# A node (%u: its certificate's name) touches its own topics only.\n"
         "pattern write " +
         base + "/+/%u/up/+\n" + "pattern read " + base + "/+/%u/dn/+\n" +
         "# Streams: kubectl exec, attach, port-forward and logs.\n" + "pattern write " + base +
         "/+/%u/su/+\n" + "pattern read " + base + "/+/%u/sd\n";
}

std::string HubAcl(const BrokerConfig& config, const std::string& base) {
  std::string text = "# Hubs, by their certificates' names. Nobody else may do anything here.\n";
  for (const std::string& name : config.hub_names) {
    text += "user " + name + "\n";
    for (const char* topic : {"/+/+/up/+", "/+/+/su/+"})
      text += "topic read " + base + topic + "\n";
    for (const char* topic : {"/+/+/dn/+", "/+/+/sd"}) text += "topic write " + base + topic + "\n";
    text += "topic readwrite " + base + "/hub/+\n";
    text += "topic read e1-enrol/+/up\ntopic write e1-enrol/+/dn\n\n";
  }
  return text;
}

}  // namespace

Result<BrokerFiles> MakeBrokerFiles(const BrokerConfig& config) {
  EDGE_RETURN_IF_ERROR(Check(config));
  const std::string base = "e1/" + config.cluster_name;
  BrokerFiles files;
  files.mosquitto_conf =
      Global(config) + Listener(config, "Nodes: mutual TLS.", config.node_port, "node.acl") +
      Mutual(config) + Listener(config, "Hubs: mutual TLS.", config.hub_port, "hub.acl") +
      Mutual(config);
  if (config.enrol_port != 0) {
    files.mosquitto_conf +=
        Listener(config, "Enrolment: whoever has a join token, and can do nothing else.",
                 config.enrol_port, "enrol.acl") +
        "allow_anonymous true\nrequire_certificate false\nmax_connections 1000\n";
  }
  files.node_acl = NodeAcl(base);
  files.hub_acl = HubAcl(config, base);
  files.enrol_acl =
      "# A terminal without a certificate (%c: its client id) asks, and reads its own answer.\n"
      "pattern write e1-enrol/%c/up\n"
      "pattern read e1-enrol/%c/dn\n";
  return files;
}

Status WriteBrokerFiles(const BrokerConfig& config, const std::string& into) {
  EDGE_ASSIGN_OR_RETURN(const BrokerFiles files, MakeBrokerFiles(config));
  EDGE_RETURN_IF_ERROR(MakeDirectories(into));
  const auto write = [&](const char* name, const std::string& text) {
    return WriteFileAtomically(into + "/" + name, text, 0644);
  };
  // The configuration names the ACL files: it comes last.
  EDGE_RETURN_IF_ERROR(write("node.acl", files.node_acl));
  EDGE_RETURN_IF_ERROR(write("hub.acl", files.hub_acl));
  EDGE_RETURN_IF_ERROR(write("enrol.acl", files.enrol_acl));
  return write("mosquitto.conf", files.mosquitto_conf);
}

}  // namespace edge::link
