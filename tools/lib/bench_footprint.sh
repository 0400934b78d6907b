# tools/bench footprint: what an idle, connected terminal takes.

# The counters of process $1, one line "NAME VALUE" each.
footprint_counters() {
  local pid=$1
  cat "/proc/$pid"/task/*/schedstat | awk '{ ns += $1 } END { printf "cpu_ns %.0f\n", ns }'
  cat "/proc/$pid"/task/*/status |
    awk '/^voluntary_ctxt_switches/ { n += $2 } END { print "wakeups", n + 0 }'
  awk '/^write_bytes/ { print "written", $2 }' "/proc/$pid/io"
  # Payload, and 52 bytes of IP and TCP headers for each segment.
  ss -tinpH state established 'dport = :8883' | grep -A1 "pid=$pid," | tr ' ' '\n' | awk -F: '
    /^bytes_(sent|received):/ { n += $2 } /^segs_(in|out):/ { n += 52 * $2 }
    END { printf "network %.0f\n", n }'
}

# What new pods cause comes with the next heartbeat at the latest: over more than one heartbeat's
# time nothing may be written, and next to no CPU used.
footprint_quiet() {
  local pid=$1 before after
  before=$(footprint_busy "$pid")
  sleep "$settle"
  after=$(footprint_busy "$pid")
  [ "${before#* }" = "${after#* }" ] && [ $((${after% *} - ${before% *})) -lt $((settle * 10000000)) ]
}

# CPU nanoseconds and bytes written.
footprint_busy() {
  footprint_counters "$1" | awk '{ v[$1] = $2 } END { printf "%.0f %.0f", v["cpu_ns"], v["written"] }'
}

# rate NAME FACTOR: growth of a counter per second of the window, times FACTOR.
rate() {
  awk -v name="$1" -v factor="$2" -v seconds="$window" '
    $1 == name { if (FNR == NR) before = $2; else after = $2 }
    END { printf "%.3f", (after - before) / seconds * factor }' \
    "$WORLD_DIR/before" "$WORLD_DIR/after"
}

memory() { awk -v key="$1:" '$1 == key { printf "%.2f", $2 / 1024 }' "/proc/$pid/smaps_rollup"; }

footprint_of() {
  local pods=$1 pid pss_budget=- day=0.0864 # MB a day for a byte a second
  pid=$(world_pid edged)
  # One that is never quiet is measured as it is.
  await 60 "edged to be quiet with $pods pods" footprint_quiet "$pid" || true
  footprint_counters "$pid" >"$WORLD_DIR/before"
  sleep "$window" # what is measured is that nothing happens
  footprint_counters "$pid" >"$WORLD_DIR/after"
  case $pods in 0) pss_budget=12 ;; 30) pss_budget=15 ;; esac
  figure "$pods pods: memory, PSS" "$(memory Pss)" MiB - "$pss_budget"
  figure "$pods pods: memory, RSS" "$(memory Rss)" MiB
  figure "$pods pods: memory, private dirty" "$(memory Private_Dirty)" MiB
  figure "$pods pods: threads" "$(ls "/proc/$pid/task" | wc -l)" threads
  figure "$pods pods: idle CPU, of a core" "$(rate cpu_ns 1e-7)" % - 0.1
  figure "$pods pods: wake-ups" "$(rate wakeups 1)" 1/s - 10
  figure "$pods pods: written to disk" "$(rate written $day)" MB/day - 2
  figure "$pods pods: traffic with the broker" "$(rate network $day)" MB/day - 2
}

bench_footprint() {
  local window=30 settle=16 stages="0 5 10 30" pods have=0
  [ -z "$short" ] || window=2 settle=1 stages="0 2"
  export EDGE_HEARTBEAT=15s # as shipped
  bench_up "$1"
  strip -o "$WORLD_DIR/edged.stripped" "$bin/edged"
  bench_heading
  figure "edged on disk, stripped" \
    "$(stat -c %s "$WORLD_DIR/edged.stripped" | awk '{ printf "%.2f", $1 / 1048576 }')" MiB - 15
  for pods in $stages; do
    bench_pods "$have" "$pods"
    have=$pods
    footprint_of "$pods"
  done
}
