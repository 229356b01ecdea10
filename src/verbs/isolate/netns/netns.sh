# Looks after one table of Firebreak's own in the network namespace of one pod. It runs on the pod's node, in a container
# that sees the node's processes, and comes on stdin after a prologue of assignments:
#   FB_MARK        32 hex digits that nothing else knows; our lines carry it
#   FB_DO          look, try, load or remove
#   FB_POD         the pod's UID
#   FB_CONTAINERS  ids of its containers, the one to be trusted most first
#   FB_TABLE       the table's name
#   FB_OWN         the pod's own addresses
#   FB_FROM4, FB_FROM6, FB_PORTS  addresses of the node, and the ports at which they are let in; each list may be empty
#   FB_HANDLE, FB_DIGEST          for remove: what was seen of the table
# Whatever it says comes from here or from the kernel. Nothing of the pod's is run, and nothing is written to its files.

NFT=/usr/sbin/nft
say() { printf '%s %s\n' "$FB_MARK" "$*"; }
over() { say "$@"; say end; exit 0; }
inside() { /bin/busybox nsenter -n/proc/self/fd/8 "$@"; }

# Prints whether the file $1, a `/proc/<pid>/cgroup`, is about the container $2 of the pod. The first part of a path that
# names a pod decides: further down somebody privileged inside of it could make parts of any name.
belongs() {
  /bin/busybox awk -v uid="$FB_POD" -v id="$2" '
    { path = $0; sub(/^[^:]*:[^:]*:/, "", path); gsub(/_/, "-", path) }
    match(path, /pod[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+-[0-9a-f]+/) {
      if (substr(path, RSTART + 3, RLENGTH - 3) != uid) { other = 1; next }
      rest = substr(path, RSTART + RLENGTH)
      if (match(rest, "[-:/]" id "(\\.scope)?(/|$)")) ours = 1
    }
    END { exit ours && !other ? 0 : 1 }' "$1" 2>/dev/null
}

# The time at which a process began, in ticks. Its own name may hold anything but ends with the last parenthesis.
began() { /bin/busybox sed -n 's/.*) //p' "/proc/$1/stat" 2>/dev/null | /bin/busybox awk '{ print $20 }'; }

# Opens the namespace of the container's first process as descriptor 8: that one was put there by the runtime.
enter() {
  for fb_id in $FB_CONTAINERS; do
    fb_first='' fb_pid=''
    for fb_file in $(/bin/busybox grep -ls "$fb_id" /proc/[0-9]*/cgroup 2>/dev/null); do
      belongs "$fb_file" "$fb_id" || continue
      fb_one=${fb_file#/proc/}
      fb_one=${fb_one%/cgroup}
      fb_at=$(began "$fb_one")
      [ -n "$fb_at" ] || continue
      if [ -z "$fb_first" ] || [ "$fb_at" -lt "$fb_first" ]; then fb_first=$fb_at fb_pid=$fb_one; fi
    done
    [ -n "$fb_pid" ] || continue
    command exec 8<"/proc/$fb_pid/ns/net" || continue
    # The number may have gone to another process before it was opened.
    if belongs "/proc/$fb_pid/cgroup" "$fb_id" && [ "$(began "$fb_pid")" = "$fb_first" ]; then
      fb_net=$(/bin/busybox readlink /proc/self/fd/8)
      [ "$fb_net" != "$(/bin/busybox readlink /proc/1/ns/net)" ] || over failed node-network
      [ "$fb_net" != "$(/bin/busybox readlink /proc/self/ns/net)" ] || over failed node-network
      fb_net=${fb_net#net:\[}
      fb_net=${fb_net%\]}
      return 0
    fi
    exec 8<&-
  done
  over failed no-process
}

# The address by which the node reaches the pod: on many networks it is none of those that kubelet reports.
routed() {
  for fb_own in $FB_OWN; do
    /bin/busybox nsenter -n/proc/1/ns/net /usr/sbin/ip route get "$fb_own" 2>/dev/null
  done | /bin/busybox sed -n 's/.* src \([0-9a-f.:]*\).*/\1/p'
}

# Prints the words of $@ once each, with commas.
listed() { printf '%s\n' "$@" | /bin/busybox sort -u | /bin/busybox awk 'NF { printf "%s%s", more, $0; more = "," }'; }

# Prints the table. Of a connection to a port that is let in only answers may leave: what begins one has SYN without ACK.
rules() {
  printf 'table inet %s {\n' "$FB_TABLE"
  for fb_family in 4 6; do
    if [ "$fb_family" = 4 ]; then fb_from=$fb_from4; else fb_from=$fb_from6; fi
    printf 'set node%s { type ipv%s_addr; ' "$fb_family" "$fb_family"
    if [ -n "$fb_from" ]; then printf 'elements = { %s }; ' "$fb_from"; fi
    echo '}'
  done
  for fb_hook in input output forward; do
    printf 'chain %s { type filter hook %s priority -500; policy drop;\n' "$fb_hook" "$fb_hook"
    case $fb_hook in
      input) fb_side=saddr fb_port=dport fb_only='' && echo 'iif "lo" accept' ;;
      output) fb_side=daddr fb_port=sport fb_only='tcp flags & (syn | ack) != syn' && echo 'oif "lo" accept' ;;
    esac
    if [ "$fb_hook" != forward ] && [ -n "$FB_PORTS" ]; then
      printf 'ip %s @node4 tcp %s { %s } %s accept\n' "$fb_side" "$fb_port" "$FB_PORTS" "$fb_only"
      printf 'ip6 %s @node6 tcp %s { %s } %s accept\n' "$fb_side" "$fb_port" "$FB_PORTS" "$fb_only"
      # Without them no answer finds its way over IPv6. They never leave the link.
      echo 'ip6 hoplimit 255 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept'
    fi
    echo '}'
  done
  echo '}'
}

# What the node is called in the table may differ from today: which addresses there are is not compared.
plain() { /bin/busybox sed '/elements = {/,/}/d'; }

# Sets fb_state to absent, half, whole or other: the chain `cut` is put there when all is done.
look() {
  fb_state=absent fb_handle=- fb_digest=-
  fb_listed=$(inside "$NFT" -a list table inet "$FB_TABLE" 2>/dev/null) || return 0
  fb_handle=$(printf '%s\n' "$fb_listed" | /bin/busybox sed -n '1s/.*# handle //p')
  fb_digest=$(printf '%s\n' "$fb_listed" | /bin/busybox sha256sum)
  fb_digest=${fb_digest%% *}
  fb_there=$(inside "$NFT" -s list table inet "$FB_TABLE" | plain)
  # The kernel and nft say in a namespace of our own how the rules look that it should have.
  fb_rules=$(rules)
  fb_half=$(wanted '') && fb_whole=$(wanted "add chain inet $FB_TABLE cut") || over failed compare
  case $fb_there in
    "$fb_whole") fb_state=whole ;;
    "$fb_half") fb_state=half ;;
    *) fb_state=other ;;
  esac
}
wanted() {
  printf '%s\n%s\n' "$fb_rules" "$1" | /bin/busybox unshare -n /bin/busybox sh -c '
    "$0" -f - && "$0" -s list table inet "$1"' "$NFT" "$FB_TABLE" | plain
}

# Replaces the table in one transaction, so that there is no moment without it once it was there.
load() {
  { printf 'table inet %s\ndelete table inet %s\n' "$FB_TABLE" "$FB_TABLE"; rules; } | inside "$NFT" "$@" -f - 2>&1
}

# Ends what is open: what the table stops would stand as open until both sides give up. Not every kernel can.
cut_open() {
  fb_keep='dst 127.0.0.0/8 or dst [::1]'
  for fb_own in $FB_OWN; do
    case $fb_own in *:*) fb_keep="$fb_keep or dst [$fb_own]" ;; *) fb_keep="$fb_keep or dst $fb_own" ;; esac
    inside /usr/sbin/conntrack -D -s "$fb_own" >/dev/null 2>&1
    inside /usr/sbin/conntrack -D -d "$fb_own" >/dev/null 2>&1
  done
  for fb_from in $(printf '%s' "$fb_from4,$fb_from6" | /bin/busybox tr ',' ' '); do
    for fb_port in $(printf '%s' "$FB_PORTS" | /bin/busybox tr ',' ' '); do
      case $fb_from in *:*) fb_to="[$fb_from]" ;; *) fb_to=$fb_from ;; esac
      fb_keep="$fb_keep or ( dst $fb_to and sport = :$fb_port )"
    done
  done
  inside /usr/bin/ss -K -t -u state connected "not ( $fb_keep )" >/dev/null 2>&1
}

main() {
  exec </dev/null
  enter
  # shellcheck disable=SC2046 # one word each
  set -- $(routed)
  fb_more4='' fb_more6=''
  for fb_one in "$@"; do
    case $fb_one in *:*) fb_more6="$fb_more6 $fb_one" ;; *) fb_more4="$fb_more4 $fb_one" ;; esac
  done
  # shellcheck disable=SC2086
  { fb_from4=$(listed $FB_FROM4 $fb_more4); fb_from6=$(listed $FB_FROM6 $fb_more6); }
  look
  say table "$fb_state" "$fb_net" "$fb_handle" "$fb_digest"
  case $FB_DO in
    try) fb_said=$(load -c) || over failed nft "$(printf '%s' "$fb_said" | /bin/busybox head -c 300 | /bin/busybox tr '\n' ' ')" ;;
    load)
      case $fb_state in whole | other) over done taken ;; esac
      fb_said=$(load) || over failed nft "$(printf '%s' "$fb_said" | /bin/busybox head -c 300 | /bin/busybox tr '\n' ' ')"
      cut_open
      inside "$NFT" add chain inet "$FB_TABLE" cut
      look
      say table "$fb_state" "$fb_net" "$fb_handle" "$fb_digest"
      ;;
    remove)
      [ "$fb_state" != absent ] || over done absent
      [ "$fb_net $fb_handle $fb_digest" = "$FB_NET $FB_HANDLE $FB_DIGEST" ] || over done moved
      inside "$NFT" delete table inet handle "$fb_handle" || over failed nft 'the table could not be deleted'
      ;;
  esac
  over done "$FB_DO"
}
