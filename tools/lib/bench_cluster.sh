# What the benchmarks beside a real Kubernetes share. Source it in tools/bench, under with_cluster.

# shellcheck source=tests/kubernetes/terminals.sh
source "$top/tests/kubernetes/terminals.sh"

# Broker and hub, with the heartbeats that a product has.
bench_cloud_up() {
  say "a world in $CLOUD_DIR: roles, CA, broker, hub"
  ulimit -n "$(ulimit -Hn)" # a broker with a thousand connections
  EDGE_HEARTBEAT=15s cloud_up "$bin"
  WORLD_DIR=$CLOUD_DIR
  await 20 "the API to serve EdgeNodes" kubectl get edgenodes
}
