"""A Diameter peer of raw octets, without any Diameter library: what the hostile and the odd peers share."""
import socket
import struct

CX, TGPP = 16777216, 10415
V, M = 0x80, 0x40
REQUEST, PROXIABLE = 0x80, 0x40
CER, DWR, DPR, UAR, SAR, LIR, MAR = 257, 280, 282, 300, 301, 302, 303


def avp(code, data=b"", vendor=0, flags=M, length=None):
    """length: what the AVP claims, when that is not the truth."""
    if isinstance(data, str):
        data = data.encode()
    size = 8 + (4 if vendor else 0) + len(data)
    head = struct.pack("!IB", code, flags | (V if vendor else 0))
    head += struct.pack("!I", size if length is None else length)[1:]
    if vendor:
        head += struct.pack("!I", vendor)
    return head + data + b"\0" * (-size % 4)


def u32(value):
    return struct.pack("!I", value)


def message(code, app, avps, flags=REQUEST | PROXIABLE, hop=1, length=None):
    body = b"".join(avps)
    size = 20 + len(body) if length is None else length
    return (b"\x01" + struct.pack("!I", size)[1:] + bytes([flags]) + struct.pack("!I", code)[1:]
            + struct.pack("!III", app, hop, hop) + body)


def avps_of(body):
    found, at = [], 0
    while at + 8 <= len(body):
        code, = struct.unpack_from("!I", body, at)
        flags = body[at + 4]
        size, = struct.unpack("!I", b"\0" + body[at + 5:at + 8])
        vendor, start = 0, at + 8
        if flags & V:
            vendor, = struct.unpack_from("!I", body, at + 8)
            start += 4
        found.append((code, vendor, body[start:at + size]))
        at += size + (-size % 4)
    return found


def head_of(host, realm, hop):
    """What every Cx request begins with."""
    return [avp(263, "%s;1;%d" % (host, hop)), avp(260, avp(266, u32(TGPP)) + avp(258, u32(CX))),
            avp(277, u32(1)), avp(264, host), avp(296, realm), avp(283, realm)]


def cer_of(host, realm, addresses=(b"\0\1\x7f\0\0\1",)):
    """What a CER of an S-CSCF consists of."""
    return [avp(264, host), avp(296, realm), *(avp(257, address) for address in addresses), avp(266, u32(TGPP)),
            avp(269, "peer", flags=0), avp(265, u32(TGPP)), avp(260, avp(266, u32(TGPP)) + avp(258, u32(CX)))]


def lir(host, realm, hop, impu):
    return message(LIR, CX, head_of(host, realm, hop) + [avp(601, impu, TGPP)], hop=hop)


def mar(host, realm, hop, impi, impu, server, vectors):
    return message(MAR, CX, head_of(host, realm, hop) + [
        avp(1, impi), avp(601, impu, TGPP), avp(612, avp(608, "Digest-AKAv1-MD5", TGPP), TGPP),
        avp(607, u32(vectors), TGPP), avp(602, server, TGPP)], hop=hop)


class Peer:
    """A connection under a Diameter identity. Watchdog requests are answered while it waits for something."""

    def __init__(self, port, host, realm, receive_buffer=None, addresses=(b"\0\1\x7f\0\0\1",), source=None):
        self.host, self.realm, self.hop = host, realm, 0
        self.sock = socket.socket()
        if source:
            self.sock.bind((source, 0))
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(60)
        self.sock.connect(("127.0.0.1", port))
        answer = self.ask(CER, 0, cer_of(host, realm, addresses), flags=REQUEST)
        assert (268, 0, u32(2001)) in answer, "capabilities were not accepted"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def abort(self):
        """End the connection without DPR and with a reset, as a crash does."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def send(self, octets):
        self.sock.sendall(octets)

    def exact(self, size):
        data = b""
        while len(data) < size:
            more = self.sock.recv(size - len(data))
            if not more:
                raise ConnectionError("the HSS closed the connection")
            data += more
        return data

    def answer(self):
        """The AVPs of the next answer, whose header is then in self.head."""
        while True:
            self.head = head = self.exact(20)
            size, = struct.unpack("!I", b"\0" + head[1:4])
            body = self.exact(size - 20)
            if not head[4] & REQUEST:
                return avps_of(body)
            if head[4:8] == struct.pack("!I", REQUEST << 24 | DWR):
                hop, end = struct.unpack_from("!II", head, 12)
                answer = message(DWR, 0, [avp(268, u32(2001)), avp(264, self.host), avp(296, self.realm)], flags=0)
                self.send(answer[:12] + struct.pack("!II", hop, end) + answer[20:])

    def ask(self, code, app, avps, flags=REQUEST | PROXIABLE):
        self.hop += 1
        self.send(message(code, app, avps, flags, self.hop))
        return self.answer()
