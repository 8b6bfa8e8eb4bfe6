"""What a peer may send (hss/access.h), asked with raw octets: Origin-Hosts that are not the peer's, and rates.
access_wire.py PORT REALM IMPI IMPU SERVER_NAME CASE"""
import struct
import sys

from peer import CX, MAR, SAR, TGPP, Peer, avp, head_of, lir, mar, message, u32

PORT, (REALM, IMPI, IMPU, SERVER_NAME, CASE) = int(sys.argv[1]), sys.argv[2:7]
ERROR = 0x20
RATE = 20  # of slow.REALM in access.sh
BURST = 100


def sar(host, realm, hop, kind):
    return message(SAR, CX, head_of(host, realm, hop) + [
        avp(1, IMPI), avp(601, IMPU, TGPP), avp(602, SERVER_NAME, TGPP), avp(614, u32(kind), TGPP),
        avp(624, u32(0), TGPP)], hop=hop)


def result(peer):
    """(code, whether it is a Result-Code, Error-Message) of the next answer, which has exactly one result."""
    avps = peer.answer()
    codes = [(struct.unpack("!I", data)[0], True) for code, vendor, data in avps if (code, vendor) == (268, 0)]
    for code, vendor, data in avps:
        if (code, vendor) == (297, 0):
            codes += [(struct.unpack("!I", data[-4:])[0], False)]
    assert len(codes) == 1, "%d results in one answer" % len(codes)
    code, base = codes[0]
    assert bool(peer.head[4] & ERROR) == (3000 <= code < 4000), "the E bit with %d" % code
    text = [data for code, vendor, data in avps if (code, vendor) == (281, 0)]
    return code, base, text[0].decode() if text else ""


def expect(peer, octets, code, words, base=True):
    peer.send(octets)
    got = result(peer)
    assert got[:2] == (code, base) and words in got[2], "%r came, %d %r was expected" % (got, code, words)
    print("ok %s: %d %s" % (peer.host, code, got[2]))


def requests_of(host, realm=REALM):
    """Each a way into the table of S-CSCFs' Diameter names, or to a subscriber's keys."""
    return [lir(host, realm, 7, IMPU), mar(host, realm, 8, IMPI, IMPU, SERVER_NAME, 1), sar(host, realm, 9, 1)]


def forged():
    """A peer that may everything, but in its own name only."""
    with Peer(PORT, "any." + REALM, REALM) as peer:
        for host in ("scscf." + REALM, "scscf.elsewhere.example", "x.any." + REALM):
            for request in requests_of(host):
                expect(peer, request, 5003, "may not speak for the Origin-Host " + host)
    with Peer(PORT, "agent.visited.example", "visited.example") as peer:
        for host in ("any." + REALM, "visited.example", "x.notvisited.example"):
            for request in requests_of(host):
                expect(peer, request, 5003, "may not speak for the Origin-Host " + host)
        # one that it may speak for, but with a section of its own
        expect(peer, requests_of("icscf." + REALM)[1], 5003, "peer icscf.%s may not send MAR" % REALM)
        expect(peer, requests_of("icscf." + REALM)[2], 5003, "peer icscf.%s may not send SAR" % REALM)


def served():
    """What the same peers may send."""
    with Peer(PORT, "agent.visited.example", "visited.example") as peer:
        for host in ("scscf.visited.example", "a.B.Visited.Example", "AGENT.visited.example", "icscf." + REALM):
            expect(peer, lir(host, REALM, 7, IMPU), 2001, "")
        expect(peer, mar("scscf.visited.example", REALM, 8, IMPI, IMPU, SERVER_NAME, 1), 2001, "")
    with Peer(PORT, "any." + REALM, REALM) as peer:
        expect(peer, mar("ANY." + REALM, REALM, 8, IMPI, IMPU, SERVER_NAME, 1), 2001, "")


def unlisted():
    with Peer(PORT, "x.elsewhere.example", "elsewhere.example") as peer:
        for request in requests_of("x.elsewhere.example"):
            expect(peer, request, 5003, "peer x.elsewhere.example has no peer section")


def rate():
    """All at once, and another peer beside it."""
    with Peer(PORT, "slow." + REALM, REALM) as slow, Peer(PORT, "any." + REALM, REALM) as other:
        slow.send(b"".join(lir(slow.host, REALM, hop, IMPU) for hop in range(100, 100 + BURST)))
        other.send(b"".join(lir(other.host, REALM, hop, IMPU) for hop in range(100, 100 + BURST)))
        others = [result(other) for _ in range(BURST)]
        assert all(r[:2] == (2001, True) for r in others), "another peer was refused: %r" % others
        codes = [result(slow) for _ in range(BURST)]
        taken = [r for r in codes if r[:2] == (2001, True)]
        refused = [r for r in codes if r[:2] == (3004, True)]
        assert len(taken) + len(refused) == BURST, "%r" % codes
        assert all("rate" in r[2] for r in refused)
        # a second's worth, and what a second or two of a busy machine add
        assert RATE <= len(taken) <= 3 * RATE, "%d of %d were served" % (len(taken), BURST)
        print("ok rate: %d of %d served, %d of another peer" % (len(taken), BURST, len(others)))


{"forged": forged, "served": served, "unlisted": unlisted, "rate": rate}[CASE]()
