# What tools/demo, tools/test and tools/bench share. Source it; it sets no options and starts nothing.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# say WORDS: a line of progress, with the seconds since the script began.
say() { printf '[%4ds] %s\n' "$SECONDS" "$*"; }

# cpu_seconds: CPU time of the script and of all its commands that have ended.
cpu_seconds() {
  local stat
  stat=$(</proc/$$/stat)
  set -- ${stat##*) }
  echo $(((${12} + ${13} + ${14} + ${15}) / $(getconf CLK_TCK)))
}

# die WORDS: the end, with the reason.
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# logged LOG COMMAND...: runs it with its output in LOG; on failure shows LOG's end and names it.
logged() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "failed: $* (its output: $log)"
  fi
}

# await SECONDS WHAT COMMAND...: tries the command until it succeeds; fails naming WHAT.
await() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "waited in vain for: $what (last tried: $*)" >&2
      "$@" >&2 || true
      return 1
    fi
    sleep 0.1
  done
}

# build_preset PRESET [TARGET...]: configures and builds into build/PRESET.
build_preset() {
  local preset=$1
  shift
  logged "$top/build/$preset-configure.log" cmake -S "$top" --preset "$preset"
  logged "$top/build/$preset-build.log" cmake --build "$top/build/$preset" --target "${@:-all}"
}
