#!/bin/bash
# Builds the lab inside the network and mount namespace that it is started in (see netlab_test.go).
#
#   "Internet" = 21.0.113.0/24, a bridge in the namespace inet, where its name server runs. Nothing leaves these namespaces;
#   the range must only not be one for documentation, for which the router's own program forwards no ports.
#
#   srv 192.168.1.10 -+                                  +- out   21.0.113.50  a host outside; STUN and an authority run here
#   lan 192.168.1.20 -+- box (home NAT)     21.0.113.10 -+
#                                                        +- symr  21.0.113.20  symmetric NAT ------------- sym  10.20.0.2
#                                                        +- corpr 21.0.113.30  only TCP 80/443, no UDP -- corp 10.30.0.2
#
# The home router forwards what it is asked to forward by UPnP or NAT-PMP (miniupnpd, which many real ones run; the test starts
# it), for packets that come in from outside only: a LAN client that asks 21.0.113.10 reaches the router itself, which drops
# it. That is what boxes without NAT loopback do.
set -eu
n() { ip netns exec "$@"; }
make_ns() { # name forwards
  ip netns add "$1"
  n "$1" ip link set lo up
  n "$1" sh -c "echo $2 >/proc/sys/net/ipv4/ip_forward; echo $2 >/proc/sys/net/ipv6/conf/all/forwarding"
  n "$1" sh -c 'echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables' 2>/dev/null || true # else NAT rules hit bridged frames
}
wire() { # nsA devA addrA nsB devB addrB   ("-" = no address)
  ip link add name "x$2$4" type veth peer name "y$5$1"
  ip link set "x$2$4" netns "$1" name "$2"
  ip link set "y$5$1" netns "$4" name "$5"
  [ "$3" = - ] || n "$1" ip addr add "$3" dev "$2"
  [ "$6" = - ] || n "$4" ip addr add "$6" dev "$5"
  n "$1" ip link set "$2" up
  n "$4" ip link set "$5" up
}
# rules makes a home router of a namespace whose interfaces are there.
rules() { # ns address
  n "$1" ip addr add 192.168.1.1/24 dev lan
  n "$1" ip link set lan up
  n "$1" ip addr add "$2/24" dev wan
  n "$1" ip link set wan up
  n "$1" ip route replace default via 21.0.113.1
  n "$1" ip addr add 2001:db8::10/64 dev wan nodad
  n "$1" ip addr add 2001:db8:1::1/64 dev lan nodad
  n "$1" ip route replace default via 2001:db8::1
  n "$1" nft -f - <<'NFT'
table inet home {
  chain miniupnpd {}
  chain prerouting_miniupnpd {}
  chain postrouting_miniupnpd {}
  chain prer { type nat hook prerouting priority -100; iifname "wan" jump prerouting_miniupnpd; }
  chain postr { type nat hook postrouting priority 100; meta nfproto ipv4 oifname "wan" masquerade; }
  chain inp { type filter hook input priority 0; policy drop;
    ct state established,related accept
    iifname "lo" accept
    iifname "lan" ip daddr { 192.168.1.1, 239.255.255.250 } accept
    meta nfproto ipv6 accept
  }
  chain forw { type filter hook forward priority 0; policy drop;
    ct state established,related accept
    iifname "lan" accept
    meta nfproto ipv6 accept
    jump miniupnpd
  }
}
NFT
}
# newip gives the box another address. TCP connections to the old one live on, so that the server can say so; no datagram
# comes to the old one or leaves from it any more.
newip() { # old new
  n box ip addr del "$1/24" dev wan # the new one is to be the first, which the box tells
  n box ip addr add "$2/24" dev wan
  n box ip addr add "$1/24" dev wan
  n box ip route replace default via 21.0.113.1
  n box nft -f - <<NFT
flush chain inet home postr
add rule inet home postr oifname "wan" snat ip to $2
add chain inet home gonein { type filter hook prerouting priority -300; }
add rule inet home gonein meta l4proto udp ip daddr $1 drop
add chain inet home goneout { type filter hook postrouting priority 150; }
add rule inet home goneout oifname "wan" meta l4proto udp ip saddr $1 drop
NFT
}
# reboot puts the box's cables into a new box: what the old one knew of connections is lost.
reboot() { # address
  make_ns box2 1
  n box2 ip link add lan type bridge
  for x in hsrv hlan; do
    n box ip link set $x netns box2
    n box2 ip link set $x master lan
    n box2 ip link set $x up
  done
  n box ip link set wan netns box2
  rules box2 "$1"
  ip netns del box
  touch /run/netns/box # the new one gets the name
  mount --bind /run/netns/box2 /run/netns/box
  ip netns del box2
}
case "${1:-}" in
newip) newip "$2" "$3"; exit ;;
reboot) reboot "$2"; exit ;;
esac

make_ns inet 1
for x in srv lan out sym corp; do make_ns $x 0; done
for x in box symr corpr; do make_ns $x 1; done
n inet ip link add br0 type bridge
n inet ip link set br0 up
n inet ip addr add 21.0.113.1/24 dev br0
for x in "box wan -" "symr wan 21.0.113.20/24" "corpr wan 21.0.113.30/24" "out eth0 21.0.113.50/24"; do
  set -- $x
  wire inet "i$1" - "$1" "$2" "$3"
  n inet ip link set "i$1" master br0
  [ "$3" = - ] || n "$1" ip route add default via 21.0.113.1
done
n box ip link add lan type bridge
rules box 21.0.113.10
for x in "srv 192.168.1.10" "lan 192.168.1.20"; do
  set -- $x
  wire box "h$1" - "$1" eth0 "$2/24"
  n box ip link set "h$1" master lan
  n "$1" ip route add default via 192.168.1.1
done
wire symr lan 10.20.0.1/24 sym eth0 10.20.0.2/24
n sym ip route add default via 10.20.0.1
wire corpr lan 10.30.0.1/24 corp eth0 10.30.0.2/24
n corp ip route add default via 10.30.0.1
# Every flow gets a random public port, and only its own answers come back.
n symr nft -f - <<'NFT'
table ip sym {
  chain postr { type nat hook postrouting priority 100; oifname "wan" masquerade fully-random; }
  chain inp { type filter hook input priority 0; policy drop; ct state established,related accept; iifname "lan" accept; }
  chain forw { type filter hook forward priority 0; policy drop; ct state established,related accept; iifname "lan" accept; }
}
NFT
n corpr nft -f - <<'NFT'
table ip corp {
  chain postr { type nat hook postrouting priority 100; oifname "wan" masquerade; }
  chain forw { type filter hook forward priority 0; policy drop; ct state established,related accept
    iifname "lan" tcp dport { 80, 443 } accept
    iifname "lan" reject with icmp type admin-prohibited
  }
}
NFT
# IPv6 (RFC 3849), for who has it: out, the house, and what is between them; the house has a prefix of its own, and no NAT.
n inet ip addr add 2001:db8::1/64 dev br0 nodad
n inet ip route add 2001:db8:1::/64 via 2001:db8::10
n out ip addr add 2001:db8::50/64 dev eth0 nodad
n out ip route add default via 2001:db8::1
n srv ip addr add 2001:db8:1::10/64 dev eth0 nodad
n srv ip route add default via 2001:db8:1::1
