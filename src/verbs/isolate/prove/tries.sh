# Runs in a container of the tool image, by its own programs alone. It comes on stdin after a prologue of assignments:
#   FB_MARK        32 hex digits that nothing else knows; our lines carry it
#   FB_SECONDS     how long one try may take
#   FB_LISTEN      the port to listen on while the tries run, or nothing; FB_LISTEN_HEX the same as the kernel prints it
#   FB_HOLD_SECONDS  how long to listen at most after the tries
# and is followed by the function `tries`. A listener ends with the next line of stdin, or its end, or at its own bound.

say() { printf '%s %s\n' "$FB_MARK" "$*"; }

# Says how try $1 ended, by its exit status $2 and what its program said, $3.
judge() {
  case $2:$3 in
    0:*) say try "$1" connected ;;
    *"can't find"*) say try "$1" replied ;;
    *'Connection refused'*) say try "$1" refused ;;
    *'Connection reset'*) say try "$1" reset ;;
    *unreachable* | *'No route to host'*) say try "$1" no-route ;;
    *'Operation not permitted'* | *'Permission denied'*) say try "$1" barred ;;
    *'bad address'*) say try "$1" no-name ;;
    *'timed out'* | 137:*) say try "$1" silent ;;
    *) say try "$1" unknown ;;
  esac
}

# nc runs a program once it is connected, and says nothing of a connection otherwise.
try_tcp() {
  fb_said=$(/usr/bin/timeout -s KILL "$((FB_SECONDS + 1))" /bin/busybox nc -w "$FB_SECONDS" "$2" "$3" -e /usr/bin/true 2>&1 </dev/null)
  judge "$1" "$?" "$fb_said"
}

# The server is given, so that nothing of this pod's resolver is used. Any reply will do, also that there is no such name.
try_dns() {
  fb_said=$(/usr/bin/timeout -s KILL "$FB_SECONDS" /bin/busybox nslookup -type=a kubernetes.default.svc.cluster.local "$2" 2>&1 </dev/null)
  judge "$1" "$?" "$fb_said"
}

listens() { /bin/busybox cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | /bin/busybox grep -q ":$FB_LISTEN_HEX 0*:0000 0A "; }

listen() {
  /usr/bin/timeout -s KILL "$((FB_SECONDS + FB_HOLD_SECONDS + 1))" /bin/busybox nc -ll -p "$FB_LISTEN" -e /usr/bin/true >/dev/null 2>&1 3<&- &
  fb_listener=$!
  for fb_turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    if listens; then
      say listening
      return 0
    fi
    /bin/busybox usleep 50000
  done
  say deaf
}

main() {
  exec 3<&0 </dev/null
  # Whoever reads may be gone, which must not end this before the listener.
  trap : PIPE
  [ -z "$FB_LISTEN" ] || listen
  fb_tries=
  tries
  [ -z "$fb_tries" ] || wait $fb_tries
  say end
  [ -z "$FB_LISTEN" ] || {
    read -r -t "$FB_HOLD_SECONDS" fb_line <&3
    kill "$fb_listener"
    wait "$fb_listener"
  } 2>/dev/null
  return 0
}
