# Shared by every collector. It comes on stdin after a prologue of assignments:
#   FB_MARK              32 hex digits that nothing in the container can know; our lines carry it
#   FB_DEADLINE_SECONDS  when to stop, whatever happens
#   FB_MAX_BYTES         bytes of stdout at most
#   FB_STDIN             watch: the end of stdin means that nobody listens any more; ignore: stdin never ends
#   FB_SECRET_n, FB_SECRET_COUNT; FB_PATH_n, FB_PATH_COUNT
# Only what POSIX has, and what busybox and coreutils share. No here-documents: some shells put them into a file.
# Nothing runs before the last line was parsed, because stdin is the line of life from then on.

FB_ROOM_NEEDED=16777216

say() { printf '%s %s\n' "$FB_MARK" "$*" >&2; }

have() { command -v "$1" >/dev/null 2>&1; }

# Runs a tool without the container's environment: TAR_OPTIONS and LD_PRELOAD would speak for someone else.
clean() {
  if have env; then
    env -i PATH="$PATH" LC_ALL=C QUOTING_STYLE=c ${LD_LIBRARY_PATH+"LD_LIBRARY_PATH=$LD_LIBRARY_PATH"} "$@"
  else
    LC_ALL=C QUOTING_STYLE=c "$@"
  fi
}

# Sets fb_group to yes when this shell leads its process group. A runtime that puts it into the group of the
# container's own processes must not cost them their lives.
find_group() {
  fb_group=no
  { read -r fb_line </proc/$$/stat; } 2>/dev/null || return 0
  fb_line=${fb_line##*) }
  fb_line=${fb_line#* * }
  [ "${fb_line%% *}" = "$$" ] && fb_group=yes
  return 0
}

# Prints the parent of process $1.
parent_of() {
  while read -r fb_key fb_value fb_rest; do
    if [ "$fb_key" = PPid: ]; then
      printf '%s\n' "$fb_value"
      return 0
    fi
  done 2>/dev/null </proc/"$1"/status
}

# Sets fb_family to this shell and its descendants.
find_family() {
  fb_family=" $$ "
  fb_grown=yes
  while [ "$fb_grown" = yes ]; do
    fb_grown=no
    for fb_dir in /proc/[0-9]*; do
      fb_pid=${fb_dir#/proc/}
      case $fb_family in *" $fb_pid "*) continue ;; esac
      fb_parent=$(parent_of "$fb_pid" 2>/dev/null)
      case $fb_family in
        *" ${fb_parent:-none} "*)
          fb_family="$fb_family$fb_pid "
          fb_grown=yes
          ;;
      esac
    done
  done
}

# For every part of a pipeline: end after the tool in front ended, so that each process is waited for by the one that
# started it. What nobody waits for goes to the container's process 1, and many of those never look.
settle() { trap 'exit 143' TERM; }

# Signals all of this visit but process $2.
signal_all() {
  if [ "$fb_group" = yes ]; then
    kill -s "$1" -- "-$$"
  else
    find_family
    for fb_pid in $fb_family; do
      [ "$fb_pid" = "$2" ] || kill -s "$1" "$fb_pid"
    done
  fi 2>/dev/null
}

# Waits $1 seconds; ends the waiting process when it is told to. A shell says "Killed" of such a child, which would
# stand in the evidence as a word of the container's tools.
pause() {
  trap 'exec 2>/dev/null; kill -s KILL "$!"; wait "$!"; exit 0' TERM
  sleep "$1" >/dev/null 2>&1 3<&- &
  wait "$!"
}

# Ends this visit: by asking, then by force for a tool that does not listen. Runs in a watcher. Whoever read stderr may
# be gone, which must not end the watcher before its work is done; so it speaks last.
end_visit() {
  fb_me=
  { read -r fb_me fb_rest </proc/self/stat; } 2>/dev/null
  trap '' TERM PIPE
  signal_all TERM "$fb_me"
  say stopped "$1"
  pause 2
  signal_all KILL "$fb_me"
  exit 0
}

watch_stdin() {
  while read -r fb_line; do :; done <&3
  end_visit listener-gone
}

watch_deadline() {
  pause "$FB_DEADLINE_SECONDS"
  end_visit deadline
}

start_watchers() {
  fb_watchers=
  if [ "$FB_STDIN" = watch ]; then
    watch_stdin >/dev/null &
    fb_watchers=$!
  fi
  watch_deadline >/dev/null 3<&- &
  fb_watchers="$fb_watchers $!"
  exec 3<&-
}

stop_watchers() {
  { kill -s TERM $fb_watchers; wait $fb_watchers; } >/dev/null 2>&1
}

is_number() { case $1 in '' | *[!0-9]*) return 1 ;; esac }

# Sets fb_used, fb_cache from the files named $1 (use), $2 (statistics) and $3 (the statistic's name).
read_use() {
  fb_used= fb_cache=0
  { read -r fb_used <"$1"; } 2>/dev/null
  while read -r fb_key fb_value; do
    if [ "$fb_key" = "$3" ]; then fb_cache=$fb_value; fi
  done 2>/dev/null <"$2"
}

# Says what the memory limit leaves; fails when that is too little. Page cache that is inactive can be dropped, so it
# counts as free. Source: Kubernetes, "Node-pressure Eviction", on the working set.
check_room() {
  fb_limit= fb_version=none
  if [ -r /sys/fs/cgroup/memory.max ]; then
    fb_version=v2
    { read -r fb_limit </sys/fs/cgroup/memory.max; } 2>/dev/null
    read_use /sys/fs/cgroup/memory.current /sys/fs/cgroup/memory.stat inactive_file
  elif [ -r /sys/fs/cgroup/memory/memory.limit_in_bytes ]; then
    fb_version=v1
    { read -r fb_limit </sys/fs/cgroup/memory/memory.limit_in_bytes; } 2>/dev/null
    read_use /sys/fs/cgroup/memory/memory.usage_in_bytes /sys/fs/cgroup/memory/memory.stat total_inactive_file
  fi
  if [ "$fb_limit" = max ]; then
    say room unlimited "$fb_version"
  elif is_number "$fb_limit" && is_number "$fb_used" && is_number "$fb_cache"; then
    fb_room=$((fb_limit - fb_used + fb_cache))
    # Without a limit, v1 states the largest number of pages.
    if [ "$fb_limit" -ge 4611686018427387904 ]; then fb_room=unlimited; fi
    say room "$fb_room" "$fb_version"
    [ "$fb_room" = unlimited ] || [ "$fb_room" -ge "$FB_ROOM_NEEDED" ] || return 1
  else
    say room unknown "$fb_version"
  fi
}

fb_tab='	'
fb_newline='
'

# Sets fb_plain to $1 with the kernel's octal escapes undone. Source: proc(5), mountinfo; fs/proc_namespace.c.
unescape() {
  fb_plain= fb_left=$1
  while :; do
    case $fb_left in *\\*) ;; *) break ;; esac
    fb_plain=$fb_plain${fb_left%%\\*}
    fb_left=${fb_left#*\\}
    case $fb_left in
      040*) fb_plain="$fb_plain " ;;
      011*) fb_plain="$fb_plain$fb_tab" ;;
      012*) fb_plain="$fb_plain$fb_newline" ;;
      043*) fb_plain="$fb_plain#" ;;
      134*) fb_plain="$fb_plain\\" ;;
      *)
        fb_plain="$fb_plain\\"
        continue
        ;;
    esac
    fb_left=${fb_left#???}
  done
  fb_plain=$fb_plain$fb_left
}

# Passes FB_MAX_BYTES and one more, so that a stream of exactly that length is told from a longer one.
limit() {
  if have head; then clean head -c "$((FB_MAX_BYTES + 1))"; else clean cat; fi
}

say_hash() {
  fb_hash=$(settle; clean sha256sum)
  say sha256 "${fb_hash%% *}"
}

say_count() {
  fb_count=$(settle; clean wc -c)
  say bytes "$((fb_count))"
}

# Copies stdin to descriptor 4, counted and hashed where the tools are there. The copies go through pipes that this
# shell made, which it may open again by their number; stdout itself may be a socket or another user's pipe.
measure() {
  if ! have tee || ! have wc; then
    say untold count
    clean cat >&4
  elif have sha256sum; then
    { settle && clean tee /proc/self/fd/5 >&4; } 5>&1 | {
      settle
      { settle && clean tee /proc/self/fd/6; } | { settle && say_hash; }
    } 6>&1 | { settle && say_count; }
  else
    say untold sha256
    { settle && clean tee /proc/self/fd/5 >&4; } 5>&1 | { settle && say_count; }
  fi
}

main() {
  exec 3<&0 </dev/null 4>&1
  LC_ALL=C
  export LC_ALL
  unset TAR_OPTIONS LD_PRELOAD POSIXLY_CORRECT CDPATH
  set +e
  umask 077
  find_group
  # Before the trap: a shell that was just forked would lose a signal to the trap that it inherits and drops.
  start_watchers
  fb_stopped=no
  trap 'fb_stopped=yes' TERM
  trap : PIPE
  say begin "$$"
  if check_room; then
    { settle && produce; } 4>&- | { settle && limit; } 4>&- | { settle && measure; }
    [ "$fb_stopped" = yes ] || say end
  else
    say refused room "$FB_ROOM_NEEDED"
  fi
  stop_watchers
  return 0
}
