#!/bin/bash
# A throwaway world for pods under one folder: a containerd of its own (root, state, socket, CNI
# network, images), the processes put beside it, a power cut, and an end that leaves nothing.
#
#   tests/world/world.sh up DIR      makes and starts it (DIR: new, absolute, short, without blanks)
#   tests/world/world.sh cut DIR     a power cut: everything of it dies, what a reboot wipes is gone
#   tests/world/world.sh start DIR   starts containerd again after a cut
#   tests/world/world.sh stop DIR    stops containerd alone: pods run on
#   tests/world/world.sh down DIR    kills and removes all of it
#
# Or source it:  . tests/world/world.sh; world_up /tmp/w1; ...; world_down
# Root only. Needs: bash containerd runc containernetworking-plugins iproute2 busybox-static, a C
# compiler with libc6-dev; iptables where pods have host ports.
#
# Worlds have networks, cgroups and sockets of their own and stand side by side. Those with a cloud
# (tools/lib/edge_world.sh) share the name mqtt.edge: they take the machine's lock (lock.sh).
#
# After world_up or world_use these are set:
#   WORLD_DIR  WORLD_SOCKET (containerd and CRI)  WORLD_RUN (what /run is to a machine: a cut wipes
#   it)  WORLD_BRIDGE  WORLD_SUBNET (a.b.c)  WORLD_CGROUP (a cgroup root for the node agent: put
#   pods below it, it is cleaned up)  WORLD_SNAPSHOTTER

WORLD_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$WORLD_SOURCE/process.sh"
. "$WORLD_SOURCE/images.sh"
. "$WORLD_SOURCE/containerd.sh"
. "$WORLD_SOURCE/clean.sh"
. "$WORLD_SOURCE/lock.sh"

# world_up DIR: a new world with containerd running and images imported.
world_up() {
  local dir=$1
  [ "$(id -u)" = 0 ] || world_fail "a world needs root"
  case $dir in
    *[[:space:]]*) world_fail "world folder \"$dir\": no blanks, please" ;;
    /*) ;;
    *) world_fail "world folder \"$dir\": write an absolute path" ;;
  esac
  [ ${#dir} -le 60 ] || world_fail "world folder $dir: at most 60 characters (unix sockets)"
  [ ! -e "$dir/world.env" ] || world_fail "world $dir is there already: take it down first"
  mkdir -p "$dir"/{var,run,cni,log,pids}
  world_choose "$dir"
  world_use "$dir"
  world_write_cni
  world_write_containerd_config
  world_start_containerd
  world_make_images
}

# world_use DIR: sets the variables of a world that exists.
world_use() {
  WORLD_DIR=$1
  [ -r "$WORLD_DIR/world.env" ] || world_fail "$WORLD_DIR is no world: no world.env in it"
  . "$WORLD_DIR/world.env"
  WORLD_RUN=$WORLD_DIR/run
  WORLD_SOCKET=$WORLD_RUN/containerd.sock
  WORLD_CGROUP=/edge-world-$WORLD_ID
  WORLD_BRIDGE=ew$WORLD_ID
  WORLD_NETWORK=edge-world-$WORLD_ID
}

# world_choose DIR: an id, a free subnet and a snapshotter, kept in world.env.
world_choose() {
  local dir=$1 id seed subnet try snapshotter=native
  id=$(printf '%s %s' "$dir" "$$-$RANDOM" | sha256sum | cut -c1-8)
  seed=$((16#${id:0:6}))
  for try in {0..63}; do
    subnet=10.$((64 + (seed + try) % 128)).$((seed / 128 % 256))
    [ -n "$(ip -4 route show to match "$subnet.1" | grep -v ^default)" ] || break
    subnet=
  done
  [ -n "$subnet" ] || world_fail "no free 10.x.y.0/24 for world $dir"
  mkdir -p "$dir/try"/{lower,upper,work,merged}
  if mount -t overlay overlay -o "lowerdir=$dir/try/lower,upperdir=$dir/try/upper,workdir=$dir/try/work" \
    "$dir/try/merged" 2>/dev/null; then
    umount "$dir/try/merged"
    snapshotter=overlayfs
  fi
  rm -rf "$dir/try"
  printf 'WORLD_ID=%s\nWORLD_SUBNET=%s\nWORLD_SNAPSHOTTER=%s\n' "$id" "$subnet" "$snapshotter" \
    >"$dir/world.env"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  case ${1:-} in
    up) world_up "${2:?folder}" ;;
    cut) world_use "${2:?folder}" && world_power_cut ;;
    start) world_use "${2:?folder}" && world_start_containerd ;;
    stop) world_use "${2:?folder}" && world_stop_containerd ;;
    down) world_use "${2:?folder}" && world_down ;;
    *)
      sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
      [ "${1:-}" = --help ] || exit 2
      ;;
  esac
fi
