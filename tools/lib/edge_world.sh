# A throwaway cloud and a throwaway terminal under one folder, for the demo, the benchmarks and the
# system tests. Source it after common.sh. All of its state is in $WORLD_DIR (tests/world/world.sh).
#
#   edge_up DIR BIN     a world with broker, hub and KUBECONFIG; the terminal is not started yet
#   edge_start_cloud / edge_kill_cloud      broker and hub: start, or SIGKILL both
#   edge_start_terminal / edge_power_cut    containerd and edged: start, or cut the power
#   edge_enrol NAME     creates a join token and puts it where edged looks for it
#   edge_down           everything is gone
#   edge_keep           it stays up when the script ends
#
# edge_up waits for the machine's lock (tests/world/lock.sh), which the script then holds to its end.
# EDGE_ADDRESS is a loopback address of its own; ports are the products' own.

# shellcheck source=tests/world/world.sh
source "$top/tests/world/world.sh"

edge_up() {
  local dir=$1
  EDGE_BIN=$2
  EDGE_ADDRESS=${EDGE_ADDRESS:-127.$((64 + RANDOM % 128)).$((RANDOM % 256)).1}
  export KUBECONFIG=$dir/cloudhub/kubeconfig
  world_lock "$dir"
  if ! getent hosts mqtt.edge >/dev/null; then
    echo "$EDGE_ADDRESS mqtt.edge $WORLD_HOSTS_MARK $dir" >>"$WORLD_HOSTS"
  else
    EDGE_ADDRESS=$(getent hosts mqtt.edge | awk '{print $1; exit}')
  fi
  # mktemp's folders are the owner's only, and the broker runs as another user.
  mkdir -p "$dir" && chmod 755 "$dir"
  world_up "$dir"
  edge_write_config
  edge_start_cloud
}

edge_write_config() {
  mkdir -p "$WORLD_DIR"/{cloudhub,edged,broker-data,etc,tokens}
  "$EDGE_BIN/cloudhub" broker-config --dir "$WORLD_DIR/broker" --cluster-name retail-edge \
    --host mqtt.edge --host "$EDGE_ADDRESS" --bind "$EDGE_ADDRESS" \
    --data-dir "$WORLD_DIR/broker-data" >"$WORLD_DIR/log/broker-config.log" 2>&1 ||
    world_fail "cloudhub broker-config failed, see $WORLD_DIR/log/broker-config.log"
  cat >"$WORLD_DIR/etc/cloudhub.yaml" <<END
cluster_name: retail-edge
state_dir: $WORLD_DIR/cloudhub
api:
  listen_address: $EDGE_ADDRESS
broker:
  urls: ["tls://$EDGE_ADDRESS:8884"]
  ca_file: $WORLD_DIR/broker/ca.crt
  certificate_file: $WORLD_DIR/broker/hub.crt
  key_file: $WORLD_DIR/broker/hub.key
  crl_file: $WORLD_DIR/broker/nodes.crl
ca:
  key_file: $WORLD_DIR/broker/ca.key
advertise:
  enrol_urls: ["tls://mqtt.edge:8885"]
  node_urls: ["tls://mqtt.edge:8883"]
link:
  heartbeat: ${EDGE_HEARTBEAT:-2s}
log_level: ${EDGE_LOG_LEVEL:-info}
END
  cat >"$WORLD_DIR/etc/edged.yaml" <<END
state_dir: $WORLD_DIR/edged
run_dir: $WORLD_DIR/run/edged
pods_dir: $WORLD_DIR/edged/pods
log_dir: $WORLD_DIR/log/pods
runtime_endpoint: unix://$WORLD_SOCKET
cgroup_parent: $WORLD_CGROUP
token_dirs: ["$WORLD_DIR/tokens"]
log_level: ${EDGE_LOG_LEVEL:-info}
END
}

edge_start_cloud() {
  [ "$(id -u)" != 0 ] || chown -R mosquitto "$WORLD_DIR/broker-data" 2>/dev/null || true
  world_start_mosquitto "$WORLD_DIR/broker/mosquitto.conf"
  world_spawn cloudhub "$EDGE_BIN/cloudhub" --standalone --config "$WORLD_DIR/etc/cloudhub.yaml"
  await 20 "the API to answer (log: $WORLD_DIR/log/cloudhub.log)" kubectl get --raw /readyz
}

edge_kill_cloud() {
  world_kill cloudhub
  world_kill mosquitto
}

edge_start_terminal() {
  world_alive containerd || world_start_containerd
  world_spawn edged "$EDGE_BIN/edged" run --config "$WORLD_DIR/etc/edged.yaml"
}

edge_power_cut() { world_power_cut edged; }

edge_enrol() {
  "$EDGE_BIN/cloudhub" token create "$1" --dir "$WORLD_DIR/tokens" --kubeconfig "$KUBECONFIG"
}

edge_down() {
  local name
  for name in edged cloudhub mosquitto; do world_stop "$name" 2>/dev/null || true; done
  world_down
  world_unlock
}

# The next script that wants a world is told how to remove this one.
edge_keep() {
  touch "$WORLD_DIR/kept"
}
