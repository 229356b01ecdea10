#!/bin/sh
# Prints the path of every file of the tool image, one a line, sorted. They are the files of the packages below and of
# what those need to run, as dpkg on this machine knows them. The image is built from this list, and the sandbox
# assembles its tool containers from it. Ends with 3, after the list, when packages are not installed; stderr names them.
set -eu
export LC_ALL=C

wanted='busybox-static conntrack coreutils iproute2 nftables tar'
# debconf asks questions while a package is installed, and brings perl. libcap2-bin sets capabilities of files.
left_out='debconf debconf-2.0 libcap2-bin'

# Of alternatives the first that is installed counts. The rules of dpkg's control files: deb-control(5).
needed=$(dpkg-query -W -f '${Package}\t${db:Status-Status}\t${Pre-Depends}, ${Depends}\n' |
  awk -F '\t' -v wanted="$wanted" -v left_out="$left_out" '
    $2 == "installed" { installed[$1] = 1; depends[$1] = $3 }
    END {
      count = split(left_out, names, " ")
      for (i = 1; i <= count; i++) seen[names[i]] = 1
      last = split(wanted, queue, " ")
      for (first = 1; first <= last; first++) {
        name = queue[first]
        if (name in seen) continue
        seen[name] = 1
        if (!(name in installed)) { print "missing " name; continue }
        print "installed " name
        groups = split(depends[name], group, ",")
        for (i = 1; i <= groups; i++) {
          choices = split(group[i], choice, "|")
          for (j = 1; j <= choices; j++) {
            sub(/^ +/, "", choice[j]); sub(/[ (:].*$/, "", choice[j])
            if (choice[j] in installed) { queue[++last] = choice[j]; break }
          }
        }
      }
    }')

# Programs, libraries and the names that ip(8) knows: no manuals, no services, no tables of other character sets.
echo "$needed" | sed -n 's/^installed //p' | xargs dpkg -L |
  sed -e 's#^/bin/#/usr/bin/#' -e 's#^/sbin/#/usr/sbin/#' -e 's#^/lib/#/usr/lib/#' -e 's#^/lib64/#/usr/lib64/#' |
  grep -E '^/(usr/(bin|sbin|lib|lib64)|etc/iproute2)/' |
  grep -Ev '^/usr/lib/(systemd|tmpfiles\.d|sysctl\.d|locale|[^/]+/gconv|[^/]+/perl[^/]*)/|/__pycache__/' |
  sort -u |
  while read -r path; do
    if [ -L "$path" ] || [ -f "$path" ]; then echo "$path"; fi
  done

missing=$(echo "$needed" | sed -n 's/^missing //p' | tr '\n' ' ' | sed 's/ $//')
if [ -n "$missing" ]; then
  echo "$missing" >&2
  exit 3
fi
