# Sourced by world.sh: processes of a world, by name; waiting with a deadline.

world_fail() {
  echo "world: $*" >&2
  exit 1
}

# world_wait SECONDS WHAT COMMAND...: until COMMAND succeeds; fails by naming WHAT.
world_wait() {
  local seconds=$1 what=$2 end
  shift 2
  end=$((SECONDS + seconds + 1))
  until "$@"; do
    [ $SECONDS -lt $end ] || world_fail "waited $seconds s for $what"
    sleep 0.05
  done
}

world_start_time() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  set -- ${stat##*) }
  [ "$1" != Z ] && echo "${20}"
}

# world_spawn NAME COMMAND...: in the background, output to log/NAME.log. The pid is kept with the
# process's start time, so that a reused pid is never taken for ours. It does not get the machine's
# lock (descriptor 9). With WORLD_NETNS set it is in that network namespace.
world_spawn() {
  local name=$1 pid
  shift
  world_alive "$name" && world_fail "$name of $WORLD_DIR runs already"
  setsid ${WORLD_NETNS:+nsenter --net="/run/netns/$WORLD_NETNS"} "$@" </dev/null >>"$WORLD_DIR/log/$name.log" 2>&1 9>&- &
  pid=$!
  disown "$pid"
  echo "$pid $(world_start_time "$pid")" >"$WORLD_DIR/pids/$name"
}

# world_pid NAME: its pid, if it runs.
world_pid() {
  local pid started
  [ -r "$WORLD_DIR/pids/$1" ] || return 1
  read -r pid started <"$WORLD_DIR/pids/$1"
  [ -n "$started" ] && [ "$(world_start_time "$pid")" = "$started" ] && echo "$pid"
}

world_alive() {
  [ -n "$(world_pid "$1")" ]
}

world_gone() {
  ! world_alive "$1"
}

# world_kill NAME [SIGNAL]: sends it (KILL) and waits until the process is gone.
world_kill() {
  local pid
  pid=$(world_pid "$1") || return 0
  kill -s "${2:-KILL}" "$pid" 2>/dev/null || true
  world_wait "${3:-10}" "$1 (pid $pid) to end after SIG${2:-KILL}" world_gone "$1"
  rm -f "$WORLD_DIR/pids/$1"
}

# world_stop NAME [SECONDS]: SIGTERM, and SIGKILL where that was not enough.
world_stop() {
  (world_kill "$1" TERM "${2:-10}") || world_kill "$1" KILL
}

world_names() {
  ls "$WORLD_DIR/pids" 2>/dev/null
}

world_port_open() {
  (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

# world_start_mosquitto CONF: waits until each of its listeners accepts.
world_start_mosquitto() {
  local conf=$1 word port address
  world_spawn mosquitto mosquitto -c "$conf"
  while read -r word port address _; do
    [ "$word" = listener ] && [ "$port" != 0 ] || continue
    case $address in "" | 0.0.0.0 | ::) address=127.0.0.1 ;; esac
    world_wait 10 "mosquitto to listen on $address:$port (log: $WORLD_DIR/log/mosquitto.log)" \
      world_port_open "$address" "$port"
  done <"$conf"
  world_alive mosquitto || world_fail "mosquitto ended, see $WORLD_DIR/log/mosquitto.log"
}
