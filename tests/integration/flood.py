#!/usr/bin/env python3
"""A peer that asks without end and never reads an answer.

usage: flood.py PORT REALM IMPI IMPU SERVER-NAME

Sends sound MARs until the HSS closes the connection, then again under another identity. Writes a line for every
5000 MARs and for every connection that was closed. Ends when it is told to, or when nobody listens any more.
"""
import itertools
import os
import socket
import struct
import sys

PORT, REALM, IMPI, IMPU, SERVER = int(sys.argv[1]), *sys.argv[2:6]
CX, TGPP = 16777216, 10415
BATCH = 50


def avp(code, data, vendor=0):
    data = data.encode() if isinstance(data, str) else data
    size = 8 + (4 if vendor else 0) + len(data)
    head = struct.pack("!II", code, (0xC0 if vendor else 0x40) << 24 | size)
    return head + (struct.pack("!I", vendor) if vendor else b"") + data + b"\0" * (-size % 4)


def u32(value):
    return struct.pack("!I", value)


def message(code, app, flags, hop, *avps):
    body = b"".join(avps)
    return struct.pack("!IIIII", 1 << 24 | 20 + len(body), flags << 24 | code, app, hop, hop) + body


def connect(host):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.connect(("127.0.0.1", PORT))
    sock.sendall(message(
        257, 0, 0x80, 1, avp(264, host), avp(296, REALM), avp(257, b"\0\1\x7f\0\0\1"), avp(266, u32(TGPP)),
        avp(269, "flood"), avp(265, u32(TGPP)), avp(260, avp(266, u32(TGPP)) + avp(258, u32(CX)))))
    head = sock.recv(20, socket.MSG_WAITALL)
    sock.recv(struct.unpack("!I", b"\0" + head[1:4])[0] - 20, socket.MSG_WAITALL)
    return sock


def mar(host, hop):
    return message(
        303, CX, 0xC0, hop, avp(263, "%s;1;%d" % (host, hop)), avp(260, avp(266, u32(TGPP)) + avp(258, u32(CX))),
        avp(277, u32(1)), avp(264, host), avp(296, REALM), avp(283, REALM), avp(1, IMPI), avp(601, IMPU, TGPP),
        avp(612, avp(608, "Digest-AKAv1-MD5", TGPP), TGPP), avp(607, u32(5), TGPP), avp(602, SERVER, TGPP))


def flood(host):
    with connect(host) as sock:
        for start in itertools.count(0, BATCH):
            if start % 5000 == 0:
                print("sent %d" % start, flush=True)
            try:
                sock.sendall(b"".join(mar(host, hop) for hop in range(start, start + BATCH)))
            except OSError:
                print("closed", flush=True)
                return


for n in itertools.count(1):
    try:
        flood("flood%d-%d.%s" % (os.getpid(), n, REALM))
    except ConnectionRefusedError:
        break
    except (OSError, struct.error):
        continue  # the HSS closed the connection before it answered the CER
