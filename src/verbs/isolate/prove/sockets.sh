# Says which connections are open in the pod's network namespace. It comes on stdin after a prologue of assignments:
#   FB_MARK   32 hex digits that nothing else knows; our lines carry it
#   FB_TOOLS  `image`: awk of the tool image reads; `target`: the shell itself, line by line
# Addresses are left as the kernel prints them. What is counted is what was said, so that a lost line is seen.

say() { printf '%s %s\n' "$FB_MARK" "$*"; }

by_awk() {
  # By the environment: others in a shared process namespace can read an argument.
  FB_MARK=$FB_MARK /bin/busybox awk -v of="$1" '
    BEGIN { mark = ENVIRON["FB_MARK"] }
    NR > 1 && ($4 == "01" || $4 == "04" || $4 == "05" || $4 == "08") { print mark, "socket", of, $2, $3, $4, $10; said++ }
    END { print mark, "count", of, said + 0 }' "/proc/net/$1"
}

# Reads a table from stdin and says what is open in $1.
say_open() {
  fb_count=0
  while read -r _ fb_local fb_remote fb_state _ _ _ _ _ fb_inode _; do
    case $fb_state in
      01 | 04 | 05 | 08)
        say socket "$1" "$fb_local" "$fb_remote" "$fb_state" "$fb_inode"
        fb_count=$((fb_count + 1))
        ;;
    esac
  done
  say count "$1" "$fb_count"
}

# A shell goes back in a file after each line, and the kernel then makes the table anew; in a pipe it can't.
by_shell() {
  if command -v cat >/dev/null 2>&1; then
    cat "/proc/net/$1" | say_open "$1"
  else
    say_open "$1" <"/proc/net/$1"
  fi
}

main() {
  exec </dev/null
  for fb_table in tcp tcp6 udp udp6; do
    if [ ! -r "/proc/net/$fb_table" ]; then
      say absent "$fb_table"
    elif [ "$FB_TOOLS" = image ]; then
      by_awk "$fb_table"
    else
      by_shell "$fb_table"
    fi
  done
  say end
}
