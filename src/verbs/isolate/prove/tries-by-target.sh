# Runs in the suspect container, by whatever programs are there; they can lie. It comes on stdin after the same prologue
# as tries.sh, with FB_VISIT_SECONDS after which all of it ends, and is followed by the function `tries`. Only what POSIX
# has, and one of bash, nc and wget.

say() { printf '%s %s\n' "$FB_MARK" "$*"; }

have() { command -v "$1" >/dev/null 2>&1; }

judge() {
  case $2:$3 in
    0:*) say try "$1" connected ;;
    *"can't find"*) say try "$1" replied ;;
    *refused*) say try "$1" refused ;;
    *'server returned'* | *'HTTP/1.'* | *'eset by peer'*) say try "$1" reset ;;
    *unreachable* | *'No route to host'*) say try "$1" no-route ;;
    *'not permitted'* | *'Permission denied'*) say try "$1" barred ;;
    *'bad address'* | *'not known'* | *'not resolve'*) say try "$1" no-name ;;
    *'timed out'* | *'timeout'* | bounded:) say try "$1" silent ;;
    *) say try "$1" unknown ;;
  esac
}

# Kills process $2 after $1 seconds, unless it is told to end before. Runs in the background, and waits for what it
# starts: what nobody waits for goes to the container's process 1, and many of those never look.
kill_after() {
  trap 'kill -s KILL "$!"; wait "$!"; exit 0' TERM
  sleep "$1" &
  wait "$!"
  kill -s KILL "$2"
}

# Runs a program with its arguments for FB_SECONDS at most; 137 when it had to be killed.
bounded() {
  "$@" &
  fb_child=$!
  kill_after "$FB_SECONDS" "$fb_child" >/dev/null 2>&1 &
  fb_watch=$!
  wait "$fb_child" 2>/dev/null
  fb_status=$?
  { kill "$fb_watch"; wait "$fb_watch"; } 2>/dev/null
  return "$fb_status"
}

# $1 index, then the program and its arguments. Only a program that ends once it is connected may be bounded to silence.
run_try() {
  fb_index=$1
  shift
  fb_said=$(bounded "$@" 2>&1 </dev/null)
  fb_status=$?
  if [ "$fb_status" = 137 ] && [ "$fb_ends" = yes ]; then fb_status=bounded fb_said=; fi
  judge "$fb_index" "$fb_status" "$fb_said"
}

try_tcp() {
  fb_ends=yes
  if have bash; then
    run_try "$1" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$2" "$3"
  elif have nc && nc --help 2>&1 | grep -q BusyBox; then
    run_try "$1" nc -w "$FB_SECONDS" "$2" "$3" -e true
  elif have nc; then
    fb_ends=no
    run_try "$1" nc -w "$((FB_SECONDS - 1))" "$2" "$3"
  elif have wget; then
    fb_ends=no
    case $2 in *:*) fb_host="[$2]" ;; *) fb_host=$2 ;; esac
    run_try "$1" wget -q -T "$((FB_SECONDS - 1))" -O /dev/null "http://$fb_host:$3/"
  else
    say try "$1" no-tool
  fi
}

try_dns() {
  if have nslookup; then
    fb_ends=yes
    run_try "$1" nslookup kubernetes.default.svc.cluster.local "$2"
  else
    say try "$1" no-tool
  fi
}

main() {
  exec 3<&0 </dev/null
  LC_ALL=C
  export LC_ALL
  kill_after "$FB_VISIT_SECONDS" "$$" >/dev/null 2>&1 3<&- &
  fb_whole=$!
  fb_tries=
  tries
  [ -z "$fb_tries" ] || wait $fb_tries
  say end
  { kill "$fb_whole"; wait "$fb_whole"; } 2>/dev/null
  return 0
}
