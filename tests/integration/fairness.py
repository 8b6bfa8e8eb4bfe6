#!/usr/bin/env python3
"""Peers that take more than their share, beside one that does not.

usage: fairness.py PORT REALM IMPI IMPU SERVER-NAME CASE

  deaf       asks until the HSS reads no more, and never reads an answer
  flood      keeps thousands of requests outstanding on each of four connections, and reads the answers
  reconnect  a peer crashes and comes back; its first requests have to be answered (R15)

In the first two a modest peer asks one LIR after the other meanwhile, and each has to be served
while the other one is still connected.
"""
import select
import struct
import sys
import threading

from peer import Peer, lir, mar

PORT, REALM, IMPI, IMPU, SERVER, CASE = int(sys.argv[1]), *sys.argv[2:7]
MODEST = 300


def is_served(answer):
    """The user is not registered: an Experimental-Result says so, and no Result-Code such as TOO_BUSY."""
    return [code for code, _, _ in answer if code in (268, 297)] == [297]


def modest():
    with Peer(PORT, "modest." + REALM, REALM) as peer:
        for hop in range(100, 100 + MODEST):
            peer.send(lir(peer.host, REALM, hop, IMPU))
            answer = peer.answer()
            assert is_served(answer), "LIR %d of the modest peer was not served: %r" % (hop, answer)


def is_connected(peer):
    """The deaf peer has answers to read, and behind them neither an end nor an error yet."""
    poll = select.poll()
    poll.register(peer.sock, select.POLLIN | select.POLLRDHUP)
    events = dict(poll.poll(0)).get(peer.sock.fileno(), 0)
    return events == select.POLLIN


def deaf_once(name):
    """Whether the modest peer had all its answers while the deaf one was stuck and still connected."""
    with Peer(PORT, name, REALM, 4096) as peer:
        peer.sock.setblocking(False)
        wait = select.poll()
        wait.register(peer.sock, select.POLLOUT)
        hop, rest = 100, b""
        try:
            while wait.poll(500):  # nothing can be sent any more: the HSS does not read
                rest = rest or mar(name, REALM, hop, IMPI, IMPU, SERVER, 5)
                rest = rest[peer.sock.send(rest):]
                hop += not rest
                assert hop < 1000000, "the HSS takes every request of a peer that reads no answer"
        except ConnectionError:
            return False
        modest()
        return is_connected(peer)


def deaf():
    """freeDiameter ends a connection that takes nothing for some seconds, so it may need several."""
    tries = 1
    while not deaf_once("deaf%d.%s" % (tries, REALM)):
        tries += 1
        assert tries < 20, "the modest peer was served only after the deaf one was disconnected"
    print("ok deaf: %d LIRs of the modest peer answered beside a peer that reads no answer" % MODEST)


class Flood(threading.Thread):
    """One connection with WINDOW requests outstanding, until told to stop."""
    WINDOW = 4000

    def __init__(self, n):
        super().__init__(daemon=True)
        self.peer = Peer(PORT, "flood%d.%s" % (n, REALM), REALM)
        self.lirs = [lir(self.peer.host, REALM, hop, IMPU) for hop in range(100, 100 + self.WINDOW)]
        self.answered = 0
        self.ended = False
        self.stop = False

    def run(self):
        sender = threading.Thread(target=self.peer.send, args=(b"".join(self.lirs),), daemon=True)
        sender.start()
        while not self.stop:
            head = self.peer.exact(20)
            self.peer.exact(struct.unpack("!I", b"\0" + head[1:4])[0] - 20)
            self.answered += 1
            if not sender.is_alive():
                self.peer.send(self.lirs[self.answered % self.WINDOW])
        self.ended = True


def flood():
    floods = [Flood(n) for n in range(4)]
    for f in floods:
        f.start()
    while min(f.answered for f in floods) == 0:
        assert all(f.is_alive() for f in floods)
    before = sum(f.answered for f in floods)
    modest()
    assert all(f.is_alive() for f in floods), "a flooding peer was disconnected before the end"
    print("ok flood: %d answers to the floods, %d LIRs of the modest peer answered"
          % (sum(f.answered for f in floods) - before, MODEST))


def connect_again(host):
    """The HSS refuses a second connection as long as it has not noticed that the first one is broken."""
    for _ in range(1000):
        try:
            return Peer(PORT, host, REALM)
        except ConnectionError:
            continue
    sys.exit("the HSS does not let a peer in that crashed")


def reconnect():
    host = "crash." + REALM
    for round_ in range(5):
        peer = connect_again(host)
        for hop in range(100, 150):
            peer.send(lir(host, REALM, hop, IMPU))
        for _ in range(50):
            assert is_served(peer.answer()), "LIR not served in round %d" % round_
        for hop in range(150, 200):  # these are under way when it crashes
            peer.send(lir(host, REALM, hop, IMPU))
        peer.abort()
    print("ok reconnect: every request after a crash is answered")


{"deaf": deaf, "flood": flood, "reconnect": reconnect}[CASE]()
