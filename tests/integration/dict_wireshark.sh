#!/bin/sh
# Our Cx dictionary against Wireshark's (package libwireshark-data). The comparison and the list of
# known differences, each with its reason, stand in dict_wireshark.py beside this file.
#
# usage: dict_wireshark.sh DICT_DUMP CX_IDS_H [WIRESHARK_DIAMETER_DIR]
set -eu

dump=$1
ids=$2
wireshark=${3:-/usr/share/wireshark/diameter}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ ! -r "$wireshark/dictionary.xml" ]; then
	echo "dict_wireshark: $wireshark/dictionary.xml is missing: install libwireshark-data" >&2
	exit 1
fi
"$dump" >"$work/ours"
python3 "$(dirname "$0")/dict_wireshark.py" "$work/ours" "$ids" "$wireshark"
