#!/bin/bash
# A real Kubernetes control plane for tests, under one folder: etcd, kube-apiserver,
# kube-controller-manager and kube-scheduler as tests/kubernetes/build makes them, with Node and RBAC
# authorization, NodeRestriction, and certificates as a real one has them. No kubelet.
#
#   tests/kubernetes/cluster.sh up DIR      makes and starts it (DIR: new, absolute, short); prints
#                                           what `env` prints
#   tests/kubernetes/cluster.sh env DIR     the variables below, for eval
#   tests/kubernetes/cluster.sh stop|start|pause|resume DIR NAME
#                                           a component, as kube-apiserver; same port, same data
#   tests/kubernetes/cluster.sh stop-apiserver|start-apiserver|pause-apiserver|resume-apiserver DIR
#   tests/kubernetes/cluster.sh kill DIR NAME   SIGKILL
#   tests/kubernetes/cluster.sh user DIR NAME [GROUP...]
#                                           prints the path of a kubeconfig for a user of that name
#   tests/kubernetes/cluster.sh down DIR    kills and removes all of it
#
# Or source it:  . tests/kubernetes/cluster.sh; cluster_up /tmp/k1; ...; cluster_down
# Clusters stand side by side. Needs: bash, openssl, and Go for the first time; not root.
#
# Set before cluster_up, where the default will not do:
#   CLUSTER_ADDRESS   where the API server listens and kubeconfigs find it (127.0.0.1). With 0.0.0.0
#                     it listens on all addresses, and kubeconfigs name 127.0.0.1
#   CLUSTER_NAMES     further names in its certificate, as in "DNS:cloud.example,IP:10.0.0.1"
#   CLUSTER_SERVICES  the addresses of Services (10.250.0.0/16)
#   CLUSTER_APISERVER_FLAGS  CLUSTER_CONTROLLERS_FLAGS  CLUSTER_SCHEDULER_FLAGS  further flags, as in
#                     "--node-monitor-grace-period=8s --node-monitor-period=1s"
#   CLUSTER_OWNER     a pid: when that process ends, however it ends, the cluster is taken down
#
# After cluster_up or cluster_use these are set:
#   CLUSTER_DIR  CLUSTER_BIN (the programs)  CLUSTER_KUBECTL  CLUSTER_SERVER (its URL)  CLUSTER_CA
#   (the authority's file)  KUBECONFIG (the administrator's)  KUBECACHEDIR (kubectl's, for another
#   cluster may have had this one's port)

CLUSTER_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$CLUSTER_SOURCE/../world/process.sh"
. "$CLUSTER_SOURCE/certificates.sh"
. "$CLUSTER_SOURCE/components.sh"

# cluster_up DIR: a new cluster, in which a pod can be made at once. Exits with 77 where there is no
# Kubernetes to be had (see tests/kubernetes/build).
cluster_up() {
  local dir=$1 bin
  case $dir in
    *[[:space:]]*) world_fail "cluster folder \"$dir\": no blanks, please" ;;
    /*) ;;
    *) world_fail "cluster folder \"$dir\": write an absolute path" ;;
  esac
  [ ${#dir} -le 80 ] || world_fail "cluster folder $dir: at most 80 characters (unix sockets)"
  [ ! -e "$dir/cluster.env" ] || world_fail "cluster $dir is there already: take it down first"
  bin=$("$CLUSTER_SOURCE/build") || exit
  mkdir -p "$dir"/{log,pids,pki,etcd}
  chmod 700 "$dir" "$dir/etcd"
  cluster_choose_port
  cluster_write_env "$dir" "$bin"
  cluster_use "$dir"
  [ -z "${CLUSTER_OWNER:-}" ] || cluster_guard
  cluster_make_certificates
  cluster_start etcd
  cluster_start_somewhere
  cluster_user system:kube-controller-manager >/dev/null
  cluster_user system:kube-scheduler >/dev/null
  cluster_start kube-controller-manager
  cluster_start kube-scheduler
  cluster_await 60 kube-controller-manager "the default ServiceAccount" \
    cluster_get /api/v1/namespaces/default/serviceaccounts/default
}

# Below the ports that the kernel gives to outgoing connections, and that Kubernetes gives to
# Services: it is still free when a stopped API server comes back.
cluster_choose_port() {
  until CLUSTER_PORT=$((20000 + RANDOM % 9000)) && ! world_port_open 127.0.0.1 "$CLUSTER_PORT"; do :; done
}

# The first start of the API server, on another port if somebody took the first.
cluster_start_somewhere() {
  local try
  for try in 1 2 3 4 5; do
    cluster_user admin system:masters >/dev/null
    ! (cluster_start kube-apiserver) || return 0
    grep -q 'address already in use' "$CLUSTER_DIR/log/kube-apiserver.log" || break
    rm "$CLUSTER_DIR/log/kube-apiserver.log"
    cluster_choose_port
    cluster_write_env "$CLUSTER_DIR" "$CLUSTER_BIN"
    cluster_use "$CLUSTER_DIR"
  done
  world_fail "the API server of $CLUSTER_DIR does not start"
}

cluster_write_env() {
  CLUSTER_BIN=$2 CLUSTER_ADDRESS=${CLUSTER_ADDRESS:-127.0.0.1} CLUSTER_SERVICES=${CLUSTER_SERVICES:-10.250.0.0/16}
  local name
  for name in CLUSTER_BIN CLUSTER_ADDRESS CLUSTER_PORT CLUSTER_SERVICES CLUSTER_APISERVER_FLAGS \
    CLUSTER_CONTROLLERS_FLAGS CLUSTER_SCHEDULER_FLAGS; do
    printf '%s=%q\n' "$name" "${!name:-}"
  done >"$1/cluster.env"
}

# cluster_use DIR: sets the variables of a cluster that exists.
cluster_use() {
  CLUSTER_DIR=$1
  [ -r "$CLUSTER_DIR/cluster.env" ] || world_fail "$CLUSTER_DIR is no cluster: no cluster.env in it"
  . "$CLUSTER_DIR/cluster.env"
  CLUSTER_SERVER=https://${CLUSTER_ADDRESS/#0.0.0.0/127.0.0.1}:$CLUSTER_PORT
  CLUSTER_CA=$CLUSTER_DIR/pki/ca.crt
  CLUSTER_KUBECTL=$CLUSTER_BIN/kubectl
  export KUBECONFIG=$CLUSTER_DIR/admin.kubeconfig KUBECACHEDIR=$CLUSTER_DIR/kubectl
  cluster_set_flags
}

cluster_print_env() {
  local name
  for name in CLUSTER_DIR CLUSTER_BIN CLUSTER_KUBECTL CLUSTER_SERVER CLUSTER_CA KUBECONFIG KUBECACHEDIR; do
    printf 'export %s=%q\n' "$name" "${!name}"
  done
}

# cluster_guard: takes the cluster down when its owner ends.
cluster_guard() {
  cluster_world world_spawn guard bash -c \
    'tail -s 0.2 --pid "$1" -f /dev/null; rm "$3/pids/guard"; exec "$2" down "$3"' \
    guard "$CLUSTER_OWNER" "$CLUSTER_SOURCE/cluster.sh" "$CLUSTER_DIR"
}

# cluster_halt: nothing of the cluster runs; its folder stays.
cluster_halt() {
  local name pid
  for name in $(cluster_world world_names); do
    ! pid=$(cluster_world world_pid "$name") || kill -KILL -- "-$pid"
    cluster_stop "$name" KILL
  done
}

# cluster_down: nothing of the cluster is left.
cluster_down() {
  cluster_halt
  rm -rf "$CLUSTER_DIR"
}

cluster_main() {
  local verb=${1:-} dir=${2:-} code
  case $verb in
    up)
      (cluster_up "${dir:?folder}") || {
        code=$?
        [ ! -e "$dir/cluster.env" ] || { cluster_use "$dir" && cluster_halt; }
        exit "$code"
      }
      cluster_use "$dir"
      cluster_print_env
      return
      ;;
    env | stop | start | kill | pause | resume | *-apiserver | user | down) cluster_use "${dir:?folder}" ;;
    *)
      sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
      [ "$verb" = --help ] || exit 2
      return
      ;;
  esac
  case $verb in
    env) cluster_print_env ;;
    kill) cluster_stop "${3:?component}" KILL ;;
    stop | start | pause | resume) "cluster_$verb" "${3:?component}" ;;
    stop-apiserver | start-apiserver | pause-apiserver | resume-apiserver) "cluster_${verb/-/_}" ;;
    user) cluster_user "${@:3}" ;;
    down) cluster_down ;;
  esac
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  cluster_main "$@"
fi
