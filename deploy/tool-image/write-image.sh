#!/bin/sh
# Reads the list of files and writes the root file system of the tool image to the folder that is named: the files, what
# a container needs to start, and /files.sha256.
set -eu
here=$(dirname "$0")
out=$1
list=$(mktemp)
archive=$(mktemp)
trap 'rm -f "$list" "$archive"' EXIT
cat >"$list"

for name in bin sbin lib lib64; do
  mkdir -p "$out/usr/$name"
  ln -s "usr/$name" "$out/$name"
done
mkdir -p "$out/dev" "$out/etc" "$out/proc" "$out/sys" "$out/tmp"
chmod 1777 "$out/tmp"
printf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$out/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$out/etc/group"
# The one shell. Within it busybox's own programs come first: the others by their path.
ln -s busybox "$out/usr/bin/sh"

sed "s#^/##" "$list" | tar -C / -c -f "$archive" --no-recursion -T -
tar -C "$out" -x -f "$archive"
"$here/list-sha256.sh" <"$list" >"$out/files.sha256"
