#!/bin/sh
# Writes down the network state of a node, and of every pod's network namespace that can be seen from
# it, for `podpath trace --snapshot`. It changes nothing: it only lists and reads.
#
# Run it as root in the node's network namespace. It needs nothing but a POSIX shell and what busybox
# has; the state itself is told by ip and bridge (iproute2), iptables, ipset, nft, wg, sysctl and
# conntrack, as far as they are there. What could not be collected stands in the file `missing`.

usage() {
  cat <<'USAGE'
usage: collect.sh [-n NODE] [-o DIRECTORY | -t] [-p NAMESPACE]... [-N] [-C]

  -n NODE       name of the node (default: $NODE_NAME, or the host name)
  -o DIRECTORY  where to write; the node gets a folder in it (default: podpath-snapshot)
  -t            write a tar archive to standard output instead
  -p NAMESPACE  only this pod or network namespace; may be given more than once
  -N            no pods, only the node
  -C            leave out connection tracking
USAGE
}

node=${NODE_NAME:-}
target=podpath-snapshot
archive=no
pods=all
wanted=' '
connections=yes

while getopts n:o:tp:NCh option; do
  case $option in
    n) node=$OPTARG ;;
    o) target=$OPTARG ;;
    t) archive=yes ;;
    p) wanted="$wanted$OPTARG " && pods=some ;;
    N) pods=none ;;
    C) connections=no ;;
    h) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
done
shift $((OPTIND - 1))
if [ $# -gt 0 ]; then
  usage >&2
  exit 2
fi

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
# Numbers and errors are read by a program.
LC_ALL=C
export PATH LC_ALL
umask 077

if [ -z "$node" ]; then
  node=$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname)
fi
case $node in
  '' | . | .. | */*)
    echo "collect.sh: '$node' cannot be the name of a folder; name the node with -n" >&2
    exit 2
    ;;
esac

work=$(mktemp -d 2>/dev/null) || work=/tmp/podpath-collect.$$ && mkdir -p "$work" || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

if [ "$archive" = yes ]; then
  target=$work/out
fi
mkdir -p "$target/$node" || exit 1

have() {
  command -v "$1" >/dev/null 2>&1
}

# Runs a command in the namespace that is being collected: $enter is empty for the node's own. It gets
# no input, as the script itself may be what comes in there.
inside() {
  case $enter in
    '') "$@" </dev/null ;;
    exec:*) ip netns exec "${enter#exec:}" "$@" </dev/null ;;
    *) nsenter --net="$enter" "$@" </dev/null ;;
  esac
}

missing() {
  echo "$1: $2" >>"$folder/missing"
}

# save FILE COMMAND...: what the command prints becomes the file.
save() {
  file=$1
  shift
  if ! have "$1"; then
    missing "$file" "$1 is not installed"
  elif ! inside "$@" >"$folder/$file" 2>"$work/error"; then
    rm -f "$folder/$file"
    missing "$file" "$* failed: $(head -n 1 "$work/error")"
  fi
}

# Settings by way of /proc, for where there is no sysctl; run inside a namespace. Keys are written as sysctl writes them.
# shellcheck disable=SC2016 # expanded inside
read_settings='find /proc/sys/net/ipv4 /proc/sys/net/ipv6 /proc/sys/net/bridge /proc/sys/net/netfilter \
  -type f 2>/dev/null | while IFS= read -r path; do
    value=
    IFS= read -r value 2>/dev/null <"$path" || [ -n "$value" ] || continue
    echo "$(echo "${path#/proc/sys/}" | tr "./" "/.") = $value"
  done'

save_settings() {
  if have sysctl; then
    inside sysctl -a 2>/dev/null | grep -E '^net[./](ipv4|ipv6|bridge|netfilter)[./]' \
      >"$folder/sysctl.txt"
  fi
  if [ ! -s "$folder/sysctl.txt" ]; then
    inside sh -c "$read_settings" >"$folder/sysctl.txt"
  fi
  if [ ! -s "$folder/sysctl.txt" ]; then
    rm -f "$folder/sysctl.txt"
    missing sysctl.txt 'no settings could be read'
  fi
}

# Sockets that wait for connections are in /proc, whatever is installed.
save_sockets() {
  # shellcheck disable=SC2016 # expanded inside
  inside sh -c 'for list in tcp tcp6 udp udp6; do
      echo "== $list"
      cat "/proc/net/$list" 2>/dev/null
    done' >"$folder/sockets.txt" || missing sockets.txt '/proc/net cannot be read'
}

# Rules of the other iptables on machines that have two, where there are any.
save_other_rules() {
  for family in iptables ip6tables; do
    for backend in legacy nft; do
      have "$family-$backend-save" || continue
      inside "$family-$backend-save" 2>/dev/null | grep -v '^#' >"$work/other"
      grep -v '^#' "$folder/$family-save.txt" >"$work/usual" 2>/dev/null
      sed 's/\[[0-9]*:[0-9]*\] *//' "$work/usual" >"$work/usual.plain"
      sed 's/\[[0-9]*:[0-9]*\] *//' "$work/other" >"$work/other.plain"
      if grep -q '^-A' "$work/other.plain" && ! cmp -s "$work/other.plain" "$work/usual.plain"; then
        cp "$work/other" "$folder/$family-$backend-save.txt"
      fi
    done
  done
}

# What WireGuard devices are told to do, without the keys that are nobody's business.
save_wireguard() {
  grep -q '"info_kind":"wireguard"' "$folder/ip-link.json" 2>/dev/null || return 0
  if ! have wg; then
    missing wireguard.txt 'wg is not installed'
  elif ! inside wg show all dump >"$work/wireguard" 2>"$work/error"; then
    missing wireguard.txt "wg show all dump failed: $(head -n 1 "$work/error")"
  else
    awk 'BEGIN { FS = OFS = "\t" }
      NF == 5 && $2 != "(none)" { $2 = "(hidden)" }
      NF == 9 && $3 != "(none)" { $3 = "(hidden)" }
      { print }' "$work/wireguard" >"$folder/wireguard.txt"
  fi
}

# collect FOLDER ENTER INODE NAME: everything about one namespace.
collect() {
  folder=$1
  enter=$2
  mkdir -p "$folder" || exit 1
  : >"$folder/missing"
  {
    echo 'format = 1'
    echo "node = $node"
    echo "inode = $3"
    echo "netns = $4"
    echo "kernel = $(uname -r)"
    echo "collected = $(date -u +%Y-%m-%dT%H:%M:%SZ)"
  } >"$folder/snapshot.txt"

  save ip-link.json ip -json -details link
  save ip-address.json ip -json address
  save ip-4-route.json ip -4 -json route show table all
  save ip-6-route.json ip -6 -json route show table all
  save ip-4-rule.json ip -4 -json rule
  save ip-6-rule.json ip -6 -json rule
  save ip-neigh.json ip -json neigh
  save ip-neigh-proxy.json ip -json neigh show proxy
  save netns-ids.json ip -json netns list-id
  save bridge-fdb.json bridge -json fdb
  save bridge-link.json bridge -json -details link
  save iptables-save.txt iptables-save -c
  save ip6tables-save.txt ip6tables-save -c
  save_other_rules
  save ipset-save.txt ipset save
  save nft-ruleset.txt nft list ruleset
  save_wireguard
  save_settings
  save_sockets
  if [ "$connections" = yes ]; then
    save conntrack.txt conntrack -L
    save conntrack6.txt conntrack -L -f ipv6
  fi
  if [ -f /etc/iproute2/rt_tables ]; then
    cat /etc/iproute2/rt_tables /etc/iproute2/rt_tables.d/*.conf >"$folder/rt_tables.txt" 2>/dev/null
  fi
}

inode_of() {
  # shellcheck disable=SC2012 # the inode is all that is read of it
  ls -Lid "$1" 2>/dev/null | awk '{ print $1 }'
}

# A name that can be a folder, and that no other namespace has.
free_name() {
  name=$(echo "$1" | tr -c 'A-Za-z0-9._\n-' '-')
  case $name in
    '' | . | ..) name=net-$2 ;;
  esac
  if [ -e "$target/$node/namespaces/$name" ]; then
    name=$name-$2
  fi
  echo "$name"
}

is_wanted() {
  [ "$pods" = all ] && return 0
  for each in "$@"; do
    case $wanted in
      *" $each "*) return 0 ;;
    esac
  done
  return 1
}

# Namespaces as lines INODE PATH NAME-OR-DASH PROCESS-OR-DASH, each inode once.
list_namespaces() {
  for file in /run/netns/* /var/run/netns/* /run/docker/netns/* \
    /proc/1/root/run/netns/* /proc/1/root/var/run/netns/* /proc/1/root/run/docker/netns/*; do
    [ -e "$file" ] || continue
    echo "$(inode_of "$file") $file $(basename "$file") -"
  done
  for process in /proc/[0-9]*; do
    inode=$(readlink "$process/ns/net" 2>/dev/null | tr -cd '0-9')
    [ -n "$inode" ] || continue
    echo "$inode $process/ns/net - ${process#/proc/}"
  done
}

merge_namespaces() {
  awk '{
    if (!($1 in path)) { order[++count] = $1; path[$1] = $2; name[$1] = "-"; process[$1] = "-" }
    if ($3 != "-" && name[$1] == "-") name[$1] = $3
    if ($4 != "-" && process[$1] == "-") process[$1] = $4
  } END {
    for (i = 1; i <= count; i++) { n = order[i]; print n, path[n], name[n], process[n] }
  }'
}

collect_pods() {
  list_namespaces | merge_namespaces >"$work/namespaces"
  while read -r inode path netns process; do
    [ "$inode" = "$own" ] && continue
    # A pod has a host name of its own, which is the pod's name.
    pod=
    if [ "$process" != - ] && have nsenter; then
      pod=$(nsenter --target "$process" --uts hostname 2>/dev/null)
    fi
    if [ "$pod" = "$(hostname 2>/dev/null)" ]; then
      pod=
    fi
    if [ -z "$pod" ] && [ "$netns" != - ]; then
      pod=$netns
    fi
    is_wanted "$pod" "$netns" || continue
    if have nsenter && nsenter --net="$path" true 2>/dev/null; then
      entry=$path
    elif [ "$netns" != - ] && have ip && ip netns exec "$netns" true 2>/dev/null; then
      entry=exec:$netns
    else
      folder=$target/$node
      missing "namespaces/${pod:-$inode}" 'the namespace cannot be entered'
      continue
    fi
    name=$(free_name "$pod" "$inode")
    collect "$target/$node/namespaces/$name" "$entry" "$inode" "$netns"
  done <"$work/namespaces"
}

# The name that ip netns has for the namespace that this runs in, which is one where a node is a container.
own_name() {
  for file in /run/netns/*; do
    if [ -e "$file" ] && [ "$(inode_of "$file")" = "$1" ]; then
      basename "$file"
      return
    fi
  done
  echo -
}

own=$(readlink /proc/self/ns/net | tr -cd '0-9')
collect "$target/$node" '' "$own" "$(own_name "$own")"
if [ "$pods" != none ]; then
  collect_pods
fi

if [ "$archive" = yes ]; then
  (cd "$target" && tar cf - "$node")
else
  echo "written: $target/$node" >&2
fi
