#!/bin/bash
# Wireshark as the judge of what the codec sends: codec_tshark.sh CODEC_GOLDEN
# Every example message is decoded without a malformed packet, an unknown AVP or an expert's word, and a message that
# is broken on purpose is noticed (else this test could not fail).
set -euo pipefail

golden=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# One line a message: command, flag of an unknown AVP, malformed, expert's words.
dissect() {
	tshark -r "$1" -T fields -E occurrence=a \
		-e diameter.cmd.code -e diameter.avp.unknown -e diameter.avp.code.unknown \
		-e diameter.unknown_vendor -e _ws.malformed -e _ws.expert.message 2>"$dir/tshark.err"
}

"$golden" pcap "$dir/golden.pcap"
"$golden" broken "$dir/broken.pcap"
dissect "$dir/golden.pcap" >"$dir/golden.txt"
dissect "$dir/broken.pcap" >"$dir/broken.txt"

# Nothing but the command code, for all six commands. One word is known: Wireshark remarks on an empty group, which
# Server-Capabilities may be (TS 29.229 6.3.4), and one example is.
for command in 300 301 302 303 304 305; do
	if ! grep -q "^$command" "$dir/golden.txt"; then
		echo "no message of command $command was decoded" >&2
		exit 1
	fi
done
if grep -nvP '^30[0-5]\t\t\t\t\t(Data is empty)?$' "$dir/golden.txt"; then
	echo "Wireshark objects to the messages above" >&2
	exit 1
fi
if [ "$(grep -c 'Data is empty' "$dir/golden.txt")" -ne 1 ]; then
	echo "another AVP than that Server-Capabilities is empty" >&2
	exit 1
fi
if ! grep -qP '_ws.malformed|Wrong AVP' "$dir/broken.txt"; then
	echo "the broken message went unnoticed" >&2
	exit 1
fi
echo "$(wc -l <"$dir/golden.txt") messages, and one that is broken"
