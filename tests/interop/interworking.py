#!/usr/bin/python3
"""What S-CSCFs and I-CSCFs of other makers send, each message built and each answer read by scapy's Diameter layer.

usage: interworking.py PORT REALM SECRETS-FILE HSSCTL...

The subscriber is alice of tests/integration/lib.sh, SECRETS-FILE has her K and OPc. Vectors are recomputed by osmo-auc-gen.
HSSCTL is the command with its options that administers the HSS.
One line "ok ..." or "FAILED: ..." for each case.
"""
import itertools
import json
import logging
import os
import socket
import struct
import subprocess
import sys
import time

logging.getLogger("scapy").setLevel(logging.ERROR)  # AVP 494 of vendor 50 is in no dictionary, nor in scapy's
from scapy.contrib.diameter import AVP, DiamAns, DiamG, DiamReq  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "kamailio"))
import milenage  # noqa: E402

PORT, REALM = int(sys.argv[1]), sys.argv[2]
with open(sys.argv[3], encoding="ascii") as secrets:
    KEYS = dict(line.strip().split("=") for line in secrets)
HSSCTL = sys.argv[4:]
HSS = "hss." + REALM
IMPI, IMPU = "alice.private@" + REALM, "sip:alice@" + REALM
SCSCF, SCSCF_NAME = "scscf." + REALM, "sip:scscf.%s:6060" % REALM
CX, TGPP, ETSI, ONE_WHO_NUMBERS_AVPS = 16777216, 10415, 13019, 50
CER, DWR, UAR, SAR, LIR, MAR, RTR = 257, 280, 300, 301, 302, 303, 304
REQUEST, M_BIT, V_BIT = 0x80, 0x40, 0x80
AT_ONCE = 5  # seconds; the watchdog of freeDiameter would take 30
numbers = itertools.count(1)


def tgpp(code, value, **more):
    return AVP([code, TGPP], val=value, **more)


def application(vendor):
    return AVP(260, val=[AVP(266, val=vendor), AVP(258, val=CX)])


def found(avps, code, vendor=0):
    """The values of the AVPs with this code and vendor."""
    return [avp.val for avp in avps if avp.avpCode == code and (avp.fields.get("avpVnd") or 0) == vendor]


def one(avps, code, vendor=0):
    values = found(avps, code, vendor)
    assert len(values) == 1, "%d AVPs of code %d" % (len(values), code)
    return values[0]


class Peer:
    """A connection under a Diameter identity. It answers watchdog requests while it waits for something."""

    def __init__(self, host=SCSCF, vendors=(TGPP,)):
        self.host = host
        start = time.monotonic()
        while True:
            try:
                self.capabilities = self.exchange(vendors)
                return
            except ConnectionError:  # the HSS may not have noticed the end of the connection before
                self.sock.close()
                assert time.monotonic() < start + AT_ONCE, "the HSS does not let the peer in again"

    def exchange(self, vendors):
        self.sock = socket.create_connection(("127.0.0.1", PORT), 20)
        cea = self.ask(DiamReq(CER, drHbHId=next(numbers), drEtEId=next(numbers), avpList=[
            AVP(264, val=self.host), AVP(296, val=REALM), AVP(257, val="127.0.0.1"), AVP(266, val=TGPP),
            AVP(269, val="scapy")] + [AVP(265, val=vendor) for vendor in vendors]
            + [application(vendor) for vendor in vendors]))
        assert one(cea, 268) == 2001, "capabilities are refused"
        return cea

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()  # no DPR

    def exact(self, size):
        octets = b""
        while len(octets) < size:
            more = self.sock.recv(size - len(octets))
            if not more:
                raise ConnectionError("the HSS closed the connection")
            octets += more
        return octets

    def receive(self):
        """The next message that is no watchdog request."""
        while True:
            head = self.exact(4)
            message = DiamG(head + self.exact(struct.unpack("!I", b"\0" + head[1:])[0] - 4))
            if message.drCode != DWR:
                return message
            self.sock.sendall(bytes(DiamAns(DWR, drHbHId=message.drHbHId, drEtEId=message.drEtEId, avpList=[
                AVP(268, val=2001), AVP(264, val=self.host), AVP(296, val=REALM)])))

    def ask(self, request):
        self.sock.sendall(bytes(request))
        answer = self.receive()
        assert (answer.drCode, answer.drHbHId, answer.drEtEId) == (request.drCode, request.drHbHId, request.drEtEId)
        return answer.avpList

    def request(self, code, avps):
        """A Cx request as Kamailio writes it, without Destination-Host."""
        return DiamReq(code, drAppId=CX, drHbHId=next(numbers), drEtEId=next(numbers), avpList=[
            AVP(263, val="%s;1;%d" % (self.host, next(numbers))), AVP(264, val=self.host), AVP(296, val=REALM),
            AVP(283, val=REALM), application(TGPP), AVP(277, val=1)] + avps)

    def cx(self, code, avps):
        return self.ask(self.request(code, avps))


def uar(*more):
    return [AVP(1, val=IMPI), tgpp(601, IMPU), tgpp(600, REALM), *more]


def lir(*more):
    return [tgpp(601, IMPU), *more]


def sar(kind, *more):
    return [tgpp(601, IMPU), tgpp(602, SCSCF_NAME), AVP(1, val=IMPI), tgpp(614, kind), tgpp(624, int(kind != 1)), *more]


def mar(*more, scheme="Digest-AKAv1-MD5", vectors=1):
    return [tgpp(601, IMPU), AVP(1, val=IMPI), tgpp(607, vectors), tgpp(612, [tgpp(608, scheme)]),
            tgpp(602, SCSCF_NAME), *more]


def result(answer):
    """("R" or "E", code), of which there is exactly one."""
    codes = [("R", code) for code in found(answer, 268)] + [("E", one(group, 298)) for group in found(answer, 297)]
    assert len(codes) == 1, "%d results" % len(codes)
    return codes[0]


def expect(answer, wanted):
    assert result(answer) == wanted, "%s instead of %s: %s" % (result(answer), wanted, found(answer, 281))
    return answer


def osmo(rand, *options):
    """What osmo-auc-gen makes of alice's keys and the RAND."""
    out = subprocess.run(["osmo-auc-gen", "-3", "-a", "milenage", "-k", KEYS["k"], "-o", KEYS["opc"], "-f", "8000",
                          "-r", rand.hex(), *options], check=True, capture_output=True, text=True).stdout
    return dict(line.split(":", 1) for line in out.replace("\t", "").splitlines() if ":" in line)


def sqns_of(maa):
    """The SQN of each vector of an MAA, every part of which has to be what osmo-auc-gen computes."""
    sqns = []
    for number, item in enumerate(found(maa, 612, TGPP), 1):
        rand, autn = one(item, 609, TGPP)[:16], one(item, 609, TGPP)[16:]
        sqn = int.from_bytes(milenage.xor(autn[:6], bytes.fromhex(osmo(rand, "-s", "0")["AUTN"])[:6]), "big")
        want = osmo(rand, "-s", str(sqn))
        got = {"AUTN": autn, "RES": one(item, 610, TGPP), "CK": one(item, 625, TGPP), "IK": one(item, 626, TGPP)}
        for name, octets in got.items():
            assert octets.hex() == want[name], "osmo-auc-gen computes another " + name
        assert one(item, 613, TGPP) == number and one(item, 608, TGPP) == b"Digest-AKAv1-MD5"
        sqns.append(sqn)
    assert sqns and one(maa, 607, TGPP) == len(sqns), "SIP-Number-Auth-Items is not the number of vectors"
    assert sorted(set(sqns)) == sqns, "the SQNs do not ascend"
    return sqns


def auts_of(rand, sqn):
    """AUTS of a USIM whose highest SQN is this (TS 33.102 6.3.3)."""
    k, opc, octets = bytes.fromhex(KEYS["k"]), bytes.fromhex(KEYS["opc"]), sqn.to_bytes(6, "big")
    auts = milenage.xor(octets, milenage.f2345(k, opc, rand)[4]) + milenage.f1(k, opc, rand, octets, bytes(2))[1]
    assert osmo(rand, "-A", auts.hex())["SQN.MS"] == str(sqn), "osmo-auc-gen refuses the AUTS"
    return auts


def capabilities_of_two_vendors():
    """CER with Vendor-Specific-Application-Ids of 3GPP and ETSI, in either order"""
    for vendors in ((TGPP, ETSI), (ETSI, TGPP)):
        with Peer("two-vendors%d.%s" % (vendors[0], REALM), vendors) as peer:
            cx = [group for group in found(peer.capabilities, 260) if found(group, 258) == [CX]]
            assert [one(group, 266) for group in cx] == [TGPP], "the CEA does not offer Cx of 3GPP"
            expect(peer.cx(LIR, lir()), ("E", 5003))


def authorization_beside_the_item():
    """OpenSIPS: RAND || AUTS in a SIP-Authorization beside SIP-Auth-Data-Item"""
    with Peer() as peer:
        first = expect(peer.cx(MAR, mar()), ("R", 2001))
        sqn, = sqns_of(first)
        rand = one(one(first, 612, TGPP), 609, TGPP)[:16]
        ahead = sqn + (1000000 << 5)
        maa = expect(peer.cx(MAR, mar(tgpp(610, rand + auts_of(rand, ahead)), vectors=2)), ("R", 2001))
        assert sqns_of(maa)[0] > ahead, "the HSS does not go on from the SQN of the USIM"
        forged = rand + bytes(14)
        expect(peer.cx(MAR, mar(tgpp(610, forged))), ("R", 5012))


def parallel_mars():
    """OpenSIPS: 16 MARs for one IMPI outstanding; no SQN comes twice"""
    with Peer() as peer:
        requests = [peer.request(MAR, mar(vectors=2)) for _ in range(16)]
        peer.sock.sendall(b"".join(bytes(request) for request in requests))
        answers = [peer.receive() for _ in requests]
        assert {a.drHbHId for a in answers} == {r.drHbHId for r in requests}, "not every MAR is answered"
        sqns = [sqn for answer in answers for sqn in sqns_of(expect(answer.avpList, ("R", 2001)))]
        assert len(sqns) == 32 and len(set(sqns)) == 32, "an SQN comes twice"


def schemes_in_any_case():
    """the scheme in upper and lower case, named or unknown"""
    with Peer() as peer:
        for scheme in ("Digest-AKAv1-MD5", "digest-akav1-md5", "DIGEST-AKAV1-MD5", "Unknown", "unknown", "UNKNOWN"):
            sqns_of(expect(peer.cx(MAR, mar(scheme=scheme)), ("R", 2001)))


def proprietary_avp():
    """Kamailio: AVP 494 of vendor 50 without M, in the SAR of a registration"""
    with Peer() as peer:
        expect(peer.cx(MAR, mar()), ("R", 2001))
        call_id = AVP([494, ONE_WHO_NUMBERS_AVPS], avpFlags=V_BIT, avpVnd=ONE_WHO_NUMBERS_AVPS, val="1-1@ue.lab")
        saa = expect(peer.cx(SAR, sar(1, call_id)), ("R", 2001))
        assert IMPU.encode() in one(saa, 606, TGPP)
        expect(peer.cx(SAR, sar(5, call_id)), ("R", 2001))


def destination_host():
    """without Destination-Host, and with it in another case"""
    with Peer() as peer:
        for hosts in ([], [HSS], [HSS.upper()]):
            expect(peer.cx(UAR, uar(*[AVP(293, val=host) for host in hosts])), ("E", 2001))


def close_without_goodbye():
    """a peer that closes without DPR, or crashes, is served at once when it is back"""
    for reset in (False, True, False):
        peer = Peer("comes-back." + REALM)
        expect(peer.cx(LIR, lir()), ("E", 5003))
        if reset:
            peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.sock.close()
        start = time.monotonic()
        with Peer("comes-back." + REALM) as peer:
            expect(peer.cx(LIR, lir()), ("E", 5003))
        assert time.monotonic() < start + AT_ONCE, "served after %.1f s" % (time.monotonic() - start)


def every_command(*more, only=(UAR, MAR, SAR, LIR)):
    """Each command with these AVPs in addition gets the answer that it gets without them. Returns the answers."""
    with Peer() as peer:
        cases = ((UAR, uar(*more), ("E", 2001)), (MAR, mar(*more), ("R", 2001)), (SAR, sar(1, *more), ("R", 2001)),
                 (LIR, lir(*more), ("R", 2001)), (SAR, sar(5, *more), ("R", 2001)))
        plain = {UAR: uar(), MAR: mar(), SAR: sar(1), LIR: lir()}
        return [expect(peer.cx(code, avps if code in only or code not in plain else plain[code]), wanted)
                for code, avps, wanted in cases]


def drmp():
    """DRMP (RFC 7944) in every command"""
    every_command(AVP(301, avpFlags=0, val=struct.pack("!I", 5)))


def overload_control():
    """OC-Supported-Features (RFC 7683), whose code 3GPP uses otherwise, in every command"""
    feature_vector = AVP(622, avpFlags=0, val=struct.pack("!Q", 1))
    for answer in every_command(AVP(621, avpFlags=0, val=bytes(feature_vector))):
        assert not found(answer, 623), "an overload report of an HSS that reports none"


def session_priority():
    """Session-Priority in SAR and LIR, whose code is that of Load without vendor"""
    every_command(tgpp(650, 0), only=(SAR, LIR))
    every_command(tgpp(650, 4), only=(SAR, LIR))


def features_that_are_offered():
    """Supported-Features without M: never refused, whatever is offered; M clear in answers"""
    for features in (0, 0xFFFFFFFF):
        offered = tgpp(628, [AVP(266, val=TGPP), tgpp(629, 1), tgpp(630, features)], avpFlags=V_BIT)
        for answer in every_command(offered, offered):
            for avp in answer:
                if (avp.avpCode, avp.fields.get("avpVnd")) == (628, TGPP):
                    assert not avp.avpFlags & M_BIT, "M is set"
                    assert one(avp.val, 266) == TGPP and one(avp.val, 629, TGPP) == 1


def hssctl(*words):
    return subprocess.run(HSSCTL + list(words), check=True, capture_output=True, text=True).stdout


def destination_realm_in_rta():
    """Kamailio: Destination-Realm in an RTA"""
    with Peer() as peer:
        expect(peer.cx(MAR, mar()), ("R", 2001))
        expect(peer.cx(SAR, sar(1)), ("R", 2001))
        hssctl("deregister", IMPI)
        rtr = peer.receive()
        assert rtr.drCode == RTR and one(rtr.avpList, 293) == SCSCF.encode() and one(rtr.avpList, 1) == IMPI.encode()
        assert found(rtr.avpList, 601, TGPP)[0] == IMPU.encode(), "Kamailio needs each IMPU named"
        peer.sock.sendall(bytes(DiamAns(RTR, drAppId=CX, drHbHId=rtr.drHbHId, drEtEId=rtr.drEtEId, avpList=[
            AVP(263, val=one(rtr.avpList, 263)), AVP(264, val=SCSCF), AVP(296, val=REALM), AVP(283, val=REALM),
            application(TGPP), AVP(277, val=1), AVP(268, val=2001)])))
        start = time.monotonic()
        while True:
            push = json.loads(hssctl("push", "list", "--json"))[-1]
            if push["state"] == "done":
                break
            assert time.monotonic() < start + AT_ONCE, "the RTA is not understood: %s" % push
        assert push["attempts"] == 1, "sent %d times" % push["attempts"]


def main():
    failed = 0
    for case in (capabilities_of_two_vendors, destination_host, close_without_goodbye, authorization_beside_the_item,
                 parallel_mars, schemes_in_any_case, proprietary_avp, drmp, overload_control, session_priority,
                 features_that_are_offered, destination_realm_in_rta):
        try:
            case()
            print("ok   " + case.__doc__)
        except (AssertionError, OSError, KeyError, ValueError, subprocess.SubprocessError) as error:
            failed += 1
            print("FAILED: %s: %s: %r" % (case.__name__, case.__doc__, error))
    return failed


sys.exit(main())
