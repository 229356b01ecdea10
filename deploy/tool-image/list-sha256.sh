#!/bin/sh
# Reads paths and prints what `sha256sum -c` takes: the SHA-256 and the path of each that is a file. Links are left out,
# since they lead to files of the same list.
set -eu
while read -r path; do
  if [ -f "$path" ] && [ ! -L "$path" ]; then echo "$path"; fi
done | xargs sha256sum
