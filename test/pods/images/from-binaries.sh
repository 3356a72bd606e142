#!/usr/bin/env bash
# Makes an image of programs of this machine and the libraries they need, for machines that can pull none.
# usage: from-binaries.sh IMAGE ENTRYPOINT_JSON PATH_INSIDE=PROGRAM …
set -euo pipefail
image=$1 entrypoint=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/root/{tmp,etc,proc,dev,sys,data,prometheus}
for pair in "$@"; do
  inside=$work/root${pair%%=*}
  program=$(readlink -f "${pair#*=}")
  mkdir -p "$(dirname "$inside")"
  cp "$program" "$inside"
  # A static program has no libraries; ldd and grep then end with 1.
  { ldd "$program" 2>/dev/null || true; } | { grep -o '/[^ ]*' || true; } | while read -r library; do
    mkdir -p "$work/root$(dirname "$library")"
    cp -Ln "$library" "$work/root$library"
  done
done
printf 'root:x:0:0:root:/:/bin/sh\nnode:x:1000:1000:node:/tmp:/bin/sh\n' >"$work/root/etc/passwd"
printf 'root:x:0:\nnode:x:1000:\n' >"$work/root/etc/group"
chmod 1777 "$work/root/tmp"
printf 'FROM scratch\nCOPY root/ /\nENV PATH=/usr/local/bin:/usr/bin:/bin\nENTRYPOINT %s\n' "$entrypoint" >"$work/Containerfile"
podman build -q -t "$image" "$work"
