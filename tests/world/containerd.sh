# Sourced by world.sh: the world's containerd.

world_ctr() {
  ctr -a "$WORLD_SOCKET" -n k8s.io "$@"
}

world_write_cni() {
  local portmap=
  if command -v iptables >/dev/null; then
    portmap=',
    {"type": "portmap", "capabilities": {"portMappings": true}}'
  fi
  # The address pool's book is in the run folder: a reboot forgets it with the pods.
  cat >"$WORLD_DIR/cni/10-world.conflist" <<JSON
{
  "cniVersion": "0.4.0",
  "name": "$WORLD_NETWORK",
  "plugins": [
    {"type": "bridge", "bridge": "$WORLD_BRIDGE", "isGateway": true, "hairpinMode": true,
     "ipam": {"type": "host-local", "dataDir": "$WORLD_RUN/cni-ipam",
              "ranges": [[{"subnet": "$WORLD_SUBNET.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}$portmap
  ]
}
JSON
}

world_write_containerd_config() {
  cat >"$WORLD_DIR/containerd.toml" <<TOML
version = 2
root = "$WORLD_DIR/var"
state = "$WORLD_RUN/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
  "io.containerd.internal.v1.opt", "io.containerd.internal.v1.restart",
]
[grpc]
  address = "$WORLD_SOCKET"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "edge.local/pause:1"
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  disable_hugetlb_controller = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "$WORLD_SNAPSHOTTER"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = "$WORLD_RUN/runc"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$WORLD_DIR/cni"
    max_conf_num = 1
TOML
}

# world_start_containerd: until its CRI service answers. Keeps the log of the previous run as .1.
world_start_containerd() {
  local log=$WORLD_DIR/log/containerd.log
  mkdir -p "$WORLD_RUN"
  mountpoint -q "$WORLD_RUN" || mount -t tmpfs -o mode=755 "edge-world-$WORLD_ID" "$WORLD_RUN" \
    2>/dev/null || true
  [ ! -e "$log" ] || mv "$log" "$log.1"
  world_spawn containerd containerd -c "$WORLD_DIR/containerd.toml"
  world_wait 30 "containerd's CRI service (log: $log)" world_cri_ready
}

world_cri_ready() {
  world_alive containerd || world_fail "containerd ended, see $WORLD_DIR/log/containerd.log"
  grep -q 'msg="Start streaming server"' "$WORLD_DIR/log/containerd.log" && [ -S "$WORLD_SOCKET" ]
}

# world_stop_containerd: pods run on, as with any containerd.
world_stop_containerd() {
  world_stop containerd
}
