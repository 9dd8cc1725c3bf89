#!/usr/bin/env bash
# Installs what `make test` needs and is not there yet: browsers and an ARM emulator from Debian, packages from npm (by
# make).
set -euo pipefail
need=()
have() { command -v "$1" >/dev/null 2>&1; }
have chromium || need+=(chromium)
have firefox-esr || need+=(firefox-esr)
have turnutils_uclient || need+=(coturn)
have nft || need+=(nftables)
for client in litmus cadaver rclone; do have $client || need+=($client); done # of WebDAV
have slapd || [ -x /usr/sbin/slapd ] || need+=(slapd)
have mount.davfs || [ -x /usr/sbin/mount.davfs ] || need+=(davfs2)
have miniupnpd || [ -x /usr/sbin/miniupnpd ] || need+=(miniupnpd-nftables)
have curl || need+=(curl)
have ip || need+=(iproute2)
case $(uname -m) in arm*|aarch64) ;; *) have qemu-arm-static || have qemu-arm || need+=(qemu-user-static) ;; esac
fc-list 2>/dev/null | grep -qi 'color *emoji' || need+=(fonts-noto-color-emoji fontconfig)
fc-list 2>/dev/null | grep -qi dejavu || need+=(fonts-dejavu-core)
[ ${#need[@]} -eq 0 ] && exit 0
if ! have apt-get; then
  echo "tools.sh: please install: ${need[*]}" >&2
  exit 1
fi
sudo=""; [ "$(id -u)" = 0 ] || sudo=sudo
echo "installing ${need[*]}"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
$sudo apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
