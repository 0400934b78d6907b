# tools/bench cluster-pod-start: from `kubectl apply` to Running, where a real Kubernetes has the pods.

bench_cluster_pod_start() {
  local count=50 out=$CLOUD_DIR/till-1/pod-start.out
  [ -z "$short" ] || count=2
  bench_cloud_up
  admit till-1 nyc
  terminal_up till-1
  await 60 "EdgeNode till-1 to be Connected" condition_is edgenode till-1 Connected True
  await 60 "Node till-1 to be Ready" condition_is node till-1 Ready True
  kubectl create configmap bench --from-literal=greeting=open >/dev/null
  cluster_pod >"$CLOUD_DIR/pod.json"
  say "$count pods through the API and $count by bare CRI calls, one after the other"
  in_terminal till-1 cluster_pod_start_here "$count"
  bench_heading
  local from
  for from in "bound pod_bound" "created pod" "request-sent pod_sent"; do
    cluster_pod_figures $from
  done
}

# tests/bench/pod.json for a scheduler: to the edge.
cluster_pod() {
  sed 's/"spec": {/&\n    "nodeSelector": {"node-role.kubernetes.io\/edge": ""},\
    "tolerations": [{"key": "node-role.kubernetes.io\/edge", "operator": "Exists"}],/' \
    "$top/tests/bench/pod.json"
}

cluster_pod_start_here() {
  bench_measure pod-start "$bin/bench_pod_start" "$KUBECONFIG" - "$WORLD_SOCKET" \
    "$WORLD_DIR/floor" "$WORLD_CGROUP/floor" "$CLOUD_DIR/pod.json" "$1"
}

# cluster_pod_figures NAME KEY: the budget is of the time from the binding (p50).
cluster_pod_figures() {
  local share budget
  for share in p50 p99; do
    budget=-
    [ "$1 $share" != "bound p50" ] || budget=1.05
    figure "cluster pod start, ${1/-/ } to Running in the API, $share" \
      "$(value_of "$2_$share" "$out")" ms "$(value_of "floor_$share" "$out")" "$budget"
  done
}
