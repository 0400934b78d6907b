# A cloud and terminals on a real cluster, for tests. Source it after tools/lib/common.sh, in a script
# that runs under tests/kubernetes/with_cluster. Everything is below $EDGE_CLUSTER_DIR/edge.
#
#   cloud_up BIN [HUB...]   CRDs and roles of deploy/, Mosquitto, and a cloudhub for each name (hub-0)
#   hub_start HUB / hub_kill HUB [SIGNAL]   a replica: start it (its clock off by $HUB_CLOCK); end it
#   terminal_up NAME        a terminal in a network namespace of its own: containerd and edged, enrolled
#   terminal_cut NAME / terminal_start NAME   its power goes; it comes back
#   line_cut NAME / line_mend NAME          its line goes down; it is up again
#   edgectl_of NAME ARGS    edgectl on that terminal
#   cloud_down              everything is gone
#
# The hubs have the rights of the shipped roles and no others: they show a token of the service account.
# A script may say otherwise: hub_user prints what their kubeconfig has of the user. Hubs and EdgeNodes
# are at $BROKER, a port of the bridge (8883; the hubs' listener is the next one).

# shellcheck source=tests/world/world.sh
source "$top/tests/world/world.sh"

CLOUD_DIR=$EDGE_CLUSTER_DIR/edge
CLOUD_BRIDGE=ec$(basename "$EDGE_CLUSTER_DIR" | tr -dc 'A-Za-z0-9' | tail -c 6)
CLOUD_NAME=retail-edge
CLOUD_TERMINALS=()
BROKER=8883
kubectl() { "$CLUSTER_KUBECTL" "$@"; }
account_user() { echo "{token: $(kubectl -n edge-system create token "$1" --duration 2h)}"; }
hub_user() { account_user cloudhub; }

cloud_up() {
  CLOUD_BIN=$1
  shift
  CLOUD_HUBS=("${@:-hub-0}")
  world_lock "$CLOUD_DIR"
  chmod 755 "$EDGE_CLUSTER_DIR" # the broker runs as another user
  mkdir -p "$CLOUD_DIR"/{log,pids,broker-data,etc,tokens}
  cloud_network
  cloud_roles
  cloud_broker
  local hub
  for hub in "${CLOUD_HUBS[@]}"; do hub_start "$hub"; done
}

# A network that terminals and broker share, and the name mqtt.edge in it.
cloud_network() {
  local try
  for try in {1..60}; do
    CLOUD_SUBNET=10.$((192 + RANDOM % 60)).$((RANDOM % 256))
    [ -z "$(ip -4 route show to match "$CLOUD_SUBNET.1" | grep -v ^default)" ] && break
  done
  ip link add "$CLOUD_BRIDGE" type bridge
  ip address add "$CLOUD_SUBNET.1/24" dev "$CLOUD_BRIDGE"
  ip link set "$CLOUD_BRIDGE" up
  echo "$CLOUD_SUBNET.1 mqtt.edge $WORLD_HOSTS_MARK $CLOUD_DIR" >>"$WORLD_HOSTS"
}

cloud_roles() {
  local base=$top/deploy/kustomize/base
  kubectl apply -k "$top/deploy/crds" >/dev/null
  kubectl apply -f "$base/namespace.yaml" -f "$base/service-account.yaml" -f "$base/role.yaml" \
    -f "$base/impersonation.yaml" >/dev/null
  kubectl wait --timeout 20s --for condition=Established crd/edgenodes.edge.kubeedge.io \
    crd/edgehubs.edge.kubeedge.io >/dev/null
  cloud_kubeconfig "$(hub_user)" >"$CLOUD_DIR/hub.kubeconfig"
  cloud_kubeconfig "$(account_user edge-broker)" >"$CLOUD_DIR/broker.kubeconfig"
}

# cloud_kubeconfig USER: as a kubeconfig has it.
cloud_kubeconfig() {
  cat <<END
apiVersion: v1
kind: Config
current-context: c
clusters: [{name: c, cluster: {server: "$CLUSTER_SERVER", certificate-authority: "$CLUSTER_CA"}}]
users: [{name: u, user: $1}]
contexts: [{name: c, context: {cluster: c, user: u}}]
END
}

cloud_broker() {
  local hub ids=()
  for hub in "${CLOUD_HUBS[@]}"; do ids+=(--hub-id "$hub"); done
  "$CLOUD_BIN/cloudhub" broker-config --dir "$CLOUD_DIR/broker" --cluster-name "$CLOUD_NAME" \
    --host mqtt.edge --host "$CLOUD_SUBNET.1" --bind "$CLOUD_SUBNET.1" "${ids[@]}" \
    --data-dir "$CLOUD_DIR/broker-data" >"$CLOUD_DIR/log/broker-config.log" 2>&1 ||
    die "cloudhub broker-config failed: $(cat "$CLOUD_DIR/log/broker-config.log")"
  chown -R mosquitto "$CLOUD_DIR/broker-data" 2>/dev/null || true
  WORLD_DIR=$CLOUD_DIR world_start_mosquitto "$CLOUD_DIR/broker/mosquitto.conf"
  WORLD_DIR=$CLOUD_DIR world_spawn broker-crl "$CLOUD_BIN/cloudhub" broker-crl \
    --kubeconfig "$CLOUD_DIR/broker.kubeconfig" --ca-file "$CLOUD_DIR/broker/ca.crt" \
    --file "$CLOUD_DIR/broker/nodes.crl" --pid-file "$CLOUD_DIR/pids/mosquitto"
}

hub_start() {
  local hub=$1 broker=$CLOUD_DIR/broker
  cat >"$CLOUD_DIR/etc/$hub.yaml" <<END
cluster_name: $CLOUD_NAME
hub_id: $hub
state_dir: $CLOUD_DIR/$hub
kubernetes: {kubeconfig: $CLOUD_DIR/hub.kubeconfig}
broker:
  urls: ["tls://$CLOUD_SUBNET.1:$((BROKER + 1))"]
  ca_file: $broker/ca.crt
  certificate_file: $broker/$hub.crt
  key_file: $broker/$hub.key
ca: {key_file: $broker/ca.key}
advertise:
  enrol_urls: ["tls://mqtt.edge:8885"]
  node_urls: ["tls://mqtt.edge:8883"]
link: {heartbeat: ${EDGE_HEARTBEAT:-1s}}
log_level: ${EDGE_LOG_LEVEL:-info}
END
  # shellcheck disable=SC2086 # words
  WORLD_DIR=$CLOUD_DIR world_spawn "$hub" ${HUB_CLOCK:+env FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f "$HUB_CLOCK"} \
    "$CLOUD_BIN/cloudhub" --config "$CLOUD_DIR/etc/$hub.yaml"
}
hub_kill() { WORLD_DIR=$CLOUD_DIR world_kill "$1" "${2:-KILL}"; }
hub_pid() { WORLD_DIR=$CLOUD_DIR world_pid "$1"; }
# hub_ticks HUB: its CPU in clock ticks; a busy loop would show.
hub_ticks() {
  local stat
  stat=$(<"/proc/$(hub_pid "$1")/stat")
  # shellcheck disable=SC2086 # fields
  set -- ${stat##*) }
  echo $((${12} + ${13}))
}

# in_terminal NAME COMMAND...: with that terminal's world and network.
in_terminal() {
  local WORLD_NETNS=$CLOUD_BRIDGE-$1
  (world_use "$CLOUD_DIR/$1" && "${@:2}")
}

terminal_up() {
  local name=$1 netns=$CLOUD_BRIDGE-$1 number=$((${#CLOUD_TERMINALS[@]} + 2))
  CLOUD_TERMINALS+=("$name")
  ip netns add "$netns"
  ip link add "$CLOUD_BRIDGE.$number" type veth peer name uplink netns "$netns"
  ip link set "$CLOUD_BRIDGE.$number" master "$CLOUD_BRIDGE" up
  ip -n "$netns" address add "$CLOUD_SUBNET.$number/24" dev uplink
  ip -n "$netns" link set uplink up
  ip -n "$netns" link set lo up
  ip -n "$netns" route add default via "$CLOUD_SUBNET.1"
  (WORLD_NETNS=$netns world_up "$CLOUD_DIR/$name")
  mkdir -p "$CLOUD_DIR/$name"/{edged,tokens}
  # shellcheck source=/dev/null
  (. "$CLOUD_DIR/$name/world.env" && terminal_config "$CLOUD_DIR/$name" "/edge-world-$WORLD_ID")
  "$CLOUD_BIN/cloudhub" token create "$name" --dir "$CLOUD_DIR/$name/tokens" >/dev/null
  terminal_start "$name"
}

terminal_config() {
  local dir=$1 cgroup=$2
  cat >"$dir/edged.yaml" <<END
state_dir: $dir/edged
run_dir: $dir/run/edged
pods_dir: $dir/edged/pods
log_dir: $dir/log/pods
runtime_endpoint: unix://$dir/run/containerd.sock
cgroup_parent: $cgroup
token_dirs: ["$dir/tokens"]
log_level: ${EDGE_LOG_LEVEL:-info}
END
}

terminal_start() { in_terminal "$1" terminal_start_here; }
terminal_start_here() {
  world_alive containerd || world_start_containerd
  world_spawn edged "$CLOUD_BIN/edged" run --config "$WORLD_DIR/edged.yaml"
}
terminal_cut() { in_terminal "$1" world_power_cut edged; }
line_cut() { ip -n "$CLOUD_BRIDGE-$1" link set uplink down; }
line_mend() {
  ip -n "$CLOUD_BRIDGE-$1" link set uplink up
  ip -n "$CLOUD_BRIDGE-$1" route replace default via "$CLOUD_SUBNET.1"
}
# row_checksum TABLE VALUE...: what edged's store keeps with a row, for a test that makes one older: 64
# bits of SHA-256 over the table's name and the values, the lowest byte first.
row_checksum() {
  local word text='' sum
  for word in "$@"; do text+=${#word}:$word; done
  sum=$(printf '%s' "$text" | sha256sum | cut -c1-16 | sed 's/../&\n/g' | tac | tr -d '\n')
  echo "0x$sum"
}
edgectl_of() { "$CLOUD_BIN/edgectl" --socket "$CLOUD_DIR/$1/run/edged/edged.sock" "${@:2}"; }

cloud_down() {
  local name
  for name in "${CLOUD_TERMINALS[@]}"; do
    in_terminal "$name" world_stop edged 2>/dev/null || true
    in_terminal "$name" world_down || true
    ip netns del "$CLOUD_BRIDGE-$name" 2>/dev/null || true
  done
  for name in "${CLOUD_HUBS[@]}" broker-crl mosquitto; do
    WORLD_DIR=$CLOUD_DIR world_stop "$name" 2>/dev/null || true
  done
  ip link del "$CLOUD_BRIDGE" 2>/dev/null || true
  world_forget_hosts "$CLOUD_DIR"
  world_unlock
}

# What scripts ask of the cluster, for await.
value() { kubectl get "$1" "$2" -o "jsonpath=$3"; }
condition() { value "$1" "$2" "{.status.conditions[?(@.type==\"$3\")].status}"; }
condition_is() { [ "$(condition "$1" "$2" "$3")" = "$4" ]; }
is_gone() { [[ "$(kubectl get "$1" "$2" 2>&1)" == *NotFound* ]]; }
pods_of() { kubectl get pods -l "app=$1" -o "jsonpath={range .items[*]}$2{\"\n\"}{end}"; }
ready_of() { [ "$(value "$1" "$2" '{.status.readyReplicas}')" = "$3" ]; }

# admit NAME STORE: its EdgeNode.
admit() {
  kubectl apply -f - >/dev/null <<END
apiVersion: edge.kubeedge.io/v1
kind: EdgeNode
metadata: {name: $1}
spec:
  clusterName: $CLOUD_NAME
  connection: {mode: MQTT, brokerURL: "tls://mqtt.edge:$BROKER"}
  labels: {store: "$2", topology.kubernetes.io/zone: "$2"}
END
}

# cloud_end [CODE]: for EXIT, with its code where that is no longer $?. After a failure it shows how
# things stood; then everything is gone.
cloud_end() {
  local code=${1:-$?}
  trap - EXIT
  if [ "$code" != 0 ]; then
    kubectl get pods,en,nodes -o wide >&2 || true
    kubectl get events --sort-by=.lastTimestamp 2>/dev/null | tail -n 20 >&2 || true
    tail -n 15 "$CLOUD_DIR"/log/hub-*.log "$CLOUD_DIR"/till-*/log/edged.log >&2 || true
  fi
  cloud_down
  exit "$code"
}
