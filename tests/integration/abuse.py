#!/usr/bin/env python3
"""Peers that speak Cx as it is specified, and mean harm (TS 29.228 6.1.2, 6.3, 8.1; seeds R12, R40, R91).

usage: abuse.py PORT REALM IMPI IMPU SERVER-NAME SECRETS CASE

SECRETS has the keys of the IMPI's USIM, which is one of the tests' own. Each case prints "ok" and a line at its end, or
says what went wrong.
"""
import struct
import sys
import threading

from peer import CX, LIR, MAR, SAR, TGPP, UAR, Peer, avp, avps_of, head_of, message, u32
from ue import Usim
import milenage

PORT, REALM, IMPI, IMPU, SERVER, SECRETS, CASE = int(sys.argv[1]), *sys.argv[2:8]
RESTORATION = avp(628, avp(266, u32(TGPP)) + avp(629, u32(1), TGPP, 0) + avp(630, u32(4), TGPP, 0), TGPP, 0)
WINDOW = 200  # requests outstanding at once


class Cscf(Peer):
    """An S-CSCF, or an I-CSCF; number 1 is the one that serves the user."""

    def __init__(self, number):
        self.name = SERVER if number == 1 else "sip:other%d.%s:6060" % (number, REALM)
        super().__init__(PORT, "cscf%d.%s" % (number, REALM), REALM)

    def request(self, code, *avps):
        self.hop += 1
        return message(code, CX, head_of(self.host, REALM, self.hop) + list(avps), hop=self.hop)

    def sar(self, kind, *more):
        return self.request(SAR, avp(1, IMPI), avp(601, IMPU, TGPP), avp(602, self.name, TGPP),
                            avp(614, u32(kind), TGPP), avp(624, u32(1), TGPP), *more)

    def mar(self, vectors=1, auts=b"", name=None):
        item = avp(608, "Digest-AKAv1-MD5", TGPP) + (avp(610, auts, TGPP) if auts else b"")
        return self.request(MAR, avp(1, IMPI), avp(601, IMPU, TGPP), avp(612, item, TGPP), avp(607, u32(vectors), TGPP),
                            avp(602, name or self.name, TGPP))

    def uar(self, kind, *more):
        return self.request(UAR, avp(1, IMPI), avp(601, IMPU, TGPP), avp(600, REALM, TGPP), avp(623, u32(kind), TGPP),
                            *more)

    def lir(self):
        return self.request(LIR, avp(601, IMPU, TGPP))

    def result(self, octets):
        """Result-Code, or minus an Experimental-Result-Code; the AVPs are then in self.avps."""
        self.send(octets)
        return self.next_result()

    def next_result(self):
        self.avps = self.answer()
        for code, _, data in self.avps:
            if code == 268:
                return struct.unpack("!I", data)[0]
            if code == 297:
                return -struct.unpack("!I", data[-4:])[0]
        raise AssertionError("an answer without a result")

    def text(self, wanted):
        return next((data.decode() for code, _, data in self.avps if code == wanted), None)

    def many(self, count, make):
        """The results of so many requests, some of them outstanding at any time; with each its vectors."""
        found = []
        for first in range(0, count, WINDOW):
            some = min(WINDOW, count - first)
            self.send(b"".join(make() for _ in range(some)))
            for _ in range(some):
                found.append((self.next_result(), vectors_of(self.avps)))
        return found


def vectors_of(avps):
    """RAND and AUTN of each SIP-Auth-Data-Item, in the order of SIP-Item-Number."""
    items = []
    for code, _, data in avps:
        if code == 612:
            found = {inner: value for inner, _, value in avps_of(data)}
            items.append((found.get(613, u32(1)), found[609][:16], found[609][16:]))
    return [(rand, autn) for _, rand, autn in sorted(items)]


def expect(got, wanted, what):
    assert got == wanted, "%s: %r, not %r" % (what, got, wanted)


def register(cscf):
    expect(cscf.result(cscf.mar()), 2001, "MAR of the S-CSCF that serves")
    expect(cscf.result(cscf.sar(1)), 2001, "SAR REGISTRATION of the S-CSCF that serves")


def prepare(state):
    """Bring the user into a state, with S-CSCF 1."""
    with Cscf(1) as one:
        if one.result(one.sar(5)) not in (2001, -5007):
            raise AssertionError("the user cannot be deregistered")
        if state == "registered":
            register(one)
        elif state == "unregistered":
            expect(one.result(one.sar(3)), 2001, "SAR UNREGISTERED_USER")
        elif state == "pending":
            expect(one.result(one.mar()), 2001, "MAR")
        elif state == "reassign":
            register(one)
            expect(one.result(one.sar(2, RESTORATION)), 2001, "SAR RE_REGISTRATION, with restoration")
            expect(one.result(one.uar(2, RESTORATION)), 2001, "UAR REGISTRATION_AND_CAPABILITIES")


def located(cscf):
    """Whether calls of the user still reach the S-CSCF that serves."""
    return cscf.result(cscf.lir()) == 2001 and cscf.text(602) == SERVER


class Failures(threading.Thread):
    """Reports failed and abandoned authentications without end, until told to stop."""

    def __init__(self, number, wanted):
        super().__init__(daemon=True)
        self.cscf, self.wanted, self.stop, self.count, self.fault = Cscf(number), wanted, False, 0, None

    def run(self):
        kinds = [9, 10]
        try:
            while not self.stop:
                for result, _ in self.cscf.many(WINDOW, lambda: self.cscf.sar(kinds[self.cscf.hop % 2])):
                    expect(result, self.wanted, "SAR 9 or 10 of " + self.cscf.host)
                    self.count += 1
        except (AssertionError, OSError) as fault:
            self.fault = fault


def failures():
    floods = [Failures(1, 2001), Failures(2, -5005)]
    for flood in floods:
        flood.start()
    with Cscf(3) as modest:
        for n in range(150):
            assert located(modest), "LIR %d beside the floods was not served: %r" % (n, modest.avps)
        while min(flood.count for flood in floods) < 1000:
            assert located(modest), "LIR beside the floods was not served: %r" % modest.avps
            assert all(flood.is_alive() for flood in floods), [flood.fault for flood in floods]
    for flood in floods:
        flood.stop = True
        flood.join()
        assert flood.fault is None, flood.fault
    print("ok %d SAR 9 and 10 of the S-CSCF that serves and of another one change nothing, and each LIR beside them is served"
          % sum(flood.count for flood in floods))


def uar(wanted):
    with Cscf(3) as icscf:
        for result, _ in icscf.many(300, lambda: icscf.uar(1)):
            expect(result, wanted, "UAR DE_REGISTRATION")
    print("ok 300 UARs with DE_REGISTRATION change nothing, answered %d" % wanted)


def takeover(state):
    """No SAR of another S-CSCF gets the user (8.1.2), nor ends anything. With IMS restoration one may when it is wanted."""
    with Cscf(2) as two:
        for kind in range(12):
            for features in [()] if state == "reassign" else [(), (RESTORATION,)]:
                expect(two.result(two.sar(kind, *features)), 5012 if kind == 0 else -5005,
                       "%s: SAR %d of another S-CSCF" % (state, kind))
                if kind != 0:
                    expect(two.text(602), SERVER, "Server-Name in the refusal of SAR %d" % kind)
        expect(two.result(two.mar(1, b"\x5a" * 30)), 5012, "AUTS of another S-CSCF")
    print("ok %s: no SAR of another S-CSCF gets the user or ends anything" % state)


def pending():
    """Two S-CSCFs ask for vectors of one user: the last one to ask is the one that may register (6.3.1 step 5)."""
    with Cscf(1) as one, Cscf(2) as two:
        for result, _ in two.many(200, two.mar):
            expect(result, 2001, "MAR of another S-CSCF, not registered")
        expect(one.result(one.sar(1)), -5005, "SAR of the S-CSCF that asked first")
        expect(one.result(one.lir()), -5003, "LIR while nobody is registered")
        register(one)
        expect(two.result(two.sar(1)), -5005, "SAR of the one that flooded")
        assert located(one)
    print("ok 200 MARs of another S-CSCF register nobody: who asks last and registers is served")


class Resync:
    """The USIM, and the SQNs that the HSS has issued."""

    def __init__(self):
        self.usim, self.last = Usim(SECRETS), -1

    def sqn_of(self, rand, autn):
        ak = milenage.f2345(self.usim.k, self.usim.opc, rand)[3]
        return int.from_bytes(milenage.xor(autn[:6], ak), "big")

    def issued(self, vectors, what):
        assert vectors, "%s: no vector" % what
        for rand, autn in vectors:
            sqn = self.sqn_of(rand, autn)
            assert sqn >> 5 > self.last >> 5, "%s: SQN %d comes after %d" % (what, sqn, self.last)
            self.last = sqn

    def accepted(self, vector, what):
        assert self.usim.challenge(*vector)[3] is None, "%s: the USIM refuses the vector" % what


def capture(cscf, sim):
    """The USIM is ahead: its AUTS, as it comes in SIP-Authorization."""
    expect(cscf.result(cscf.mar()), 2001, "MAR")
    (rand, autn), = vectors_of(cscf.avps)
    sim.usim.advance((sim.sqn_of(rand, autn) >> 5) + 1000)
    auts = sim.usim.challenge(rand, autn)[3]
    assert auts is not None, "the USIM should be ahead"
    return rand + auts


def replay():
    sim = Resync()
    with Cscf(1) as one, Cscf(2) as two:
        captured = capture(one, sim)

        def ask(cscf, what, **options):
            expect(cscf.result(cscf.mar(**options)), 2001, what)
            vectors = vectors_of(cscf.avps)
            sim.issued(vectors, what)
            sim.accepted(vectors[0], what)

        ask(one, "the AUTS", auts=captured)
        ask(one, "the AUTS again", auts=captured)
        for _ in range(5):
            ask(one, "a MAR")
        ask(one, "the AUTS after newer vectors", auts=captured)
        expect(two.result(two.mar(auts=captured)), 5012, "the AUTS from another S-CSCF")
        expect(two.result(two.mar(auts=captured, name="sip:other.example")), 5012, "the AUTS under a third name")
        for result, vectors in one.many(100, lambda: one.mar(auts=captured)):
            expect(result, 2001, "the AUTS, a hundred times")
            sim.issued(vectors, "the AUTS, a hundred times")
        sim.accepted(vectors[0], "the last of a hundred")
        ask(one, "a MAR after all that", vectors=3)
    print("ok a captured AUTS, sent again a hundred times, moves no SQN back, and the USIM takes what comes next")


def captured():
    """What wrong_mac begins with, as it would be captured on the way: SIP-Authorization."""
    with Cscf(1) as one:
        print(capture(one, Resync()).hex())


def wrong_mac(auts):
    """AUTS that no USIM of this user made: one bit of RAND, SQN or MAC-S is another one."""
    forged = [auts[:i] + bytes([auts[i] ^ 1]) + auts[i + 1:] for i in range(30)]
    with Cscf(1) as one:
        for result, vectors in one.many(2000, lambda: one.mar(auts=forged[one.hop % 30])):
            expect((result, vectors), (5012, []), "an AUTS with a wrong MAC-S")
    print("ok 2000 AUTS with a wrong MAC-S are refused, without a vector or a trace in the store")


def rate(limit):
    with Cscf(1) as one:
        given = [len(vectors) for _, vectors in one.many(100, lambda: one.mar(vectors=3))]
        expect(sum(given), limit, "vectors handed out")
        expect([n for n in given if n], [3] * (limit // 3) + [limit % 3] * (limit % 3 > 0), "vectors in each answer")
        expect(one.result(one.mar()), 3004, "MAR at the limit")
        assert one.head[4] & 0x20, "3004 goes with the E bit (RFC 6733 7.1.3)"
        assert one.text(281).startswith("no authentication vector for another "), one.text(281)
        assert located(one), "the registration"
    print("ok %d vectors of 100 MARs, then TOO_BUSY" % limit)


def refused():
    with Cscf(1) as one:
        expect(one.result(one.mar()), 3004, "MAR at the limit, the HSS having crashed")
    print("ok the count outlives the HSS")


class Agent(Cscf):
    """A Diameter agent that may speak for every host below its own name, each an S-CSCF that was never heard of."""

    def __init__(self):
        super().__init__(1)
        self.number = 0

    def request(self, code, *avps):
        self.hop += 1
        return message(code, CX, head_of("s%d.%s" % (self.number, self.host), REALM, self.hop) + list(avps), hop=self.hop)

    def claim(self):
        self.number += 1
        self.name = "sip:s%d.%s:6060" % (self.number, self.host)
        return self.mar()


def names(count):
    """Ever new Server-Names and Origin-Hosts of a user who is not registered: each gets vectors, and the next one takes over."""
    sim, sqns = Resync(), set()
    with Agent() as agent:
        while len(sqns) < count:
            for result, vectors in agent.many(WINDOW, agent.claim):
                if result != 3004:  # on a machine that is slow
                    expect(result, 2001, "MAR of an S-CSCF that was never heard of")
                    sqn = sim.sqn_of(*vectors[0])
                    assert sqn not in sqns, "SQN %d comes twice" % sqn
                    sqns.add(sqn)
        sim.last = max(sqns)
        for make in agent.claim, agent.mar:
            ind = sim.last & 31
            expect(agent.result(make()), 2001, "MAR of the last S-CSCF")
            sim.issued(vectors_of(agent.avps), "MAR of the last S-CSCF")
        expect(sim.last & 31, ind, "the IND of the last S-CSCF")
        expect(agent.result(agent.sar(1)), 2001, "SAR REGISTRATION of the last S-CSCF")
        expect(agent.result(agent.lir()), 2001, "LIR")
        expect(agent.text(602), agent.name, "the S-CSCF that is located")
        expect(agent.result(agent.sar(5)), 2001, "SAR USER_DEREGISTRATION of the last S-CSCF")
    print("ok %d S-CSCFs that nobody knows ask for vectors: no SQN comes twice, and the last one keeps its IND and the user"
          % len(sqns))


def quiet():
    """Something that is refused, so that the log has a line in this second."""
    with Cscf(3) as icscf:
        icscf.result(icscf.request(LIR, avp(601, "sip:nobody@" + REALM, TGPP)))


cases = {
    "failures": failures, "replay": replay, "captured": captured, "pending": pending, "refused": refused, "quiet": quiet,
    "wrong-mac": lambda: wrong_mac(bytes.fromhex(sys.argv[8])), "rate": lambda: rate(int(sys.argv[8])),
    "names": lambda: names(int(sys.argv[8])),
    "uar": lambda: uar(int(sys.argv[8])),
    "takeover": lambda: takeover(sys.argv[8]), "prepare": lambda: prepare(sys.argv[8]),
}
try:
    cases[CASE]()
except (AssertionError, OSError) as fault:
    sys.exit("abuse.py %s: %s" % (CASE, fault))
