# Sourced by cluster.sh: starting and stopping etcd and the parts of the control plane.

CLUSTER_COMPONENTS="etcd kube-apiserver kube-controller-manager kube-scheduler"

# cluster_world COMMAND...: one of tests/world/process.sh, on the processes of the cluster.
cluster_world() {
  local WORLD_DIR=$CLUSTER_DIR
  "$@"
}

# cluster_start NAME: starts a component that does not run, and waits until it serves.
cluster_start() {
  case $1 in
    etcd)
      rm -f "$CLUSTER_DIR/etcd/sock" # of one that was killed
      cluster_run etcd "${CLUSTER_ETCD[@]}"
      cluster_await 30 etcd "etcd to listen" test -S "$CLUSTER_DIR/etcd/sock"
      ;;
    kube-apiserver)
      cluster_run kube-apiserver "${CLUSTER_APISERVER[@]}" ${CLUSTER_APISERVER_FLAGS:-}
      cluster_await 60 kube-apiserver "the API server to be ready" cluster_get /readyz
      ;;
    kube-controller-manager)
      cluster_run kube-controller-manager "${CLUSTER_CONTROLLERS[@]}" ${CLUSTER_CONTROLLERS_FLAGS:-}
      ;;
    kube-scheduler)
      cluster_run kube-scheduler "${CLUSTER_SCHEDULER[@]}" ${CLUSTER_SCHEDULER_FLAGS:-}
      ;;
    *) world_fail "no component \"$1\": there are $CLUSTER_COMPONENTS" ;;
  esac
}

cluster_run() {
  cluster_world world_spawn "$1" "$CLUSTER_BIN/$1" "${@:2}"
}

# cluster_stop NAME [SIGNAL]: SIGTERM, or another signal that ends it; waits until it is gone. An API
# server would wait a minute for its watches: it is killed after three seconds.
cluster_stop() {
  case ${2:-TERM} in
    TERM) cluster_world world_stop "$1" 3 2>/dev/null ;;
    *) cluster_world world_kill "$1" "$2" ;;
  esac
}

# cluster_pause NAME: it runs no further, and its connections hang. cluster_resume NAME undoes it.
cluster_pause() {
  local pid
  pid=$(cluster_world world_pid "$1") || world_fail "$1 does not run"
  kill -STOP "$pid"
  world_wait 10 "$1 to be stopped" grep -q '^State:.T' "/proc/$pid/status"
}
cluster_resume() {
  kill -CONT "$(cluster_world world_pid "$1")"
}

cluster_stop_apiserver() { cluster_stop kube-apiserver "$@"; }
cluster_start_apiserver() { cluster_start kube-apiserver; }
cluster_pause_apiserver() { cluster_pause kube-apiserver; }
cluster_resume_apiserver() { cluster_resume kube-apiserver; }

cluster_get() {
  "$CLUSTER_KUBECTL" --kubeconfig "$CLUSTER_DIR/admin.kubeconfig" --request-timeout 5s \
    get --raw "$1" >/dev/null 2>&1
}

# cluster_await SECONDS NAME WHAT COMMAND...: waits for COMMAND; fails at once when NAME ended.
cluster_await() {
  local seconds=$1 name=$2 what=$3 log=$CLUSTER_DIR/log/$2.log
  shift 3
  world_wait "$seconds" "$what (log: $log)" cluster_settled "$name" "$@"
  cluster_world world_alive "$name" || world_fail "$name ended: $(tail -n 3 "$log")"
}
cluster_settled() {
  "${@:2}" || cluster_world world_gone "$1"
}

# cluster_set_flags: what each component is started with.
cluster_set_flags() {
  local dir=$CLUSTER_DIR pki=$CLUSTER_DIR/pki
  # Sockets of its own instead of ports, which others could take; nobody uses what it advertises.
  CLUSTER_ETCD=(--name cluster --data-dir "$dir/etcd/data" --unsafe-no-fsync --log-level warn
    --listen-client-urls "unix://$dir/etcd/sock" --advertise-client-urls http://127.0.0.1:2379
    --listen-peer-urls "unix://$dir/etcd/peers" --initial-advertise-peer-urls http://127.0.0.1:2380
    --initial-cluster cluster=http://127.0.0.1:2380)
  CLUSTER_APISERVER=(--etcd-servers "unix://$dir/etcd/sock"
    --bind-address "$CLUSTER_ADDRESS" --secure-port "$CLUSTER_PORT"
    --service-cluster-ip-range "$CLUSTER_SERVICES" --allow-privileged=true
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction
    --enable-bootstrap-token-auth=true --enable-aggregator-routing=true
    --client-ca-file "$pki/ca.crt"
    --tls-cert-file "$pki/apiserver.crt" --tls-private-key-file "$pki/apiserver.key"
    --kubelet-certificate-authority "$pki/kubelet-ca.crt"
    --kubelet-client-certificate "$pki/apiserver-kubelet.crt"
    --kubelet-client-key "$pki/apiserver-kubelet.key"
    --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
    --service-account-issuer=https://kubernetes.default.svc.cluster.local
    --service-account-key-file "$pki/service-accounts.pub"
    --service-account-signing-key-file "$pki/service-accounts.key"
    --requestheader-client-ca-file "$pki/front-proxy-ca.crt"
    --requestheader-allowed-names=front-proxy-client
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group
    --requestheader-extra-headers-prefix=X-Remote-Extra-
    --proxy-client-cert-file "$pki/front-proxy.crt" --proxy-client-key-file "$pki/front-proxy.key")
  # The endpoint of the Service kubernetes may not be a loopback address.
  case $CLUSTER_ADDRESS in
    127.*) CLUSTER_APISERVER+=(--advertise-address "$CLUSTER_ADDRESS" --endpoint-reconciler-type=none) ;;
  esac
  CLUSTER_CONTROLLERS=($(cluster_client_flags kube-controller-manager)
    --controllers='*,bootstrapsigner,tokencleaner' --use-service-account-credentials=true
    --kube-api-qps=200 --kube-api-burst=400
    --root-ca-file "$pki/ca.crt" --service-account-private-key-file "$pki/service-accounts.key"
    $(cluster_signing_flags kubelet-client ca) $(cluster_signing_flags kube-apiserver-client ca)
    $(cluster_signing_flags legacy-unknown ca) $(cluster_signing_flags kubelet-serving kubelet-ca))
  CLUSTER_SCHEDULER=($(cluster_client_flags kube-scheduler))
}

cluster_client_flags() {
  local file=$CLUSTER_DIR/system-$1.kubeconfig
  echo "--kubeconfig $file --authentication-kubeconfig $file --authorization-kubeconfig $file" \
    "--leader-elect=false --secure-port=0"
}

cluster_signing_flags() {
  echo "--cluster-signing-$1-cert-file $CLUSTER_DIR/pki/$2.crt" \
    "--cluster-signing-$1-key-file $CLUSTER_DIR/pki/$2.key"
}
