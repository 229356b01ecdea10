# Reads the network's tables as the kernel prints them, for the evidence, before anything is cut. It comes on stdin after
# a prologue of assignments:
#   FB_MARK   32 hex digits that nothing else knows; our lines carry it
#   FB_TOOLS  `image`: the tool image's programs read; `target`: those of the container
# Between a line `begin` and a newline with a line `done` stands one table, byte for byte.

say() { printf '%s %s\n' "$FB_MARK" "$*"; }

# $1 the table's name, then what prints it.
table() {
  fb_name=$1
  shift
  say begin "$fb_name"
  "$@" 2>/dev/null
  fb_status=$?
  printf '\n'
  say done "$fb_name" "$fb_status"
}

copy() {
  if [ "$FB_TOOLS" = image ]; then
    table "$1" /bin/busybox cat "/proc/net/$1"
  else
    table "$1" cat "/proc/net/$1"
  fi
}

main() {
  exec </dev/null
  for fb_table in tcp tcp6 udp udp6 raw raw6 unix route ipv6_route arp; do
    if [ -e "/proc/net/$fb_table" ]; then copy "$fb_table"; else say absent "$fb_table"; fi
  done
  if [ "$FB_TOOLS" = image ]; then
    table ip_neigh /usr/sbin/ip neigh
    table ip_addr /usr/sbin/ip addr
  fi
  say end
}
