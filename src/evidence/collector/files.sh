# One tar stream of the container's root file system without any other mount, or of the paths that were asked for.

# Sets fb_real to $1 with the links of its folder followed, as tar would follow them.
resolve() {
  fb_real=
  if [ -d "$1" ] && [ ! -L "$1" ]; then
    cd -P -- "$1" 2>/dev/null || return 1
    fb_real=$PWD
  else
    fb_parent=${1%/*}
    cd -P -- "${fb_parent:-/}" 2>/dev/null || return 1
    fb_real=${PWD%/}/${1##*/}
  fi
  case $fb_real in //*) fb_real=/${fb_real##/} ;; esac
  cd /
}

is_within() {
  case $1/ in "${2%/}"/*) return 0 ;; esac
  return 1
}

# Succeeds when the path $1 holds a secret or lies in a file system that describes the running system.
is_barred() {
  fb_each=0
  while [ "$fb_each" -lt "$fb_bar_count" ]; do
    fb_each=$((fb_each + 1))
    eval "fb_bar=\$fb_bar_$fb_each"
    is_within "$1" "$fb_bar" && return 0
  done
  return 1
}

bar() {
  fb_bar_count=$((fb_bar_count + 1))
  eval "fb_bar_$fb_bar_count=\$1"
}

# What never leaves by content: the mounts that were named, and where Kubernetes and systemd put tokens.
find_bars() {
  fb_bar_count=0
  for fb_path in /proc /sys /run/secrets /var/run/secrets; do bar "$fb_path"; done
  fb_number=0
  while [ "$fb_number" -lt "$FB_SECRET_COUNT" ]; do
    fb_number=$((fb_number + 1))
    eval "fb_path=\$FB_SECRET_$fb_number"
    bar "$fb_path"
    resolve "$fb_path" && [ "$fb_real" != "$fb_path" ] && bar "$fb_real"
  done
}

# Sets the list fb_mount_n from the kernel; tmpfs with Kubernetes' `..data` link is a secret or a projected volume.
find_mounts() {
  fb_mount_count=0
  while read -r fb_id fb_up fb_dev fb_root fb_point fb_rest; do
    unescape "$fb_point"
    [ "$fb_plain" = / ] && continue
    fb_mount_count=$((fb_mount_count + 1))
    eval "fb_mount_$fb_mount_count=\$fb_plain"
    say mount "$fb_point"
    case $fb_rest in
      *" - tmpfs "*) [ -L "$fb_plain/..data" ] && bar "$fb_plain" ;;
    esac
  done </proc/self/mountinfo
}

# Succeeds when a path that was asked for is the mount point $1 or lies below it.
is_wanted() {
  fb_each=0
  while [ "$fb_each" -lt "$fb_want_count" ]; do
    fb_each=$((fb_each + 1))
    eval "fb_want=\$fb_want_$fb_each"
    [ "$fb_want" != / ] && is_within "$fb_want" "$1" && return 0
  done
  return 1
}

find_wants() {
  fb_want_count=0 fb_number=0
  while [ "$fb_number" -lt "$FB_PATH_COUNT" ]; do
    fb_number=$((fb_number + 1))
    eval "fb_path=\$FB_PATH_$fb_number"
    # Also as it was asked for: /proc/<pid>/root leads out of /proc, perhaps into another container.
    if is_barred "$fb_path"; then
      say barred "$fb_number"
    elif ! resolve "$fb_path" || { [ ! -e "$fb_real" ] && [ ! -L "$fb_real" ]; }; then
      say absent "$fb_number"
    elif is_barred "$fb_real"; then
      say barred "$fb_number"
    else
      fb_want_count=$((fb_want_count + 1))
      eval "fb_want_$fb_want_count=\$fb_real"
    fi
  done
  if [ "$FB_PATH_COUNT" -eq 0 ]; then fb_want_count=1 fb_want_1=/; fi
}

# Sets the list fb_out_n: what must not be in the archive. A mount that was asked for is.
find_outs() {
  fb_out_count=0 fb_number=0
  while [ "$fb_number" -lt "$((fb_mount_count + fb_bar_count))" ]; do
    fb_number=$((fb_number + 1))
    if [ "$fb_number" -le "$fb_mount_count" ]; then
      eval "fb_path=\$fb_mount_$fb_number"
      is_wanted "$fb_path" && continue
    else
      eval "fb_path=\$fb_bar_$((fb_number - fb_mount_count))"
    fi
    fb_out_count=$((fb_out_count + 1))
    eval "fb_out_$fb_out_count=\$fb_path"
  done
}

# Sets fb_relation: out when $1 must stay out, around when something below it must, free otherwise.
relate() {
  fb_relation=free fb_each=0
  while [ "$fb_each" -lt "$fb_out_count" ]; do
    fb_each=$((fb_each + 1))
    eval "fb_out=\$fb_out_$fb_each"
    if [ "$fb_out" = "$1" ]; then
      fb_relation=out
      return 0
    fi
    is_within "$fb_out" "$1" && fb_relation=around
  done
}

name_tree() {
  fb_name_count=$((fb_name_count + 1))
  eval "fb_name_$fb_name_count=\$1"
}

# Names $1, or its parts where some of them must stay out: for a tar that can't leave out. Such a folder itself is
# then not in the archive, only what it holds.
name_parts() {
  relate "$1"
  case $fb_relation in
    free) name_tree "$1" ;;
    around)
      if [ -L "$1" ]; then
        name_tree "$1"
        return 0
      fi
      fb_parted=$((fb_parted + 1))
      for fb_part in "${1%/}"/* "${1%/}"/.[!.]* "${1%/}"/..?*; do
        if [ -e "$fb_part" ] || [ -L "$fb_part" ]; then name_parts "$fb_part"; fi
      done
      ;;
  esac
}

find_names() {
  fb_name_count=0 fb_number=0 fb_parted=0
  while [ "$fb_number" -lt "$fb_want_count" ]; do
    fb_number=$((fb_number + 1))
    eval "fb_path=\$fb_want_$fb_number"
    if [ "$fb_tar" = gnu ]; then name_tree "$fb_path"; else name_parts "$fb_path"; fi
  done
  [ "$fb_parted" -eq 0 ] || say parted "$fb_parted"
}

# Tar's own idea of what it is. Others than GNU's have no --one-file-system, and some builds of busybox no --exclude.
find_tar() {
  case $(clean tar --version 2>&1) in
    *'GNU tar'*) fb_tar=gnu ;;
    *usybox* | *usyBox*) fb_tar=busybox ;;
    *) fb_tar=other ;;
  esac
  say tool tar "$fb_tar"
}

run_tar() {
  set -- -C / -cf - --numeric-owner
  fb_number=0
  if [ "$fb_tar" = gnu ]; then
    set -- "$@" --format=gnu --sparse --one-file-system --anchored --no-wildcards
    while [ "$fb_number" -lt "$fb_out_count" ]; do
      fb_number=$((fb_number + 1))
      eval "fb_path=\$fb_out_$fb_number"
      set -- "$@" "--exclude=.$fb_path"
    done
  fi
  set -- "$@" --
  fb_number=0
  while [ "$fb_number" -lt "$fb_name_count" ]; do
    fb_number=$((fb_number + 1))
    eval "fb_path=\$fb_name_$fb_number"
    set -- "$@" ".$fb_path"
  done
  clean tar "$@"
}

produce() {
  if ! have tar; then
    say lacking tar
    return 0
  fi
  cd / || return 0
  find_tar
  find_bars
  find_mounts
  find_wants
  if [ "$fb_want_count" -eq 0 ]; then
    say lacking paths
    return 0
  fi
  find_outs
  find_names
  run_tar
  say status "$?"
}
