# tools/bench pod-start: what edged and the hub add to the bare CRI calls.

bench_pod_start() {
  local count=20 out
  [ -z "$short" ] || count=2
  bench_up "$1"
  say "$count pods through the API and $count by bare CRI calls, one after the other"
  bench_measure pod-start "$bin/bench_pod_start" "$KUBECONFIG" "$node" "$WORLD_SOCKET" \
    "$WORLD_DIR/floor" "$WORLD_CGROUP/floor" "$top/tests/bench/pod.json" "$count"
  out=$WORLD_DIR/pod-start.out
  bench_heading
  figure "pod start, accepted to Running in the API, p50" "$(value_of pod_p50 "$out")" ms \
    "$(value_of floor_p50 "$out")" 1.05
  figure "pod start, accepted to Running in the API, p90" "$(value_of pod_p90 "$out")" ms \
    "$(value_of floor_p90 "$out")"
  figure "pod start, request sent to Running, p50" "$(value_of pod_sent_p50 "$out")" ms \
    "$(value_of floor_p50 "$out")"
}
