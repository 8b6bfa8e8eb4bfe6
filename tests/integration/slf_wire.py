#!/usr/bin/env python3
"""What an SLF answers on the wire, octet by octet, without any Diameter library.

usage: slf_wire.py PORT SLF-HOST REALM

The map is that of slf.sh. For each request one line "ok NAME" or "FAILED: NAME ...".
"""
import struct
import sys

from peer import CX, LIR, MAR, SAR, TGPP, UAR, Peer, avp, avps_of, head_of, u32

PORT, HOST, REALM = int(sys.argv[1]), sys.argv[2], sys.argv[3]
ME = "wire." + REALM
SERVER = "sip:scscf." + REALM
ALICE, ALICE_IMPI = "sip:alice@" + REALM, "alice.private@" + REALM
REDIRECT, UNKNOWN = (False, 3006), (True, 5001)
DONT_CACHE, ALL_USER = 0, 6
A, B, C = (["aaa://hss1.%s:3868;transport=tcp" % REALM], ["aaa://hss2.%s:3870;transport=sctp" % REALM,
           "aaas://hss2b.%s:5658;transport=tcp" % REALM], ["aaa://hss3.%s:3868;transport=tcp" % REALM])


def number(octets):
    return struct.unpack("!I", octets)[0]


def members(octets):
    return {(code, vendor): data for code, vendor, data in avps_of(octets)}


def request(hop, command, impi, impus):
    parts = head_of(ME, REALM, hop) + ([avp(1, impi)] if impi else [])
    parts += [avp(601, impu, TGPP) for impu in impus]
    if command == UAR:
        parts.append(avp(600, REALM, TGPP))
    elif command == MAR:
        parts += [avp(612, avp(608, "Digest-AKAv1-MD5", TGPP), TGPP), avp(607, u32(1), TGPP), avp(602, SERVER, TGPP)]
    elif command == SAR:
        parts += [avp(602, SERVER, TGPP), avp(614, u32(5), TGPP), avp(624, u32(0), TGPP)]
    return parts


# name, command, IMPI, IMPUs, result, hosts, usage, cache time
CASES = [
    ("UAR of an exact identity", UAR, ALICE_IMPI, [ALICE], REDIRECT, B, ALL_USER, 120),
    ("MAR of an exact identity", MAR, ALICE_IMPI, [ALICE], REDIRECT, B, ALL_USER, 120),
    ("SAR of an exact identity", SAR, ALICE_IMPI, [ALICE], REDIRECT, B, ALL_USER, 120),
    ("LIR of an exact identity", LIR, None, [ALICE], REDIRECT, B, DONT_CACHE, None),
    ("LIR of an identity in another spelling", LIR, None, ["SIP:alice@%s:5060;user=x" % REALM.upper()], REDIRECT, B,
     DONT_CACHE, None),
    ("UAR with the IMPI of another one", UAR, "001010000000007@" + REALM, [ALICE], REDIRECT, B, DONT_CACHE, None),
    ("SAR without IMPU", SAR, ALICE_IMPI, [], REDIRECT, B, ALL_USER, 120),
    ("SAR of several IMPUs", SAR, None, ["tel:+15550100", "tel:+4930123"], REDIRECT, C, DONT_CACHE, None),
    ("LIR of a number in the range", LIR, None, ["tel:+49-30-123"], REDIRECT, C, DONT_CACHE, None),
    ("LIR of a SIP URI with such a number", LIR, None, ["sip:+4930999@" + REALM], REDIRECT, C, DONT_CACHE, None),
    ("LIR of a longer number", LIR, None, ["tel:+49301234"], UNKNOWN, None, None, None),
    ("LIR of a number with the prefix", LIR, None, ["tel:+4940555666"], REDIRECT, A, DONT_CACHE, None),
    ("UAR of an IMSI in the range", UAR, "001010000000051@" + REALM, ["sip:001010000000051@" + REALM], REDIRECT, A,
     DONT_CACHE, None),
    ("MAR of an IMSI behind the range", MAR, "001010000000100@" + REALM, ["sip:001010000000100@" + REALM], UNKNOWN,
     None, None, None),
    ("LIR of a realm below", LIR, None, ["sip:x@a.b.corp.example"], REDIRECT, C + A, DONT_CACHE, None),
    ("LIR of a PSI in a realm below", LIR, None, ["sip:psi.corp.example"], REDIRECT, C + A, DONT_CACHE, None),
    ("LIR of that realm itself", LIR, None, ["sip:x@corp.example"], UNKNOWN, None, None, None),
    ("LIR of an expression", LIR, None, ["sip:info-7@" + REALM], REDIRECT, A, DONT_CACHE, None),
    ("LIR of more than the expression", LIR, None, ["sip:info-7x@" + REALM], UNKNOWN, None, None, None),
    ("SAR of an unmapped subscriber", SAR, "bob@x.example", ["sip:bob@x.example"], UNKNOWN, None, None, None),
]


def judge(head, avps, impi, impus, result, hosts, usage, time):
    """What is wrong with the answer, or None."""
    results = [(False, number(data)) for code, vendor, data in avps if (code, vendor) == (268, 0)]
    results += [(True, number(members(data)[(298, 0)])) for code, vendor, data in avps if (code, vendor) == (297, 0)]
    of = lambda wanted: [data for code, vendor, data in avps if (code, vendor) == (wanted, 0)]
    if results != [result]:
        return "results %s" % results
    if bool(head[4] & 0x20) != (not result[0] and result[1] // 1000 == 3):
        return "E bit in flags %02x" % head[4]
    if of(264) != [HOST.encode()] or of(296) != [REALM.encode()]:
        return "Origin-Host %s" % of(264)
    if [data.decode() for data in of(292)] != (hosts or []):
        return "Redirect-Host %s" % of(292)
    if [number(data) for data in of(261)] != ([] if usage is None else [usage]):
        return "Redirect-Host-Usage %s" % of(261)
    if [number(data) for data in of(262)] != ([] if time is None else [time]):
        return "Redirect-Max-Cache-Time %s" % of(262)
    if of(1) != ([impi.encode()] if impi else []):
        return "User-Name %s" % of(1)
    if [data.decode() for code, vendor, data in avps if (code, vendor) == (601, TGPP)] != impus[:1]:
        return "Public-Identity"
    if (result == UNKNOWN) != bool(of(281)):
        return "Error-Message %s" % of(281)
    return None


def main():
    faults = 0
    with Peer(PORT, ME, REALM) as peer:
        for name, command, impi, impus, *wanted in CASES:
            avps = peer.ask(command, CX, request(peer.hop + 1, command, impi, impus))
            wrong = judge(peer.head, avps, impi, impus, *wanted)
            print("ok " + name if wrong is None else "FAILED: %s: %s" % (name, wrong))
            faults += wrong is not None
        # what is malformed is refused as an HSS does it
        parts = request(peer.hop + 1, LIR, None, [ALICE])[:-1]
        avps = peer.ask(LIR, CX, parts)
        wrong = [number(data) for code, vendor, data in avps if (code, vendor) == (268, 0)] != [5005]
        print("FAILED: a missing AVP: %s" % avps if wrong else "ok a missing AVP is refused")
        faults += wrong
    return faults


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
