# What is gone first, first: time, kernel, processes, sockets, routes, neighbours, mounts (RFC 3227, section 2.1).
#
# The stream is raw bytes between marks. A section begins with a newline, FB_MARK, a space and its name. Files that
# are read together stand between copies of `FB_MARK=<mark>` and a NUL, which is the reader's own environment as
# /proc/self/environ gives it: one process reads many files, and no byte in them can look like an end.

section() { printf '\n%s %s\n' "$FB_MARK" "$*"; }

read_marked() { env -i "FB_MARK=$FB_MARK" "$fb_cat" "$@" 2>/dev/null; }

read_file() {
  section file "$1"
  clean cat "$1" 2>/dev/null
}

# The process records of "$@", which are pids.
read_processes() {
  section processes "$@"
  for fb_pid in "$@"; do
    shift
    for fb_name in status stat cgroup comm cmdline environ maps; do
      set -- "$@" "/proc/$fb_pid/$fb_name" /proc/self/environ
    done
  done
  read_marked "$@"
}

# Where links lead, many at a time: the quoting is stat's own, and every line begins with the mark.
read_links() {
  fb_chunk=0
  for fb_pid in $fb_pids; do
    fb_dir=/proc/$fb_pid
    set -- "$@" "$fb_dir/exe" "$fb_dir/cwd" "$fb_dir/root" "$fb_dir/ns/net" "$fb_dir/ns/mnt" "$fb_dir/ns/pid"
    fb_open=0
    for fb_link in "$fb_dir"/fd/*; do
      case $fb_link in *'*') continue ;; esac
      fb_open=$((fb_open + 1))
      if [ "$fb_open" -gt "$fb_fd_limit" ]; then
        section more-descriptors "$fb_pid"
        break
      fi
      set -- "$@" "$fb_link"
      if [ "$#" -ge 256 ]; then
        clean stat -c "$FB_MARK link %N" "$@" 2>/dev/null
        set --
      fi
    done
  done
  [ "$#" -eq 0 ] || clean stat -c "$FB_MARK link %N" "$@" 2>/dev/null
}

# Through the link, so that a program whose file was deleted still answers, with no name left (%h is 0).
read_programs() {
  for fb_pid in "$@"; do
    shift
    set -- "$@" "/proc/$fb_pid/exe"
  done
  clean stat -L -c "$FB_MARK program %h %d %i %s %Y %Z %n" "$@" 2>/dev/null
}

read_chunk() {
  read_processes "$@"
  fb_pids=$*
  printf '\n'
  read_links
  read_programs "$@"
}

read_all_processes() {
  set --
  for fb_dir in /proc/[0-9]*; do
    [ -d "$fb_dir" ] || continue
    set -- "$@" "${fb_dir#/proc/}"
    if [ "$#" -ge 16 ]; then
      read_chunk "$@"
      set --
    fi
  done
  [ "$#" -eq 0 ] || read_chunk "$@"
}

# One set of socket tables for each network namespace that a process here lives in.
read_networks() {
  set --
  for fb_dir in /proc/[0-9]*; do
    fb_known=no
    for fb_other in "$@"; do
      if [ "$fb_dir/ns/net" -ef "$fb_other/ns/net" ]; then
        fb_known=yes
        break
      fi
    done
    [ "$fb_known" = no ] && [ -r "$fb_dir/net/tcp" ] || continue
    [ "$#" -eq 0 ] || [ -e "$fb_dir/ns/net" ] || continue
    set -- "$@" "$fb_dir"
    read_network "${fb_dir#/proc/}"
  done
}

read_network() {
  section network "$1"
  set -- "/proc/$1/net"
  for fb_name in tcp tcp6 udp udp6 unix route ipv6_route arp; do
    set -- "$@" "$1/$fb_name" /proc/self/environ
  done
  shift
  read_marked "$@"
}

# Path, size, times and hash of every file below $1; never its content. Links are not followed.
read_secrets_below() {
  for fb_file in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    if [ -L "$fb_file" ]; then
      continue
    elif [ -d "$fb_file" ]; then
      if [ "$fb_depth" -lt 8 ]; then
        fb_depth=$((fb_depth + 1))
        read_secrets_below "$fb_file"
        fb_depth=$((fb_depth - 1))
      fi
    elif [ -f "$fb_file" ]; then
      read_secret "$fb_file"
    fi
  done
}

read_secret() {
  fb_secrets=$((fb_secrets + 1))
  [ "$fb_secrets" -le 1000 ] || return 0
  printf '\n'
  clean stat -c "$FB_MARK secret %s %X %Y %Z %u %g %a %n" "$1" 2>/dev/null || section 'secret' "? ? ? ? ? ? ? $1"
  if have sha256sum; then
    section secret-hash
    clean sha256sum <"$1" 2>/dev/null
  fi
}

read_secrets_at() {
  section secret-mount "$1"
  fb_depth=0
  if [ -d "$1" ]; then
    # One folder may be reached by two of its names.
    for fb_seen in $fb_secret_folders; do
      [ "$1" -ef "$fb_seen" ] && return 0
    done
    case $1 in *[!A-Za-z0-9/._-]*) ;; *) fb_secret_folders="$fb_secret_folders $1" ;; esac
    read_secrets_below "${1%/}"
  elif [ -f "$1" ]; then
    read_secret "$1"
  fi
}

read_secrets() {
  fb_secrets=0 fb_secret_folders= fb_number=0
  while [ "$fb_number" -lt "$FB_SECRET_COUNT" ]; do
    fb_number=$((fb_number + 1))
    eval "fb_path=\$FB_SECRET_$fb_number"
    read_secrets_at "$fb_path"
  done
  read_secrets_at /run/secrets
  read_secrets_at /var/run/secrets
  find_secret_mounts
}

# A tmpfs with Kubernetes' `..data` link is a secret or a projected volume, wherever it is mounted.
find_secret_mounts() {
  while read -r fb_id fb_up fb_dev fb_root fb_point fb_rest; do
    unescape "$fb_point"
    case $fb_rest in
      *" - tmpfs "*) [ -L "$fb_plain/..data" ] && read_secrets_at "$fb_plain" ;;
    esac
  done </proc/self/mountinfo
}

produce() {
  if ! have cat || ! have env; then
    say lacking 'cat and env'
    return 0
  fi
  fb_cat=$(command -v cat)
  fb_fd_limit=4096
  cd /
  section begin 1 "$$"
  section marked
  read_marked /proc/self/environ
  section date
  clean date -u +%Y-%m-%dT%H:%M:%SZ
  read_file /proc/uptime
  read_file /proc/version
  section uname
  clean uname -a
  if have stat; then
    case $(clean stat --version 2>/dev/null) in *GNU*) section quoting c ;; *) section quoting none ;; esac
  else
    section lacking stat
  fi
  read_all_processes
  read_networks
  for fb_name in self/mountinfo stat modules loadavg meminfo; do read_file "/proc/$fb_name"; done
  read_secrets
  section end
  say status 0
}
