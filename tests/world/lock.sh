# Sourced by world.sh: one world at a time has the name mqtt.edge, the products' own ports and this
# machine's load to itself.
#
# world_lock DIR waits until no other run of tools/demo, tools/bench or a system test on this machine
# holds the lock, and says whom it waits for. The kernel lets go of it when the script ends, however
# it ends: world_spawn keeps it from the world's processes. What a killed script left is taken down
# by the next one, which knows its folder from the lock's file.

WORLD_LOCK=${EDGE_WORLD_LOCK:-/run/edge-world.lock} # /run is root's alone: nobody plants a folder
WORLD_HOSTS=/etc/hosts
WORLD_HOSTS_MARK="# edge world"

# world_lock DIR: DIR is where the world will be.
world_lock() {
  exec 9>>"$WORLD_LOCK" || world_fail "cannot open $WORLD_LOCK: a world needs root"
  if ! flock -n 9; then
    world_say_waiting
    until flock -w 60 9; do world_say_waiting; done
  fi
  world_clear_left
  printf 'pid %s (%s), folder %s\n' "$$" "$0" "$1" >"$WORLD_LOCK"
}

world_say_waiting() {
  printf 'world: waiting for another run to end, which holds %s: %s\n' "$WORLD_LOCK" \
    "$(cat "$WORLD_LOCK")" >&2
}

# world_unlock: the world is down.
world_unlock() {
  : >"$WORLD_LOCK"
  exec 9>&-
}

# Whoever wrote the lock's file is gone: its world is either kept on purpose or a leftover.
world_clear_left() {
  local left
  left=$(sed -n 's/.*, folder //p' "$WORLD_LOCK")
  if [ -n "$left" ] && [ -e "$left/world.env" ]; then
    [ ! -e "$left/kept" ] ||
      world_fail "the world in $left was left up with --keep: $WORLD_SOURCE/world.sh down $left"
    echo "world: taking down $left, which a killed run left behind" >&2
    (world_use "$left" && world_down) 9>&-
  fi
  world_forget_hosts
}

# world_forget_hosts [DIR]: removes the names that the world in DIR, or any, put into /etc/hosts,
# which may be a mount point of its own: it is rewritten in place.
world_forget_hosts() {
  local rest
  grep -qF "$WORLD_HOSTS_MARK ${1:-}" "$WORLD_HOSTS" || return 0
  rest=$(grep -vF "$WORLD_HOSTS_MARK ${1:-}" "$WORLD_HOSTS") && [ -n "$rest" ] || return 0
  printf '%s\n' "$rest" >"$WORLD_HOSTS"
}
