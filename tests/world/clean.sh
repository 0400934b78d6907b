# Sourced by world.sh: a power cut, and the end of a world.

# Ids of every container and sandbox that has, or had, a task here.
world_container_ids() {
  ls "$WORLD_RUN/containerd/io.containerd.runtime.v2.task/k8s.io" 2>/dev/null
}

# Pids of this world's shims (they name our socket) and of everything in its containers' cgroups.
world_container_pids() {
  local pid ids
  for pid in $(grep -lzxF -- "$WORLD_SOCKET" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3); do
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q '^[^ ]*containerd-shim' && echo "$pid"
  done
  ids=$(world_container_ids)
  grep -lF -- "${ids:+$ids
}$WORLD_CGROUP/" /proc/[0-9]*/cgroup 2>/dev/null | cut -d/ -f3
}

world_kill_containers() {
  local pids
  pids=$(world_container_pids | sort -u)
  [ -n "$pids" ] || return 0
  kill -KILL $pids 2>/dev/null
  return 1
}

# world_power_cut [NAME...]: SIGKILL at once for containerd, the named processes (edged), every
# shim and everything in a container; then what a reboot would wipe is wiped: mounts, network,
# cgroups, the run folder. The disk (var and whatever others put into the world's folder) stays.
world_power_cut() {
  local name pids=
  for name in containerd "$@"; do
    pids="$pids $(world_pid "$name" || true)"
  done
  kill -KILL $pids $(world_container_pids) 2>/dev/null || true
  for name in containerd "$@"; do
    world_kill "$name"
  done
  world_wait 20 "containers of $WORLD_DIR to die" world_kill_containers
  world_wipe_volatile "$(world_container_ids || true)" || true
  world_wait 10 "cgroups of $WORLD_DIR to be removed" world_remove_cgroups
  rm -rf "$WORLD_RUN"
  mkdir -p "$WORLD_RUN"
}

# Each step is best effort: a part may never have been made.
world_wipe_volatile() {
  WORLD_DEAD_IDS=$1
  cat "$WORLD_RUN"/containerd/io.containerd.runtime.v2.task/k8s.io/*/address 2>/dev/null |
    sed -n 's|unix://\(/run/containerd/s/[0-9a-f]*\)|\1\n|gp' | xargs -r rm -f
  world_unmount
  world_remove_network
}

# Everything mounted below the world's folder, innermost first.
world_unmount() {
  local point
  while read -r point; do
    umount "$point" 2>/dev/null || umount -l "$point" 2>/dev/null || true
  done < <(awk -v dir="$WORLD_DIR/" 'index($5, dir) == 1 {print $5}' /proc/self/mountinfo | tac)
}

world_remove_network() {
  local rule
  ip ${WORLD_NETNS:+-n "$WORLD_NETNS"} link delete "$WORLD_BRIDGE" 2>/dev/null || true
  command -v iptables-save >/dev/null || return 0
  # Host ports: the rules that name our network, then the chains that they led to.
  iptables-save -t nat 2>/dev/null | grep -F "\"$WORLD_NETWORK\"" | sed 's/^-A/-D/' |
    while read -r rule; do
      eval "iptables -t nat $rule" 2>/dev/null || true
      case $rule in *-j\ CNI-DN-*) world_remove_chain "${rule##*-j }" ;; esac
    done
}

world_remove_chain() {
  iptables -t nat -F "$1" 2>/dev/null
  iptables -t nat -X "$1" 2>/dev/null || true
}

# Succeeds when none is left; the kernel may take a moment to let go of the dead.
world_remove_cgroups() {
  local id left=
  for id in $WORLD_DEAD_IDS; do
    left="$left$(world_remove_cgroups_of "*/$id")"
  done
  [ -z "$left$(world_remove_cgroups_of "*$WORLD_CGROUP")" ]
}

# Prints what could not be removed.
world_remove_cgroups_of() {
  local folder
  find /sys/fs/cgroup -depth -type d \( -path "$1" -o -path "$1/*" \) 2>/dev/null |
    while read -r folder; do
      rmdir "$folder" 2>/dev/null || [ ! -d "$folder" ] || echo "$folder"
    done
}

# world_down: nothing of the world is left. Processes spawned in it get SIGTERM first.
world_down() {
  local name
  for name in $(world_names); do
    [ "$name" = containerd ] || world_stop "$name"
  done
  world_power_cut
  rm -rf "/var/lib/cni/results/$WORLD_NETWORK"-*
  world_forget_hosts "$WORLD_DIR"
  rm -rf "$WORLD_DIR"
}
