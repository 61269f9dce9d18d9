#!/usr/bin/env bash
# base_image.sh OUT.tar CERTIFICATES
# The root filesystem of a small image with Debian's Python, from packages alone. They are unpacked and not configured
# (no maintainer scripts run), which is enough for sh, bash, coreutils, python, pip, venv and useradd; there is no apt.
set -euo pipefail
out=$1 certificates=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
packages=base-files,base-passwd,dash,bash,coreutils,sed,grep,findutils,tar,gzip,hostname,libc-bin,passwd
packages+=,python3,python3-pip,python3-venv,libgomp1,libstdc++6
mmdebstrap --quiet --mode=root --variant=extract --include="$packages" bookworm "$root"

# What the packages' scripts would have made.
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
install -m 640 /dev/null "$root/etc/shadow"
install -m 640 /dev/null "$root/etc/gshadow"
mkdir -p "$root/etc/ssl/certs"
install -d -m 700 "$root/root"

# pip behind this machine's certificates, and allowed to install, as in the image of that name.
if [ -s "$certificates" ]; then
    cp "$certificates" "$root/etc/ssl/certs/ca-certificates.crt"
    printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$root/etc/pip.conf"
fi
ln -sf python3 "$root/usr/bin/python"
rm -f "$root"/usr/lib/python3*/EXTERNALLY-MANAGED
rm -rf "$root"/usr/share/{doc,man,locale,info,bug,lintian} "$root"/usr/share/perl* "$root"/usr/lib/*-linux-gnu/perl* \
    "$root"/var/cache/* "$root"/var/lib/apt

mkdir -p "$(dirname "$out")"
tar -C "$root" --numeric-owner --sort=name --mtime=@0 -cf "$out.part" .
mv "$out.part" "$out"
