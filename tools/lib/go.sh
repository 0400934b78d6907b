# The Go that builds Kubernetes for tests. Sourced by tools/install-packages and tests/kubernetes/build.

go_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# wanted_go: the oldest that will do.
wanted_go() { sed -n 's/^go //p' "$go_root/tests/kubernetes/programs/go.mod"; }

# find_go: prints the command of a Go that will do: the machine's, or the one in build/go.
find_go() {
  local go have
  for go in go /usr/local/go/bin/go "$go_root/build/go/go/bin/go"; do
    have=$(cd / && GOTOOLCHAIN=local "$go" env GOVERSION 2>/dev/null) || continue
    ! printf 'go%s\n%s\n' "$(wanted_go)" "$have" | sort -CV || { echo "$go" && return; }
  done
  return 1
}
