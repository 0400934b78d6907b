# What the benchmarks share: figures, their verdicts, and a terminal with pods. Source it after
# edge_world.sh; tools/bench sets node, bin, short and the folder that WORLD_DIR names.

bench_json=() bench_over=0

bench_heading() {
  printf '%-48s %10s %-7s %10s %7s %8s %s\n' FIGURE VALUE UNIT FLOOR RATIO BUDGET VERDICT
}

# figure NAME VALUE UNIT [FLOOR [BUDGET]]: prints a line and keeps it for --json. A budget is an
# upper bound: of the ratio where there is a floor, else of the value. "-": there is none.
figure() {
  local name=$1 value=$2 unit=$3 floor=${4:--} budget=${5:--} ratio=- verdict=-
  [ "$floor" = - ] || ratio=$(awk "BEGIN { printf \"%.3f\", $value / $floor }")
  if [ "$budget" != - ]; then
    verdict=$(awk -v a="${ratio/#-/$value}" -v b="$budget" 'BEGIN { print (a < b ? "ok" : "over") }')
    [ "$verdict" = ok ] || bench_over=1
  fi
  printf '%-48s %10s %-7s %10s %7s %8s %s\n' "$name" "$value" "$unit" "$floor" "$ratio" "$budget" \
    "$verdict"
  bench_json+=("$(printf '{"name": "%s", "value": %s, "unit": "%s", "floor": %s, "ratio": %s, "budget": %s, "verdict": "%s"}' \
    "$name" "$value" "$unit" "${floor/#-/null}" "${ratio/#-/null}" "${budget/#-/null}" "$verdict")")
}

# bench_write_json FILE NAME: what was printed, with the machine's load, which explains outliers.
bench_write_json() {
  local separator="" line
  {
    printf '{"benchmark": "%s", "cores": %s, "load": %s, "figures": [' "$2" "$(nproc)" \
      "$(cut -d' ' -f1 /proc/loadavg)"
    for line in "${bench_json[@]}"; do
      printf '%s\n  %s' "$separator" "$line"
      separator=,
    done
    printf '\n]}\n'
  } >"$1"
}

# median VALUE...: the middle one (the upper of the two where the count is even).
median() { printf '%s\n' "$@" | sort -g | sed -n "$(($# / 2 + 1))p"; }

# value_of NAME FILE: from the "NAME VALUE" lines of a measuring program.
value_of() { awk -v name="$1" '$1 == name { print $2 }' "$2" | tail -n 1; }

bench_condition_is() {
  [ "$(kubectl get "$1" "$2" -o "jsonpath={.status.conditions[?(@.type==\"$3\")].status}")" = "$4" ]
}

# A cloud, and a terminal that is connected to it and holds the pods' ConfigMap.
bench_up() {
  say "a world in $1: CA, broker, containerd, images, hub"
  edge_up "$1" "$bin"
  kubectl apply -f "$top/tools/lib/demo/edgenode.yaml" >>"$WORLD_DIR/log/kubectl.log"
  kubectl create configmap bench --from-literal=greeting=open >>"$WORLD_DIR/log/kubectl.log"
  edge_enrol "$node" >>"$WORLD_DIR/log/kubectl.log"
  edge_start_terminal
  await 60 "EdgeNode $node to be Connected" bench_condition_is edgenode "$node" Connected True
  await 60 "Node $node to be Ready" bench_condition_is node "$node" Ready True
}

# bench_pods FROM TO: creates pods bench-FROM to bench-(TO-1); waits until all run and are reported.
bench_pods() {
  local i file=$WORLD_DIR/pods.json
  for ((i = $1; i < $2; i++)); do
    sed "s/\"name\": \"bench\", \"labels\"/\"name\": \"bench-$i\", \"labels\"/
      s/\"spec\": {/\"spec\": {\n    \"nodeName\": \"$node\",/" "$top/tests/bench/pod.json"
  done >"$file"
  [ ! -s "$file" ] || kubectl create -f "$file" >>"$WORLD_DIR/log/kubectl.log"
  await 120 "$2 pods to be Running in the API" bench_all_run "$2"
  await 60 "the terminal's outbox to be empty" bench_outbox_empty
}

bench_all_run() { [ "$(kubectl get pods --no-headers 2>/dev/null | grep -c Running)" -ge "$1" ]; }

bench_edgectl() { "$bin/edgectl" --socket "$WORLD_DIR/run/edged/edged.sock" "$@" -o json; }

bench_outbox_empty() { bench_edgectl status | grep -q '"pendingStatuses": *0,'; }

bench_all_run_here() { [ "$(bench_edgectl pods | grep -c '"status": *"Running"')" -ge "$1" ]; }

# bench_measure NAME PROGRAM...: runs a measuring program; its figures are in $WORLD_DIR/NAME.out.
bench_measure() {
  local name=$1
  shift
  "$@" >"$WORLD_DIR/$name.out" 2>"$WORLD_DIR/log/$name.log" || {
    cat "$WORLD_DIR/log/$name.log" >&2
    die "failed: $* (its output: $WORLD_DIR/log/$name.log)"
  }
}
