#!/bin/bash
# A Ceph of one host on loopback, as a real object store for tests: a monitor, an object store in memory (4 GiB), a gateway that speaks S3.
#   ceph.sh start FOLDER PORT    says "ready" when the account test/testsecret is there; PORT, PORT+100 and PORT+101 are used, and Ceph's own from 6800 on
#   ceph.sh stop FOLDER          ends the three processes
set -euo pipefail
action=$1 folder=$2 port=${3:-0}

if [ "$action" = stop ]; then
  for name in rgw osd mon; do
    if [ -f "$folder/run/$name.pid" ]; then kill -9 "$(cat "$folder/run/$name.pid")" 2>/dev/null || true; fi
  done
  exit 0
fi

mkdir -p "$folder"/{run,log,mon,osd,rgw}
fsid=$(cat /proc/sys/kernel/random/uuid)
monitors="[v2:127.0.0.1:$((port + 100)),v1:127.0.0.1:$((port + 101))]"
cat >"$folder/ceph.conf" <<CONF
[global]
fsid = $fsid
mon host = $monitors
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail crit = 1
mon data avail warn = 1
run dir = $folder/run
log file = $folder/log/\$name.log
admin socket = $folder/run/\$name.asok
mon data = $folder/mon
osd data = $folder/osd
keyring = $folder/keyring
osd objectstore = memstore
memstore device bytes = 4294967296
[osd]
keyring = $folder/osd/keyring
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$port
rgw data = $folder/rgw
keyring = $folder/rgw.keyring
CONF
conf=(-c "$folder/ceph.conf")

# The daemons would hold the caller's pipes open.
exec 3>&1 >"$folder/log/start.log" 2>&1
ceph-authtool --create-keyring "$folder/keyring" --gen-key -n mon. --cap mon 'allow *'
ceph-authtool "$folder/keyring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
monmaptool --create --clobber --addv a "$monitors" --fsid "$fsid" "$folder/monmap"
ceph-mon "${conf[@]}" --mkfs -i a --monmap "$folder/monmap" --keyring "$folder/keyring"
ceph-mon "${conf[@]}" -i a --pid-file "$folder/run/mon.pid" 3>&-
osd=$(cat /proc/sys/kernel/random/uuid)
ceph "${conf[@]}" osd new "$osd"
ceph-osd "${conf[@]}" -i 0 --mkfs --mkkey --no-mon-config --osd-uuid "$osd"
ceph "${conf[@]}" auth add osd.0 osd 'allow *' mon 'allow profile osd' -i "$folder/osd/keyring"
ceph-osd "${conf[@]}" -i 0 --pid-file "$folder/run/osd.pid" 3>&-
ceph "${conf[@]}" auth get-or-create client.rgw.a mon 'allow rw' osd 'allow rwx' -o "$folder/rgw.keyring"
radosgw "${conf[@]}" -n client.rgw.a --pid-file "$folder/run/rgw.pid" 3>&-
for _ in $(seq 240); do
  if (exec 4<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  sleep 0.5
done
radosgw-admin "${conf[@]}" user create --uid=test --display-name=test --access-key=test --secret=testsecret
echo ready >&3
