#!/usr/bin/env python3
"""Malformed and hostile MARs on the wire, built octet by octet, without any Diameter library.

usage: malformed.py PORT ORIGIN-HOST REALM IMPI IMPU SERVER-NAME [refusals]

With "refusals" only what has to be refused is sent, so that nothing may change in the store.

For each case one line "ok NAME" or "FAILED: NAME ...". Every answer must have exactly one result AVP, the
Session-Id of its request, and echo User-Name and Public-Identity when the request has them.
"""
import os
import socket
import struct
import sys

from peer import CX, M, MAR, TGPP, Peer, avp, avps_of, message, u32

PORT, HOST, REALM, IMPI, IMPU, SERVER = int(sys.argv[1]), *sys.argv[2:7]
HSS = "hss." + REALM
names = ("malformed%d-%d." % (os.getpid(), n) for n in range(1, 1000000))


def connect(domain=REALM, **more):
    """A connection under an identity of its own."""
    return Peer(PORT, next(names) + domain, REALM, **more)


ITEM = (612, TGPP)
NAMES = {263: "Session-Id", 260: "Vendor-Specific-Application-Id", 277: "Auth-Session-State",
         264: "Origin-Host", 296: "Origin-Realm", 283: "Destination-Realm", 1: "User-Name",
         601: "Public-Identity", 612: "SIP-Auth-Data-Item", 607: "SIP-Number-Auth-Items", 602: "Server-Name"}


def mar(item=None, vectors=1):
    """The parts of a sound MAR, by code."""
    if item is None:
        item = avp(608, "Digest-AKAv1-MD5", TGPP)
    return {
        263: avp(263, "%s;1;%d;malformed" % (HOST, int.from_bytes(os.urandom(4), "big"))),
        260: avp(260, avp(266, u32(TGPP)) + avp(258, u32(CX))),
        277: avp(277, u32(1)), 264: avp(264, HOST), 296: avp(296, REALM), 283: avp(283, REALM),
        1: avp(1, IMPI), 601: avp(601, IMPU, TGPP), 612: avp(612, item, TGPP),
        607: avp(607, u32(vectors), TGPP), 602: avp(602, SERVER, TGPP)}


def scheme(*more):
    return avp(608, "Digest-AKAv1-MD5", TGPP) + b"".join(more)


def auth(octets):
    return avp(610, octets, TGPP)


def without(code):
    parts = mar()
    del parts[code]
    return parts


def doubled(code):
    parts = mar()
    parts[code] += parts[code]
    return parts


def with_part(code, octets):
    parts = mar()
    parts[code] = octets
    return parts


def cases():
    """(name, parts, result as (is experimental, code), code of the Failed-AVP or None)"""
    yield "a sound MAR", mar(), (False, 2001), None
    for code, name in NAMES.items():
        yield name + " missing", without(code), (False, 5005), code
        yield name + " twice", doubled(code), (False, 5009), code
    yield "no scheme in the item", mar(item=avp(613, u32(1), TGPP)), (False, 5005), 608
    yield "another scheme", mar(item=avp(608, "SIP Digest", TGPP)), (True, 5006), None
    yield "scheme in other case", mar(item=avp(608, "digest-akav1-md5", TGPP)), (False, 2001), None
    yield "scheme unknown", mar(item=avp(608, "unknown", TGPP)), (False, 2001), None
    for size in (0, 1, 16, 29, 31, 60, 4096):
        yield "SIP-Authorization of %d octets" % size, mar(item=scheme(auth(os.urandom(size)))), (False, 5014), 610
    yield "SIP-Authorization of garbage", mar(item=scheme(auth(os.urandom(30)))), (False, 5012), None
    yield "SIP-Authorization twice", mar(item=scheme(auth(bytes(30)), auth(bytes(30)))), (False, 5009), 610
    yield "no vectors asked", mar(vectors=0), (False, 5004), 607
    yield "2^32-1 vectors asked", mar(vectors=2**32 - 1), (False, 2001), None
    yield "vectors in 3 octets", with_part(607, avp(607, b"\0\0\1", TGPP)), (False, 5014), 607
    yield "vectors in 8 octets", with_part(607, avp(607, bytes(7) + b"\1", TGPP)), (False, 5014), 607
    yield "Auth-Session-State in 1 octet", with_part(277, avp(277, b"\1")), (False, 5014), 277
    yield "item is not a group", with_part(612, avp(612, b"\xff" * 12, TGPP)), (False, 5004), 612
    yield "unknown AVP with M", with_part(602, mar()[602] + avp(9999, "x", TGPP)), (False, 5001), 9999
    yield "unknown AVP without M", with_part(602, mar()[602] + avp(494, "x", 50, flags=0)), (False, 2001), None
    yield "M clear everywhere", {c: p[:4] + bytes([p[4] & ~M]) + p[5:] for c, p in mar().items()}, (False, 2001), None
    yield "IMPI unknown", with_part(1, avp(1, "nobody@home.example")), (True, 5001), None
    yield "IMPI is no NAI", with_part(1, avp(1, "nobody")), (True, 5001), None
    yield "IMPI with a NUL", with_part(1, avp(1, IMPI.encode() + b"\0x")), (True, 5001), None
    yield "IMPI is a decorated NAI", with_part(1, avp(1, "home.example!nobody@x.example")), (True, 5001), None
    yield "Origin-Host is no name", with_part(264, avp(264, b"\xff\xfe.home.example")), (False, 5004), 264
    yield "Origin-Host of 300 octets", with_part(264, avp(264, "a" * 300)), (False, 5004), 264
    yield "IMPI of 64,000 octets", with_part(1, avp(1, "a" * 64000 + "@home.example")), (True, 5001), None
    yield "IMPU unknown", with_part(601, avp(601, "sip:nobody@home.example", TGPP)), (True, 5001), None
    yield "IMPU is no URI", with_part(601, avp(601, "nobody", TGPP)), (True, 5001), None
    yield "IMPU of another subscriber", with_part(601, avp(601, "sip:bob@home.example", TGPP)), (True, 5002), None
    yield "Server-Name is no SIP URI", with_part(602, avp(602, "http://x", TGPP)), (False, 5004), 602
    yield "Server-Name empty", with_part(602, avp(602, "", TGPP)), (False, 5004), 602


def check(name, parts, expected, failed, answer):
    results = [(c, d) for c, v, d in answer if c in (268, 297) and v == 0]
    if len(results) != 1:
        return "%d result AVPs" % len(results)
    code, data = results[0]
    if code == 297:
        data = [d for c, v, d in avps_of(data) if c == 298][0]
    got = (code == 297, struct.unpack("!I", data)[0])
    if got != expected:
        return "result %s instead of %s; %s" % (got, expected, [d for c, v, d in answer if c == 281])
    wire = avps_of(b"".join(parts.values()))
    session = [d for c, v, d in wire if c == 263]
    if session and (263, 0, session[0]) != answer[0]:
        return "the first AVP is not the Session-Id of the request"
    for echoed in ((1, 0), (601, TGPP)):
        sent = [d for c, v, d in wire if (c, v) == echoed]
        if sent and sent[0] not in [d for c, v, d in answer if (c, v) == echoed]:
            return "AVP %d is not echoed" % echoed[0]
    failed_avps = [avps_of(d) for c, v, d in answer if (c, v) == (279, 0)]
    if failed is not None and (len(failed_avps) != 1 or failed_avps[0][0][0] != failed):
        return "Failed-AVP is %s instead of %d" % ([[a[0] for a in f] for f in failed_avps], failed)
    if failed is None and failed_avps:
        return "there is a Failed-AVP"
    if expected[1] >= 3000 and not [d for c, v, d in answer if c == 281 and d]:
        return "no Error-Message"
    items = [d for c, v, d in answer if (c, v) == ITEM]
    if (expected == (False, 2001)) != bool(items):
        return "%d vectors" % len(items)
    if items and (607, TGPP, u32(len(items))) not in answer:
        return "SIP-Number-Auth-Items is not the number of items"
    return None


def main():
    peer = connect()
    faults = 0
    refusals = sys.argv[7:] == ["refusals"]
    for name, parts, expected, failed in cases():
        if refusals and expected == (False, 2001):
            continue
        try:
            fault = check(name, parts, expected, failed, peer.ask(MAR, CX, parts.values()))
        except (ConnectionError, socket.timeout) as error:
            fault = repr(error)
            peer = connect()
        faults += fault is not None
        print("ok   %s" % name if fault is None else "FAILED: %s: %s" % (name, fault))
    if refusals:
        return 1 if faults else 0
    # R16: only peers that were named may connect.
    try:
        connect("stranger.example")
        fault = "capabilities were accepted"
    except (AssertionError, ConnectionError):
        fault = None
    faults += fault is not None
    print("ok   a peer that was not named is refused" if fault is None else "FAILED: a stranger: " + fault)
    # A CER without Host-IP-Address, or with two, as Kamailio's cdp and multihomed peers send it.
    for addresses in ((), (b"\0\1\x7f\0\0\1", b"\0\1\x7f\0\0\2")):
        try:
            parts = mar()
            fault = check("CER", parts, (False, 2001), None, connect(addresses=addresses).ask(MAR, CX, parts.values()))
        except (AssertionError, ConnectionError) as error:
            fault = repr(error)
        faults += fault is not None
        name = "a CER with %d Host-IP-Addresses is taken" % len(addresses)
        print("ok   %s" % name if fault is None else "FAILED: %s: %s" % (name, fault))
    # Four octets of anybody's, without a CER: a message that claims no length.
    with socket.create_connection(("127.0.0.1", PORT), 60) as sock:
        sock.sendall(b"\1\0\0\0")
        fault = None if sock.recv(1) == b"" else "something was answered"
    faults += fault is not None
    print("ok   no length" if fault is None else "FAILED: no length: " + fault)
    # What cannot be answered must not hurt: the connection may close, the HSS must live on. Each is sent many
    # times, and the sender is gone before anybody can answer.
    nested = b""
    while len(nested) < 60000:
        nested = avp(612, nested, TGPP)
    for name, octets in (
            ("Session-Id missing", message(MAR, CX, without(263).values())),
            ("Session-Id empty", message(MAR, CX, with_part(263, avp(263)).values())),
            ("Session-Id with a NUL", message(MAR, CX, with_part(263, avp(263, b"a\0b")).values())),
            ("Session-Id twice", message(MAR, CX, doubled(263).values())),
            ("an AVP longer than the message", message(MAR, CX, with_part(602, avp(602, "x", TGPP, length=4000)).values())),
            ("an AVP of length 0", message(MAR, CX, with_part(602, avp(602, "x", TGPP, length=0)).values())),
            ("a message of length 0", message(MAR, CX, [], length=0)),
            ("a message of length 4", message(MAR, CX, [], length=4)),
            ("a message of 16 MiB", message(MAR, CX, [], length=0xffffff) + bytes(1000)),
            ("a message of 70,000 octets", message(MAR, CX, with_part(602, avp(602, "x" * 70000, TGPP)).values())),
            ("AVPs nested 5,000 deep", message(MAR, CX, with_part(612, nested).values())),
            ("R and E bits set", message(MAR, CX, mar().values(), flags=0xE0)),
            ("another application", message(318, 16777251, mar().values())),
            ("application 0", message(MAR, 0, mar().values())),
            ("a foreign Destination-Realm", message(MAR, CX, with_part(283, avp(283, "x.example")).values())),
            ("a foreign Destination-Host", message(MAR, CX, with_part(283, mar()[283] + avp(293, "x.example")).values())),
            ("a Route-Record of the HSS", message(MAR, CX, with_part(283, mar()[283] + avp(282, HSS)).values())),
            ("a decorated NAI", message(MAR, CX, with_part(1, avp(1, REALM + "!nobody@x.example")).values())),
            ("an unknown command", message(399, CX, mar().values())),
            ("garbage", os.urandom(200))):
        peer = connect()
        try:
            for _ in range(200):
                peer.send(octets)
        except OSError:
            pass  # closed by the HSS already
        peer.sock.close()
        parts = mar()
        fault = check(name, parts, (False, 2001), None, connect().ask(MAR, CX, parts.values()))
        faults += fault is not None
        print("ok   the HSS serves after: %s" % name if fault is None else "FAILED: after %s: %s" % (name, fault))
    return 1 if faults else 0


sys.exit(main())
