# Sourced by world.sh: the images of a world, made on the spot (no registry is needed).
#
#   edge.local/pause:1           what sandboxes run
#   edge.local/app:1, app:2      busybox; PROGRAM /app serves /www on $PORT (8080), stops at once on
#                                SIGTERM. They differ in /version and in the page.

world_pause_rootfs() {
  local root=$1 compiler
  mkdir -p "$root"
  for compiler in cc gcc g++; do
    command -v "$compiler" >/dev/null || continue
    "$compiler" -x c -Os -static -s -o "$root/pause" "$WORLD_SOURCE/pause.c" && return
  done
  world_fail "no C compiler makes a static $root/pause: install g++ and libc6-dev"
}

world_app_rootfs() {
  local root=$1 version=$2 busybox applet
  busybox=$(command -v busybox) || world_fail "busybox is not here: install busybox-static"
  mkdir -p "$root"/{bin,etc,tmp,www,proc,sys,dev}
  chmod 1777 "$root/tmp"
  cp "$busybox" "$root/bin/busybox"
  for applet in $("$busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
  done
  printf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
  echo "$version" >"$root/version"
  echo "app version $version" >"$root/www/index.html"
  cat >"$root/app" <<'SCRIPT'
#!/bin/sh
httpd -f -p "${PORT:-8080}" -h "${WWW:-/www}" &
trap 'kill $!; exit 0' TERM INT
wait
SCRIPT
  chmod 755 "$root/app"
}

# world_import_image NAME ROOTFS PROGRAM...: makes the image and waits until CRI knows it.
world_import_image() {
  local name=$1 rootfs=$2 archive=$WORLD_DIR/images/archive.tar id
  shift 2
  id=$("$WORLD_SOURCE/make-image" "$archive" "$name" "$rootfs" "$@")
  world_ctr images import --snapshotter "$WORLD_SNAPSHOTTER" "$archive" \
    >>"$WORLD_DIR/log/images.log" 2>&1 ||
    world_fail "containerd did not take image $name, see $WORLD_DIR/log/images.log"
  rm -f "$archive"
  world_wait 20 "CRI to know image $name" world_has_image "$id"
}

world_has_image() {
  world_ctr images ls -q 2>/dev/null | grep -qxF "$1"
}

world_make_images() {
  local rootfs=$WORLD_DIR/images/rootfs version
  mkdir -p "$WORLD_DIR/images"
  world_pause_rootfs "$rootfs/pause"
  world_import_image edge.local/pause:1 "$rootfs/pause" /pause
  for version in 1 2; do
    world_app_rootfs "$rootfs/app$version" "$version"
    world_import_image "edge.local/app:$version" "$rootfs/app$version" /app
  done
  rm -rf "$rootfs"
}
