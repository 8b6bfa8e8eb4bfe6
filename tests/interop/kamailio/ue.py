#!/usr/bin/env python3
"""A small IMS UE: SIP over UDP, IMS AKA (RFC 3310, TS 33.203) with a Milenage of its own. No P-CSCF and no IPsec.

usage: ue.py --proxy ADDRESS:PORT --realm REALM --impi IMPI --impu IMPU --secrets FILE [--visited NETWORK] [--trace]

FILE has the lines k=HEX and opc=HEX. The UE obeys commands from standard input, one a line, and answers each with one
line, which names every response that it got:

    register            register, or register again, for an hour; "auts" is where it refused an SQN
    deregister          end the registration
    wrong-response      like register, with a RES that is wrong
    advance N           the USIM has meanwhile seen SQNs that are N SEQs further
    associated          the identities of P-Associated-URI in the last 200 to a REGISTER, in order of their names
    send URI TEXT       send a MESSAGE
    send-at NODE URI TEXT  the same to NODE, host and port of an S-CSCF
    options URI         ask the node at URI, host and port, how it is
    inbox               the MESSAGEs that came since the last time

It ends with standard input. A challenge that does not come from the HSS of this USIM ends it at once, as do CK and IK,
where the challenge shows them, that are not those of the USIM. --trace prints every SIP message on standard error.
"""
import argparse
import base64
import hashlib
import os
import re
import select
import socket
import sys
import time

import milenage

T1, T2, GIVE_UP = 0.5, 4.0, 32.0  # RFC 3261, 17.1.2.2
IND_BITS = 5  # TS 33.102 C.3: SQN is SEQ || IND


class Usim:
    """K, OPc and the highest SEQ accepted for each IND (TS 33.102 C.2.2)."""

    def __init__(self, path):
        with open(path, encoding="ascii") as file:
            secrets = dict(line.strip().split("=", 1) for line in file if "=" in line)
        self.k, self.opc = bytes.fromhex(secrets["k"]), bytes.fromhex(secrets["opc"])
        self.seq = [0] * (1 << IND_BITS)

    def advance(self, count):
        self.seq = [max(self.seq) + count] * len(self.seq)

    def challenge(self, rand, autn):
        """RES, CK, IK and no AUTS when SQN is fresh, else AUTS alone (TS 33.102 6.3.3)."""
        res, ck, ik, ak, ak_resync = milenage.f2345(self.k, self.opc, rand)
        sqn = milenage.xor(autn[:6], ak)
        if milenage.f1(self.k, self.opc, rand, sqn, autn[6:8])[0] != autn[8:]:
            sys.exit("ue.py: the MAC of a challenge is wrong")
        seq, ind = divmod(int.from_bytes(sqn, "big"), 1 << IND_BITS)
        if seq > self.seq[ind]:
            self.seq[ind] = seq
            return res, ck, ik, None
        highest = max(self.seq)
        sqn_ms = (highest << IND_BITS | self.seq.index(highest)).to_bytes(6, "big")
        mac_s = milenage.f1(self.k, self.opc, rand, sqn_ms, b"\0\0")[1]
        return None, None, None, milenage.xor(sqn_ms, ak_resync) + mac_s


class Message:
    """A SIP message as it came: start line, header fields by name in lower case, body."""

    def __init__(self, octets):
        head, _, self.body = octets.decode().partition("\r\n\r\n")
        self.start, *lines = head.split("\r\n")
        self.fields = {}
        for line in lines:
            name, _, value = line.partition(":")
            self.fields.setdefault(name.strip().lower(), []).append(value.strip())

    def field(self, name):
        return ", ".join(self.fields.get(name, []))

    def status(self):
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else None


class Ue:
    def __init__(self, options):
        self.options = options
        self.usim = Usim(options.secrets)
        self.proxy = self.address(options.proxy)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(self.proxy)
        here = self.socket.getsockname()
        self.socket.close()
        # The same address again, unconnected: a MESSAGE comes from the S-CSCF.
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(here)
        self.here = "%s:%d" % here
        self.call_id, self.cseq = self.token() + "@" + self.here, 0  # of all its REGISTERs (RFC 3261, 10.2)
        self.inbox = []
        self.associated = []

    @staticmethod
    def token():
        return os.urandom(8).hex()

    def trace(self, arrow, octets):
        if self.options.trace:
            print(arrow, octets.decode().replace("\r\n", "\n"), sep="\n", file=sys.stderr)

    def put(self, octets, address):
        self.trace(">>>", octets)
        self.socket.sendto(octets, address)

    def get(self, seconds):
        """The next response within this time, or None. Requests are answered in passing."""
        end = time.monotonic() + seconds
        while select.select([self.socket], [], [], max(0, end - time.monotonic()))[0]:
            octets, address = self.socket.recvfrom(65535)
            self.trace("<<<", octets)
            message = Message(octets)
            if message.status() is not None:
                return message
            self.answer(message, address)
        return None

    def answer(self, request, address):
        method = request.start.split()[0]
        if method == "MESSAGE":
            self.inbox.append(request.body)
        lines = ["SIP/2.0 " + ("200 OK" if method == "MESSAGE" else "405 Method Not Allowed")]
        lines += ["Via: " + via for via in request.fields["via"]]
        lines += ["%s: %s" % (name, request.field(name)) for name in ("from", "call-id", "cseq")]
        lines += ["To: %s;tag=%s" % (request.field("to"), self.token()), "Content-Length: 0", "", ""]
        self.put("\r\n".join(lines).encode(), address)

    def request(self, method, uri, to, fields=(), body="", address=None, call_id=None):
        """Send a request until its final response comes (RFC 3261, 17.1.2)."""
        call_id = call_id or self.token() + "@" + self.here
        self.cseq += 1
        cseq = "%d %s" % (self.cseq, method)
        head = ["%s %s SIP/2.0" % (method, uri), "Via: SIP/2.0/UDP %s;rport;branch=z9hG4bK%s" % (self.here, self.token()),
                "Max-Forwards: 70", "From: <%s>;tag=%s" % (self.options.impu, self.token()), "To: <%s>" % to,
                "Call-ID: " + call_id, "CSeq: " + cseq, *fields, "Content-Length: %d" % len(body), "", body]
        wait, end = T1, time.monotonic() + GIVE_UP
        while time.monotonic() < end:
            self.put("\r\n".join(head).encode(), address or self.proxy)
            again = time.monotonic() + wait
            wait = min(2 * wait, T2)
            while (left := again - time.monotonic()) > 0:
                response = self.get(left)
                if response is None or response.field("call-id") != call_id or response.field("cseq") != cseq:
                    continue
                if response.status() >= 200:
                    return response
        sys.exit("ue.py: no answer to %s" % cseq)

    def register(self, expires, authorization="", **more):
        """A REGISTER with these parameters behind the four that an Authorization of IMS always has (TS 24.229 5.1.1.2)."""
        realm, impi = self.options.realm, self.options.impi
        more = {"nonce": "", "response": "", **more}
        named = {"username": impi, "realm": realm, "uri": "sip:" + realm, **more}
        digest = ", ".join('%s="%s"' % pair for pair in named.items())
        user = re.match(r"sips?:([^@]+)@", self.options.impu)
        fields = ["Contact: <sip:%s@%s>;expires=%d" % (user.group(1) if user else "ue", self.here, expires),
                  "Expires: %d" % expires, "Authorization: Digest " + digest + authorization, "Supported: path",
                  'P-Visited-Network-ID: ' + (self.options.visited or realm)]
        return self.request("REGISTER", "sip:" + realm, self.options.impu, fields, call_id=self.call_id)

    def digest(self, password, nonce):
        """The parameters of an answer to a challenge (RFC 2617 3.2.2 with qop=auth; RFC 3310 3.3: the password is RES)."""
        def md5(*parts):
            return hashlib.md5(b":".join(part if isinstance(part, bytes) else part.encode() for part in parts)).hexdigest()
        uri, cnonce = "sip:" + self.options.realm, self.token()
        a1, a2 = md5(self.options.impi, self.options.realm, password), md5("REGISTER", uri)
        return ({"nonce": nonce, "cnonce": cnonce, "response": md5(a1, nonce, "00000001", cnonce, "auth", a2)},
                ", algorithm=AKAv1-MD5, qop=auth, nc=00000001")

    def authenticate(self, expires, spoil=False):
        """Register; returns the responses in words."""
        response, words = self.register(expires), []
        while response.status() == 401 and len(words) < 8:
            words.append("401")
            challenge = dict(re.findall(r'(\w+)="?([^",]*)', response.field("www-authenticate")))
            octets = base64.b64decode(challenge["nonce"])
            res, ck, ik, auts = self.usim.challenge(octets[:16], octets[16:32])
            if auts:
                # TS 33.102 6.3.3, RFC 3310 3.4: the password is empty.
                words.append("auts")
                more, rest = self.digest(b"", challenge["nonce"])
                more["auts"] = base64.b64encode(auts).decode()
            else:
                if any(name in challenge and bytes.fromhex(challenge[name]) != key for name, key in (("ck", ck), ("ik", ik))):
                    sys.exit("ue.py: the CK or IK of a challenge is wrong")
                if spoil:
                    res = bytes([res[0] ^ 1]) + res[1:]
                more, rest = self.digest(res, challenge["nonce"])
            response = self.register(expires, rest, **more)
        if response.status() == 200:
            self.associated = sorted(re.findall(r"<([^>]+)>", response.field("p-associated-uri")))
        return words + [str(response.status())]

    @staticmethod
    def address(node):
        host, _, port = node.rpartition(":")
        return socket.gethostbyname(host), int(port)

    def send(self, address, uri, *words):
        fields = ["Content-Type: text/plain"]
        return [str(self.request("MESSAGE", uri, uri, fields, " ".join(words), address=address).status())]

    def obey(self, command, *rest):
        if command == "register":
            return self.authenticate(3600)
        if command == "deregister":
            return self.authenticate(0)
        if command == "wrong-response":
            return self.authenticate(3600, spoil=True)
        if command == "advance":
            self.usim.advance(int(rest[0]))
            return ["done"]
        if command == "associated":
            return self.associated
        if command == "send":
            return self.send(None, *rest)
        if command == "send-at":
            return self.send(self.address(rest[0]), *rest[1:])
        if command == "options":
            address = self.address(rest[0].removeprefix("sip:"))
            return [str(self.request("OPTIONS", rest[0], rest[0], address=address).status())]
        if command == "inbox":
            texts, self.inbox = self.inbox, []
            return texts
        return ["unknown command"]

    def run(self):
        buffer = b""
        while True:
            ready = select.select([self.socket, 0], [], [])[0]
            if self.socket in ready:
                self.get(0)
            if 0 in ready:
                octets = os.read(0, 4096)
                if not octets:
                    return
                *lines, buffer = (buffer + octets).split(b"\n")
                for words in (line.decode().split() for line in lines):
                    if words:
                        print(words[0] + ":", *self.obey(*words), flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("usage: ")[1])
    for name in ("proxy", "realm", "impi", "impu", "secrets"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--visited")
    parser.add_argument("--trace", action="store_true")
    Ue(parser.parse_args()).run()


if __name__ == "__main__":
    main()
