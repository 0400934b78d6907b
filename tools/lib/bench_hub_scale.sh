# tools/bench hub-scale: what a node and a pod cost the hub, with simulated terminals and a real API.

bench_hub_scale() {
  local settle=30 window=60 counts=(1 10 1000) out=$CLOUD_DIR/hub-scale.out
  [ -z "$short" ] || settle=2 window=3 counts=(1 4)
  [ -z "$nodes" ] || read -ra counts <<<"$nodes"
  bench_cloud_up
  kubectl create configmap bench --from-literal=greeting=open >/dev/null
  say "simulated terminals: ${counts[*]}, each without pods and with 5"
  bench_measure hub-scale "$bin/bench_hub_scale" "$KUBECONFIG" "$(world_pid hub-0)" \
    tls://mqtt.edge:8883 "$CLOUD_DIR/broker" "$CLOUD_DIR/nodes" "$top/tests/bench/pod.json" \
    "$settle" "$window" "${counts[@]}"
  bench_heading
  local count before="0_0" most few=${counts[-2]}
  hub_memory 0 0
  for count in "${counts[@]}"; do
    hub_memory "$count" "${before#*_}"
    hub_memory "$count" $((5 * count))
    before=${count}_$((5 * count))
  done
  most=${counts[-1]}
  figure "hub, per connected node" \
    "$(hub_slope "${most}_$((5 * few))" "${few}_$((5 * few))" $((most - few)))" KiB - 8
  figure "hub, per pod" \
    "$(hub_slope "${most}_$((5 * most))" "${most}_$((5 * few))" $((5 * (most - few))))" KiB
  figure "a pod's bytes, as a node holds it" "$(value_of pod_bytes "$out")" bytes
  figure "$most nodes: until all are Connected" \
    "$(value_of "connected_s_${most}_$((5 * few))" "$out")" s
  figure "$most nodes: until the API has all their Nodes' statuses" \
    "$(value_of "reported_s_${most}_$((5 * few))" "$out")" s
  figure "$most nodes: until $((5 * (most - few))) new pods are Running" \
    "$(value_of "pods_running_s_${most}_$((5 * most))" "$out")" s
  figure "$most nodes: until the last was made" \
    "$(value_of "pods_created_s_${most}_$((5 * most))" "$out")" s
  hub_storm "${most}_$((5 * few))"
  hub_load "${most}_$((5 * most))"
}

# hub_memory NODES PODS
hub_memory() {
  figure "hub with $1 nodes and $2 pods: memory, PSS" "$(hub_mib "pss_kib_$1_$2")" MiB
  figure "hub with $1 nodes and $2 pods: private dirty" "$(hub_mib "dirty_kib_$1_$2")" MiB
}
hub_mib() { awk -v kib="$(value_of "$1" "$out")" 'BEGIN { printf "%.2f", kib / 1024 }'; }

# hub_slope AFTER BEFORE COUNT: KiB for one.
hub_slope() {
  awk -v after="$(value_of "pss_kib_$1" "$out")" -v before="$(value_of "pss_kib_$2" "$out")" \
    -v count="$3" 'BEGIN { printf "%.2f", (after - before) / count }'
}

# hub_storm NODES_PODS: what it took to connect the last ones, EdgeNodes' creation and polls included.
hub_storm() {
  local what count
  while read -r what count; do
    what=${what#storm:} what=${what%_"$1"}
    figure "$most nodes, connecting: API: ${what/_/ }" "$count" 1/node
  done < <(awk -v stage="_$1" '/^storm:/ && $2 >= 0.1 && index($1, stage)' "$out")
}

# hub_load NODES_PODS: of the hub, and requests that the API server answered to all its clients.
hub_load() {
  local what rate
  figure "$most nodes, quiet: the hub's CPU, of a core" "$(value_of "cpu_percent_$1" "$out")" %
  figure "$most nodes, quiet: heartbeats" "$(value_of "heartbeats_per_s_$1" "$out")" 1/s
  while read -r what rate; do
    what=${what#api:} what=${what%_"$1"}
    figure "$most nodes, quiet: API: ${what/_/ }" "$rate" 1/s
  done < <(awk -v stage="_$1" '/^api:/ && $2 >= 0.1 && index($1, stage)' "$out")
}
