/** `check.sh` of an archive; `docs/guide/evidence.md` contains the same text. */
export const CHECK_SCRIPT = `#!/bin/sh
# Checks this archive without Holdfast: sh check.sh [FINGERPRINT of the key of the host]. Needs OpenSSL 3 and sha256sum.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
fail() { echo "NOT GOOD: $*" >&2; exit 1; }
signed() { openssl pkeyutl -verify -pubin -inkey "$1" -rawin -in "$2" -sigfile "$3" >/dev/null 2>&1; }
print=$(openssl pkey -pubin -in key.pem -outform DER | sha256sum | cut -c -64)
[ "\${1:-$print}" = "$print" ] || fail "signed with another key, $print"
signed key.pem SHA256SUMS SHA256SUMS.sig || fail "the signature of SHA256SUMS does not match"
sha256sum -c SHA256SUMS >/dev/null || fail "a file was changed or is missing"
[ "$(find . -type f | wc -l)" -eq "$(($(wc -l <SHA256SUMS) + 2))" ] || fail "there are other files"
count=0 earlier=0 own=$(sed -n 2p key.pem)
for chain in records/*/; do
  last=
  for record in "$chain"*.record; do
    sed '$d' "$record" >"$work/text"; sed -n '$s/^signature: //p' "$record" | openssl base64 -d -A >"$work/sig"
    { echo '-----BEGIN PUBLIC KEY-----'; sed -n 's/^  "key": "\\(.*\\)",$/\\1/p' "$work/text"; echo '-----END PUBLIC KEY-----'; } >"$work/key"
    grep -qxF "$own" "$work/key" || earlier=$((earlier + 1))
    signed "$work/key" "$work/text" "$work/sig" || fail "$record: its signature does not match"
    [ -z "$last" ] || grep -qx "  \\"previous\\": \\"$last\\"," "$work/text" || fail "$record does not follow the one before it: records are missing"
    last=$(sha256sum <"$record" | cut -c -64); count=$((count + 1))
  done
done
echo "good: $count records, signed with the key $print"
[ "$earlier" -eq 0 ] || echo "$earlier of them are signed with other keys, which this host had before according to its journal"
[ ! -d unknown ] || echo "not counted: $(find unknown -type f | wc -l) records in the folder unknown, which the host does not know"
`
