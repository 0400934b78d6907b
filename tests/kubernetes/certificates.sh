# Sourced by cluster.sh: a cluster's authorities and certificates, and the kubeconfigs with them.

# cluster_openssl WORD...: a certificate with a new key, by openssl req.
cluster_openssl() {
  local out
  # The machine's own openssl.cnf would add extensions of its own.
  out=$(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 \
    -config <(printf '[req]\ndistinguished_name=dn\n[dn]\n') "$@" 2>&1) || world_fail "openssl: $out"
}

# cluster_authority FILE NAME: pki/FILE.crt and pki/FILE.key.
cluster_authority() {
  cluster_openssl -subj "/CN=$2" -keyout "$CLUSTER_DIR/pki/$1.key" -out "$CLUSTER_DIR/pki/$1.crt" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
}

# cluster_certificate AUTHORITY FILE SUBJECT clientAuth|serverAuth [NAMES]: pki/FILE.crt and
# pki/FILE.key; NAMES as in "DNS:localhost,IP:127.0.0.1".
cluster_certificate() {
  local pki=$CLUSTER_DIR/pki
  cluster_openssl -subj "$3" -keyout "$pki/$2.key" -out "$pki/$2.crt" \
    -CA "$pki/$1.crt" -CAkey "$pki/$1.key" -addext basicConstraints=critical,CA:FALSE \
    -addext keyUsage=critical,digitalSignature -addext "extendedKeyUsage=$4" ${5:+-addext "subjectAltName=$5"}
}

cluster_make_certificates() {
  local pki=$CLUSTER_DIR/pki names
  names=DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc
  names+=,DNS:kubernetes.default.svc.cluster.local,IP:127.0.0.1,IP:$(cluster_service_address)
  names+=$(printf ',IP:%s' $(cluster_addresses))${CLUSTER_NAMES:+,$CLUSTER_NAMES}
  cluster_authority ca kubernetes
  cluster_authority kubelet-ca kubelets
  cluster_authority front-proxy-ca front-proxy
  cluster_certificate ca apiserver /CN=kube-apiserver serverAuth "$names"
  cluster_certificate ca apiserver-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth
  cluster_certificate front-proxy-ca front-proxy /CN=front-proxy-client clientAuth
  openssl ecparam -name prime256v1 -genkey -noout -out "$pki/service-accounts.key"
  openssl ec -in "$pki/service-accounts.key" -pubout -out "$pki/service-accounts.pub" 2>/dev/null
}

# cluster_service_address: the address of the Service kubernetes.
cluster_service_address() {
  local network=${CLUSTER_SERVICES%/*}
  echo "${network%.*}.$((${network##*.} + 1))"
}

# cluster_addresses: where the API server listens; of 0.0.0.0, all that the machine has.
cluster_addresses() {
  if [ "$CLUSTER_ADDRESS" = 0.0.0.0 ]; then hostname -I; else echo "$CLUSTER_ADDRESS"; fi
}

# cluster_user NAME [GROUP...]: prints the path of a kubeconfig of its own with a client certificate
# of that user, DIR/NAME.kubeconfig; a colon in NAME, which KUBECONFIG would split, becomes a dash.
cluster_user() {
  local name=$1 file=${1//:/-} subject= group
  shift
  for group in "$@"; do subject+=/O=$group; done
  cluster_certificate ca "user-$file" "$subject/CN=$name" clientAuth
  cluster_write_kubeconfig "$CLUSTER_DIR/$file.kubeconfig" "user-$file"
  echo "$CLUSTER_DIR/$file.kubeconfig"
}

cluster_write_kubeconfig() {
  local pki=$CLUSTER_DIR/pki
  cat >"$1" <<END
apiVersion: v1
kind: Config
clusters:
- name: cluster
  cluster:
    server: $CLUSTER_SERVER
    certificate-authority-data: $(base64 -w0 "$pki/ca.crt")
users:
- name: user
  user:
    client-certificate-data: $(base64 -w0 "$pki/$2.crt")
    client-key-data: $(base64 -w0 "$pki/$2.key")
contexts:
- name: context
  context: {cluster: cluster, user: user}
current-context: context
END
}

# cluster_kubelet_certificate NODE NAMES: prints the path, less .crt and .key, of a serving
# certificate that the API server accepts of a kubelet; NAMES as in "IP:10.0.0.2,DNS:node".
cluster_kubelet_certificate() {
  cluster_certificate kubelet-ca "kubelet-$1" "/O=system:nodes/CN=system:node:$1" serverAuth "$2"
  echo "$CLUSTER_DIR/pki/kubelet-$1"
}
