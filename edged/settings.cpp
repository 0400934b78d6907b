#include "edged/settings.h"

namespace edge::edged {

using config::EnumKey;
using config::Form;
using config::IntKey;
using config::ListKey;
using config::StringKey;

config::Config MakeSettings() {
  return config::Config({
      StringKey("state_dir", "/var/lib/edged", "identity, store and whatever must outlive a boot",
                Form::kPath),
      StringKey("run_dir", "/run/edged", "the socket for edgectl", Form::kPath),
      StringKey("pods_dir", "/var/lib/edged/pods", "pods' volumes; secrets are on tmpfs below it",
                Form::kPath),
      StringKey("log_dir", "/var/log/pods", "containers' logs, in CRI's form", Form::kPath),
      StringKey("runtime_endpoint", "unix:///run/containerd/containerd.sock",
                "the container runtime's CRI socket", Form::kSocket),
      StringKey("runtime_image_store", "/var/lib/containerd",
                "the runtime's disk, flushed after a pull; empty: no flush", Form::kPathOrNone),
      StringKey("cgroup_parent", "/edged", "cgroup below which pods run; nobody else may use it",
                Form::kPath),
      ListKey("allowed_unsafe_sysctls", {},
              "sysctls that pods may set beside the safe ones: names, or beginnings ending in *"),
      ListKey("token_dirs",
              {"/etc/edged", "/boot/edged", "/boot/firmware", "/media/*", "/run/media/*/*"},
              "folders in which a join token is looked for while the terminal has no identity",
              Form::kPath),
      ListKey("dns.servers", {}, "name servers for pods; empty: those of /etc/resolv.conf",
              Form::kAddress),
      StringKey("dns.cluster_domain", "cluster.local", "domain of dnsPolicy ClusterFirst",
                Form::kHost),
      ListKey("broker_urls", {}, "brokers to use instead of those that the join token named",
              Form::kBrokerUrl),
      IntKey("store.max_events", 1000, 10, 100000, "Events kept while there is no connection"),
      EnumKey("log_level", "info", {"error", "warning", "info", "debug"}, "least severe log level"),
  });
}

}  // namespace edge::edged
