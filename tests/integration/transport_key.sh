#!/bin/bash
# Keys as a SIM vendor delivers them: openssl(1) encrypts random keys under a transport key, hssctl imports the file, with and
# without a running HSS, and a UE with the clear keys registers. A transport key that is wrong, or lies open, imports nothing.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

# encrypted CIPHER KEY IV HEX: one field of the vendor; "-" for an IV that the mode does not have.
encrypted() {
	local options=(-"$1" -K "$2" -nopad)
	[ "$3" = - ] || options+=(-iv "$3")
	printf '%b' "$(sed 's/../\\x&/g' <<<"$4")" | openssl enc "${options[@]}" | od -An -v -tx1 | tr -d ' \n'
}

# kcv BITS KEY: the first three octets of encrypted zeros
kcv() { encrypted "aes-$1-ecb" "$2" - 00000000000000000000000000000000 | head -c 6; }

# vendor NAME BITS MODE IV COLUMN: a transport key, and a file with two subscribers whose OPc or OP is in COLUMN; the clear
# keys of the first one are in NAME.secrets.
vendor() {
	local name=$1 bits=$2 mode=$3 iv=$4 column=$5 key k opc n used=$4
	key=$(openssl rand -hex $((bits / 8)))
	[ "$mode" = ecb ] && used=-
	[ "$mode" = cbc ] && [ "$iv" = - ] && used=00000000000000000000000000000000
	{
		printf '# %s\nkey=%s\nmode=%s\n' "$name" "$key" "$mode"
		[ "$iv" = - ] || echo "iv=$iv"
		echo "kcv=$(kcv "$bits" "$key")"
	} >"$TMP/$name.key"
	echo "impi,impus,k,$column" >"$TMP/$name.csv"
	for n in 1 2; do
		k=$(openssl rand -hex 16)
		opc=$(openssl rand -hex 16)
		[ $n = 2 ] || printf 'k=%s\n%s=%s\n' "$k" "$column" "$opc" >"$TMP/$name.secrets"
		printf '%s\n' "$k" "$opc" >>"$TMP/needles"
		printf '%s%s@home.example,sip:%s%s@home.example,%s,%s\n' "$name" $n "$name" $n \
			"$(encrypted "aes-$bits-$mode" "$key" "$used" "$k")" \
			"$(encrypted "aes-$bits-$mode" "$key" "$used" "$opc")" >>"$TMP/$name.csv"
	done
	echo "$key" >>"$TMP/needles"
}

import() { "${HSSCTL_C[@]}" subscriber import "$@" >"$TMP/import.out" 2>&1; }
imported() {
	import "$TMP/$1.csv" --transport-key "$TMP/$1.key" || {
		cat "$TMP/import.out"
		fail "import of $1"
	}
	cat "$TMP/import.out" >>"$TMP/said"
	grep -qx "added: 2" "$TMP/import.out" || fail "not 2 subscribers of $1"
}

# registers NAME: a registration with the clear keys
registers() {
	"$SCSCF" --hss "127.0.0.1:$PORT" --hss-identity "$HSS_ID" --identity "$SCSCF_ID" --realm "$REALM" \
		--server-name "$SCSCF_NAME" --impi "$1"1@home.example --impu sip:"$1"1@home.example \
		--secrets "$TMP/$1.secrets" register >"$TMP/scscf.out" 2>&1 || {
		cat "$TMP/scscf.out"
		fail "$1 does not register"
	}
}

# refused TEXT ARGUMENT...: the import fails with TEXT, and the store is what it was
refused() {
	local text=$1 before
	shift
	before=$(store_digest)
	if import "$@"; then
		fail "not refused: $*"
	fi
	cat "$TMP/import.out" >>"$TMP/said"
	grep -qF -- "$text" "$TMP/import.out" || {
		cat "$TMP/import.out"
		fail "no \"$text\""
	}
	[ "$(store_digest)" = "$before" ] || fail "something was imported: $text"
}

umask 077
hss_init
vendor east 128 ecb - opc
vendor west 256 ecb - op
vendor north 128 cbc - opc
vendor south 256 cbc 23232323232323232323232323232323 opc

# Without a running HSS.
before=$(store_digest)
import "$TMP/east.csv" --transport-key "$TMP/east.key" --dry-run || fail "a dry run"
grep -qx "would_add: 2" "$TMP/import.out" || fail "a dry run does not say 2"
[ "$(store_digest)" = "$before" ] || fail "a dry run wrote"
chmod 644 "$TMP/east.key"
refused "$TMP/east.key: must be a regular file that group and others cannot read" "$TMP/east.csv" --transport-key "$TMP/east.key"
chmod 600 "$TMP/east.key"
ln -s east.key "$TMP/link.key"
refused "$TMP/link.key: " "$TMP/east.csv" --transport-key "$TMP/link.key"
refused "$TMP/none.key: No such file" "$TMP/east.csv" --transport-key "$TMP/none.key"
sed "s/^key=.*/key=$(openssl rand -hex 16)/" "$TMP/east.key" >"$TMP/bad.key"
refused "$TMP/bad.key: kcv is not that of key" "$TMP/east.csv" --transport-key "$TMP/bad.key"
sed 's/^mode=.*/mode=gcm/' "$TMP/east.key" >"$TMP/bad.key"
refused "$TMP/bad.key: line 3: mode: must be ecb or cbc" "$TMP/east.csv" --transport-key "$TMP/bad.key"
sed 's/^key=../key=/' "$TMP/east.key" >"$TMP/bad.key"
refused "$TMP/bad.key: line 2: key: must be 32 or 64 hexadecimal digits" "$TMP/east.csv" --transport-key "$TMP/bad.key"
sed '3s/..$//' "$TMP/east.csv" >"$TMP/bad.csv"
refused "$TMP/bad.csv:3: opc: must be exactly 32 hexadecimal digits, encrypted" "$TMP/bad.csv" --transport-key "$TMP/east.key"
pass "a wrong or open transport key and a wrong row are named, and nothing is imported"

imported east
imported south
import "$TMP/east.csv" --transport-key "$TMP/east.key" || fail "the same import again"
grep -qx "present: 2" "$TMP/import.out" || fail "the same import again does not find what it made"
# That the right mode counts: the first row is there already, with other keys.
sed 's/^mode=.*/mode=cbc/; $aiv=00000000000000000000000000000001' "$TMP/east.key" >"$TMP/bad.key"
refused "exists already, with other data: k" "$TMP/east.csv" --transport-key "$TMP/bad.key"
hss_start
imported west
imported north
for name in east west north south; do
	registers $name
done
pass "AES-128 and AES-256, ECB and CBC, OPc and OP, offline and online: UEs with the clear keys register"

hss_stop
cat "$NODE"/hss.log* >>"$TMP/said"
if grep -qiFf "$TMP/needles" "$TMP/said"; then
	fail "a key was said"
fi
grep -qFf "$TMP/needles" "$TMP/east.secrets" || fail "the hunt does not see a key"
pass "no key stands in a log or a message"
done_line
