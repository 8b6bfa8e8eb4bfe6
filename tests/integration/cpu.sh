#!/bin/bash
# The daemon says at start when OpenSSL would run AES with tables, and only then.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

case $(uname -m) in
x86_64) ;;
*) fail "OPENSSL_ia32cap hides no instruction of a $(uname -m)" ;;
esac

hss_init
hss_start
hss_stop
if grep -E "hss: .*(tables|table-based)" "$NODE/hss.log"; then
	fail "OpenSSL runs AES with tables here: not constant-time, whatever we do"
fi
pass "no word of tables on this CPU"
OPENSSL_ia32cap='~0x200020200000000' hss_start
hss_stop
grep -E "ERROR.*hss: .*table-based AES on this CPU.*OPENSSL_ia32cap=.* env:~" "$NODE/hss.log" || fail "no warning"
pass "without AES instructions the log warns"
done_line
