#include "cloudhub/settings.h"

namespace edge::cloudhub {

using config::BoolKey;
using config::DurationKey;
using config::EnumKey;
using config::Form;
using config::IntKey;
using config::ListKey;
using config::StringKey;

config::Config MakeSettings() {
  return config::Config({
      StringKey("cluster_name", "edge", "name of the cluster, as EdgeNodes' spec.clusterName",
                Form::kName),
      StringKey("hub_id", "hub-1", "name of this replica among the hubs of a cluster", Form::kName),
      StringKey("state_dir", "/var/lib/cloudhub", "folder of the hub's state", Form::kPath),
      BoolKey("standalone", false, "embed the Kubernetes API (also: the flag --standalone)"),
      StringKey("kubernetes.kubeconfig", "",
                "how to reach the cluster, unless standalone; empty: as a pod of the cluster",
                Form::kPathOrNone),
      StringKey("api.listen_address", "127.0.0.1", "numeric address of the embedded API",
                Form::kAddress),
      IntKey("api.port", 6443, 0, 65535, "port of the embedded API; 0: any free one"),
      ListKey(
          "api.names", {},
          "further names and addresses of the API's certificate; the first is in the kubeconfig",
          Form::kHost),
      ListKey("broker.urls", {"tls://127.0.0.1:8884"}, "the brokers' hub listeners, tried in turn",
              Form::kBrokerUrl),
      StringKey("broker.ca_file", "/etc/cloudhub/mqtt/ca.crt", "CA that signs brokers and nodes",
                Form::kPath),
      StringKey("broker.certificate_file", "/etc/cloudhub/mqtt/hub.crt", "the hub's certificate",
                Form::kPath),
      StringKey("broker.key_file", "/etc/cloudhub/mqtt/hub.key", "its private key", Form::kPath),
      StringKey("broker.crl_file", "",
                "where the broker's list of revoked certificates is kept fresh; empty: not here",
                Form::kPathOrNone),
      StringKey("broker.pid_file", "",
                "the broker's process, told to read the list again; empty: it is told otherwise",
                Form::kPathOrNone),
      StringKey("ca.key_file", "/etc/cloudhub/mqtt/ca.key",
                "the CA's private key, which signs the terminals that enrol", Form::kPath),
      ListKey("advertise.enrol_urls", {"tls://127.0.0.1:8885"},
              "enrolment listeners that join tokens name", Form::kBrokerUrl),
      ListKey("advertise.node_urls", {"tls://127.0.0.1:8883"},
              "node listeners that join tokens name, where the EdgeNode has no brokerURL",
              Form::kBrokerUrl),
      DurationKey("link.heartbeat", "15s", std::chrono::seconds(1), std::chrono::hours(1),
                  "how often terminals send a heartbeat"),
      DurationKey("certificates.node_life", "2160h", std::chrono::minutes(1),
                  std::chrono::hours(24 * 825), "life of a terminal's certificate"),
      EnumKey("log_level", "info", {"error", "warning", "info", "debug"}, "least severe log level"),
  });
}

}  // namespace edge::cloudhub
