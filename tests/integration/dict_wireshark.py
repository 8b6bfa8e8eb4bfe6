"""Compares the output of dict_dump and the result codes of cx_ids.h with Wireshark's dictionary.

usage: dict_wireshark.py DUMP CX_IDS_H WIRESHARK_DIAMETER_DIR

Fails on a difference that KNOWN does not list, and on an entry of KNOWN that is no difference.
"""

import collections
import re
import sys
import xml.etree.ElementTree as ElementTree

TGPP, ETSI, NONE = 10415, 13019, 0
VENDORS = {"TGPP": TGPP, "ETSI": ETSI}

# Unsigned32, but their values have names; we name those that Cx uses, Wireshark many more.
RESULT_CODES = ((NONE, 268), (NONE, 298))

# Wireshark's names for a data format that say more, or less, than RFC 6733 does.
SAME_TYPE = {
    "OctetStringOrUTF8": "OctetString",
    "VendorId": "Unsigned32",
    "AppId": "Unsigned32",
}

# Differences as compare() words them, with the reason why each one stays.
KNOWN = {}


def known(reason, *differences):
    for difference in differences:
        if difference in KNOWN:
            sys.exit(f"dict_wireshark: listed twice: {difference}")
        KNOWN[difference] = reason


known(
    "Wireshark prefixes names that it has twice, because a display filter knows no vendor",
    "avp 10415/606 User-Data: name Cx-User-Data",
    "avp 10415/607 SIP-Number-Auth-Items: name 3GPP-SIP-Number-Auth-Items",
    "avp 10415/608 SIP-Authentication-Scheme: name 3GPP-SIP-Authentication-Scheme",
    "avp 10415/609 SIP-Authenticate: name 3GPP-SIP-Authenticate",
    "avp 10415/610 SIP-Authorization: name 3GPP-SIP-Authorization",
    "avp 10415/612 SIP-Auth-Data-Item: name 3GPP-SIP-Auth-Data-Item",
    "avp 10415/612 SIP-Auth-Data-Item: member SIP-Authenticate, nothing",
    "avp 10415/612 SIP-Auth-Data-Item: member SIP-Authentication-Scheme, nothing",
    "avp 10415/612 SIP-Auth-Data-Item: member SIP-Authorization, nothing",
    "avp 10415/612 SIP-Auth-Data-Item: member nothing, 3GPP-SIP-Authenticate",
    "avp 10415/612 SIP-Auth-Data-Item: member nothing, 3GPP-SIP-Authentication-Scheme",
    "avp 10415/612 SIP-Auth-Data-Item: member nothing, 3GPP-SIP-Authorization",
    "avp 10415/613 SIP-Item-Number: name 3GPP-SIP-Item-Number",
)
known(
    "the name of early releases; TS 29.229 calls 634 Wildcarded-Public-Identity since Rel-8",
    "avp 10415/634 Wildcarded-Public-Identity: name Wildcarded-PSI",
)
known(
    "another spelling; TS 29.229 and RFC 4740 write Digest-QoP",
    "avp 0/110 Digest-QoP: name Digest-Qop",
    "avp 10415/635 SIP-Digest-Authenticate: member Digest-QoP, nothing",
    "avp 10415/635 SIP-Digest-Authenticate: member nothing, Digest-Qop",
)
known(
    "display names; RFC 6733 6.13 has constants",
    "avp 0/261 Redirect-Host-Usage: value 0 DONT_CACHE, Don't Care",
    "avp 0/261 Redirect-Host-Usage: value 1 ALL_SESSION, All Session",
    "avp 0/261 Redirect-Host-Usage: value 2 ALL_REALM, All Realm",
    "avp 0/261 Redirect-Host-Usage: value 3 REALM_AND_APPLICATION, Realm and Application",
    "avp 0/261 Redirect-Host-Usage: value 4 ALL_APPLICATION, All Application",
    "avp 0/261 Redirect-Host-Usage: value 5 ALL_HOST, All Host",
    "avp 0/298 Experimental-Result-Code: value 2005 DIAMETER_SERVER_SELECTION, "
    "DIAMETER_SERVER_SELECTION(Deprecated value)",
)
known(
    "a format of Wireshark's own for showing four octets; RFC 7155 4.4.10.5.1 has OctetString",
    "avp 0/8 Framed-IP-Address: type OctetString, IPAddress",
)
known(
    "Wireshark sets M where table 6.3.1 of TS 29.229 says that it must not be set",
    "avp 10415/629 Feature-List-ID: M mustnot, must",
    "avp 10415/630 Feature-List: M mustnot, must",
    "avp 10415/631 Supported-Applications: M mustnot, must",
    "avp 10415/632 Associated-Identities: M mustnot, must",
    "avp 10415/634 Wildcarded-Public-Identity: M mustnot, must",
    "avp 10415/653 LIA-Flags: M mustnot, must",
    "avp 10415/654 Initial-CSeq-Sequence-Number: M mustnot, must",
    "avp 10415/655 SAR-Flags: M mustnot, must",
    "avp 10415/657 WebRTC-Authentication-Function-Name: M mustnot, must",
    "avp 10415/658 WebRTC-Web-Server-Function-Name: M mustnot, must",
)
known(
    "M is up to the sender (TS 29.229 6.3.29): set when the features are required",
    "avp 10415/628 Supported-Features: M may, must",
)
known(
    "Wireshark leaves M open; TS 29.229 sets it for the Digest AVPs",
    "avp 0/104 Digest-Realm: M must, may",
    "avp 0/110 Digest-QoP: M must, may",
    "avp 0/111 Digest-Algorithm: M must, may",
    "avp 0/121 Digest-HA1: M must, may",
)
known(
    "Wireshark leaves M open; TS 29.229 clears it: whoever has no overload control ignores them",
    "avp 0/301 DRMP: M mustnot, may",
    "avp 0/621 OC-Supported-Features: M mustnot, may",
    "avp 0/622 OC-Feature-Vector: M mustnot, may",
    "avp 0/623 OC-OLR: M mustnot, may",
    "avp 0/624 OC-Sequence-Number: M mustnot, may",
    "avp 0/625 OC-Validity-Duration: M mustnot, may",
    "avp 0/626 OC-Report-Type: M mustnot, may",
    "avp 0/627 OC-Reduction-Percentage: M mustnot, may",
    "avp 0/649 SourceID: M mustnot, may",
    "avp 0/650 Load: M mustnot, may",
    "avp 0/651 Load-Type: M mustnot, may",
    "avp 0/652 Load-Value: M mustnot, may",
)
known(
    "newer than Wireshark's edition of TS 29.229 (Rel-12)",
    "avp 10415/659 RTR-Flags: Wireshark has none",
    "avp 10415/660 P-CSCF-Subscription-Info: Wireshark has none",
    "avp 10415/661 Registration-Time-Out: Wireshark has none",
    "avp 10415/662 Alternate-Digest-Algorithm: Wireshark has none",
    "avp 10415/663 Alternate-Digest-HA1: Wireshark has none",
    "avp 10415/664 Failed-PCSCF: Wireshark has none",
    "avp 10415/665 PCSCF-FQDN: Wireshark has none",
    "avp 10415/666 PCSCF-IP-Address: Wireshark has none",
    "avp 10415/635 SIP-Digest-Authenticate: member Alternate-Digest-Algorithm, nothing",
    "avp 10415/635 SIP-Digest-Authenticate: member Alternate-Digest-HA1, nothing",
    "avp 10415/639 SCSCF-Restoration-Info: member Registration-Time-Out, nothing",
    "avp 10415/639 SCSCF-Restoration-Info: member SIP-Authentication-Scheme, nothing",
    "avp 10415/649 Restoration-Info: member Call-ID-SIP-Header, nothing",
    "avp 10415/649 Restoration-Info: member Initial-CSeq-Sequence-Number, nothing",
    "avp 10415/649 Restoration-Info: member P-CSCF-Subscription-Info, nothing",
)
known(
    "members of early drafts or of other applications, allowed by *[AVP], not listed by TS 29.229",
    "avp 10415/612 SIP-Auth-Data-Item: member nothing, Authentication-Information-SIM",
    "avp 10415/612 SIP-Auth-Data-Item: member nothing, Authentication-Method",
    "avp 10415/612 SIP-Auth-Data-Item: member nothing, Authorization-Information-SIM",
    "avp 10415/651 Identity-with-Emergency-Registration: member nothing, Restoration-Info",
)
known(
    "RFC 8581 only, which Cx does not use; optional",
    "avp 0/621 OC-Supported-Features: member nothing, OC-Peer-Algo",
)
known(
    "an example of Wireshark's; a Failed-AVP holds any AVP",
    "avp 0/279 Failed-AVP: member nothing, Session-Id",
)
known(
    "not on Cx since v6.5.0 of TS 29.229",
    "avp 10415/627 User-Data-Request-Type-OBSOLETE: we have none",
)


def wireshark_roots(folder):
    """The dictionary's files as trees. They are external entities, not documents of their own."""
    for name in ("dictionary.xml", "TGPP.xml", "etsie2e4.xml"):
        with open(f"{folder}/{name}", encoding="utf-8") as file:
            text = file.read()
        text = re.sub(r"<!DOCTYPE.*?\]>", "", text, flags=re.S)
        text = re.sub(r"<\?.*?\?>", "", text, flags=re.S)
        text = re.sub(r"<!--.*?-->", "", text, flags=re.S)
        text = re.sub(r"&(?!amp;|lt;|gt;|quot;|apos;|#)\w+;", "", text)
        yield ElementTree.fromstring(f"<all>{text}</all>")


class Dictionary:
    def __init__(self):
        self.vendors = {}
        self.avps = {}  # (vendor, code): (name, type, m)
        self.values = collections.defaultdict(dict)  # (vendor, code): {value: name}
        self.members = collections.defaultdict(set)  # (vendor, code): {name of a member}
        self.commands = {}  # code: name without -Request and -Answer


def read_wireshark(folder):
    theirs = Dictionary()
    for root in wireshark_roots(folder):
        for vendor in root.iter("vendor"):
            theirs.vendors[int(vendor.get("code"))] = vendor.get("name")
        for command in root.iter("command"):
            theirs.commands.setdefault(int(command.get("code")), command.get("name"))
        for avp in root.iter("avp"):
            read_wireshark_avp(theirs, avp)
    return theirs


def read_wireshark_avp(theirs, avp):
    vendor = avp.get("vendor-id", "None")
    if vendor not in VENDORS and vendor != "None":
        return
    key = (VENDORS.get(vendor, NONE), int(avp.get("code")))
    if key in theirs.avps:
        return
    kind = avp.find("type")
    kind = "Grouped" if kind is None else kind.get("type-name")
    theirs.avps[key] = (avp.get("name"), SAME_TYPE.get(kind, kind), avp.get("mandatory", "may"))
    for value in avp.findall("enum"):
        theirs.values[key][int(value.get("code"))] = value.get("name")
    for member in avp.iter("gavp"):
        theirs.members[key].add(member.get("name"))


def read_ours(dump, ids):
    ours = Dictionary()
    members = []
    with open(dump, encoding="utf-8") as file:
        for line in file:
            kind, *rest = line.rstrip("\n").split("\t")
            if kind == "vendor":
                ours.vendors[int(rest[0])] = rest[1]
            elif kind == "avp":
                ours.avps[(int(rest[0]), int(rest[1]))] = tuple(rest[2:5])
            elif kind == "enum":
                ours.values[(int(rest[0]), int(rest[1]))][int(rest[2])] = rest[3]
            elif kind == "member":
                members.append(tuple(int(number) for number in rest))
            elif kind == "command":
                code, name = int(rest[0]), re.sub("-(Request|Answer)$", "", rest[2])
                if ours.commands.setdefault(code, name) != name:
                    sys.exit(f"dict_wireshark: command {code} has two names")
            else:
                sys.exit(f"dict_wireshark: a line that dict_dump should not print: {line}")
    for vendor, code, member_vendor, member_code in members:
        ours.members[(vendor, code)].add(ours.avps[(member_vendor, member_code)][0])
    with open(ids, encoding="utf-8") as file:
        for prefix, name, value in re.findall(r"\bCX_(EXP|RC)_(\w+) = (\d+)", file.read()):
            key = (NONE, 298 if prefix == "EXP" else 268)
            ours.values[key][int(value)] = f"DIAMETER_{name}"
    return ours


def compare_avp(ours, theirs, key):
    vendor, code = key
    name, kind, m = ours.avps[key]
    if key not in theirs.avps:
        yield f"avp {vendor}/{code} {name}: Wireshark has none"
        return
    their_name, their_kind, their_m = theirs.avps[key]
    if name != their_name:
        yield f"avp {vendor}/{code} {name}: name {their_name}"
    if kind != their_kind and not (key in RESULT_CODES and their_kind == "Enumerated"):
        yield f"avp {vendor}/{code} {name}: type {kind}, {their_kind}"
    if m != their_m:
        yield f"avp {vendor}/{code} {name}: M {m}, {their_m}"
    for value in sorted(ours.values[key]):
        our_value, their_value = ours.values[key][value], theirs.values[key].get(value, "nothing")
        if our_value != their_value:
            yield f"avp {vendor}/{code} {name}: value {value} {our_value}, {their_value}"
    if key not in RESULT_CODES:
        for value in sorted(set(theirs.values[key]) - set(ours.values[key])):
            yield f"avp {vendor}/{code} {name}: value {value} nothing, {theirs.values[key][value]}"
    yield from compare_members(ours, theirs, key)


def compare_members(ours, theirs, key):
    vendor, code = key
    name = ours.avps[key][0]
    for member in sorted(ours.members[key] - theirs.members[key]):
        yield f"avp {vendor}/{code} {name}: member {member}, nothing"
    for member in sorted(theirs.members[key] - ours.members[key]):
        yield f"avp {vendor}/{code} {name}: member nothing, {member}"


def compare(ours, theirs):
    for vendor, name in sorted(ours.vendors.items()):
        if theirs.vendors.get(vendor) != name:
            yield f"vendor {vendor} {name}: {theirs.vendors.get(vendor)}"
    for code, name in sorted(ours.commands.items()):
        if theirs.commands.get(code) != name.removeprefix("3GPP/"):
            yield f"command {code} {name}: {theirs.commands.get(code)}"
    for key in sorted(ours.avps):
        yield from compare_avp(ours, theirs, key)
    for key, (name, _, _) in sorted(theirs.avps.items()):
        if key[0] == TGPP and 600 <= key[1] <= 699 and key not in ours.avps:
            yield f"avp {key[0]}/{key[1]} {name}: we have none"


def main():
    dump, ids, folder = sys.argv[1:]
    ours = read_ours(dump, ids)
    found = list(compare(ours, read_wireshark(folder)))
    unexpected = [difference for difference in found if difference not in KNOWN]
    gone = [difference for difference in KNOWN if difference not in found]
    for difference in unexpected:
        print(f"unexpected: {difference}", file=sys.stderr)
    for difference in gone:
        print(f"listed, but no difference (any more): {difference}", file=sys.stderr)
    print(f"{len(ours.avps)} AVPs, {len(ours.commands)} commands, {len(found)} differences, "
          f"{len(unexpected)} unexpected, {len(gone)} gone")
    return 1 if unexpected or gone else 0


if __name__ == "__main__":
    sys.exit(main())
