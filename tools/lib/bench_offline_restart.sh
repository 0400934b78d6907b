# tools/bench offline-restart: power comes back, the cloud does not.

# restart_agent COUNT: a power cut; the time from edged's start until COUNT pods run.
restart_agent() {
  local stamp=$WORLD_DIR/edged.begun powered
  edge_power_cut
  powered=$(date +%s%N)
  world_start_containerd
  rm -f "$stamp"
  world_spawn edged /bin/sh -c "date +%s%N >$stamp; exec \"\$@\"" sh "$bin/edged" run \
    --config "$WORLD_DIR/etc/edged.yaml"
  world_wait 5 "edged to be started" test -s "$stamp"
  bench_measure await "$bin/bench_cri_floor" "$WORLD_SOCKET" "$node" - await "$1" "$(cat "$stamp")"
  restart_ms=$(value_of running "$WORLD_DIR/await.out")
  whole_ms=$(awk "BEGIN { printf \"%.2f\", $restart_ms + ($(cat "$stamp") - $powered) / 1e6 }")
  await 60 "edged to see all $1 pods Running" bench_all_run_here "$1"
}

# restart_floor COUNT: the same kind of cut; the time until COUNT pods run that nobody looks after.
restart_floor() {
  edge_power_cut
  world_start_containerd
  bench_measure makespan "$bin/bench_cri_floor" "$WORLD_SOCKET" "$WORLD_DIR/floor" \
    "$WORLD_CGROUP/floor" makespan "$1"
  floor_ms=$(value_of makespan "$WORLD_DIR/makespan.out")
  bench_measure remove "$bin/bench_cri_floor" "$WORLD_SOCKET" "$WORLD_DIR/floor" \
    "$WORLD_CGROUP/floor" remove
}

bench_offline_restart() {
  local count=10 rounds=3 round restart_ms whole_ms floor_ms ours=() wholes=() floors=()
  [ -z "$short" ] || count=2 rounds=1
  bench_up "$1"
  bench_pods 0 "$count"
  edge_kill_cloud
  for ((round = 1; round <= rounds; round++)); do
    restart_agent "$count"
    restart_floor "$count"
    say "round $round of $rounds: edged $restart_ms ms, bare CRI $floor_ms ms"
    ours+=("$restart_ms") wholes+=("$whole_ms") floors+=("$floor_ms")
  done
  bench_heading
  figure "offline restart, edged started to $count pods run" "$(median "${ours[@]}")" ms \
    "$(median "${floors[@]}")" 1.15
  figure "offline restart, containerd's start included" "$(median "${wholes[@]}")" ms
}
