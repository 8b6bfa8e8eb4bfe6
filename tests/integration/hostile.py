#!/usr/bin/env python3
"""Hostile peers on the wire, built octet by octet, while an honest peer asks on.

usage: hostile.py ROUNDS PORT PID LOG REALM IMPI IMPU SERVER-NAME [ATTACK]...

PID is the daemon's, LOG the file of its log. Each attack goes on until an honest peer that is connected has been
served meanwhile, and until new honest peers have connected and been served, within BOUND_S each. For each attack a line "ok
NAME: ..." or "FAILED: NAME ...". In a second round the daemon's memory has to be near what it was after the first.
The hostile peers of each attack come from an address of their own, the honest ones from 127.0.0.1. The attack
"descriptors" is made only when it is named: for a daemon with few of them.
"""
import itertools
import multiprocessing
import os
import random
import socket
import struct
import sys
import time

from peer import CER, CX, DPR, DWR, LIR, MAR, REQUEST, TGPP, Peer, avp, cer_of, head_of, lir, mar, message, u32

ROUNDS, PORT, PID, LOG, REALM, IMPI, IMPU, SERVER = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:9]
BOUND_S = 10        # of whatever honest peers wait for; a busy machine with sanitizers is slow
SERVED_MIN = 20     # answers that the honest peer gets during each attack
LINES_A_SECOND = 200  # of the log; LOG_PEER_LINES_MAX and LOG_LIBRARY_LINES_MAX together, with some room
GROWN_KIB = 16384   # resident memory of a whole second round of attacks: peers that are kept for minutes, stacks
T = 0x10

count = itertools.count(1)
random.seed(5)
evil = ["127.0.0.66"]  # where the attack comes from


def name(kind):
    return "%s%d-%d.%s" % (kind, os.getpid(), next(count), REALM)


def plug():
    """A connection of the attacker's, without a word."""
    sock = socket.socket()
    sock.bind((evil[0], 0))
    sock.settimeout(BOUND_S)
    sock.connect(("127.0.0.1", PORT))
    return sock


def admitted():
    peer = Peer(PORT, name("evil"), REALM, source=evil[0])
    peer.sock.settimeout(BOUND_S)
    return peer


def finish(sock, octets):
    """Send, say that this was all, and read until the HSS closes. Returns whether it said anything."""
    said = False
    try:
        sock.sendall(octets)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            said = True
    except socket.timeout:
        raise
    except OSError:
        pass  # closed before all was said
    sock.close()
    return said


def volley(octets, times=3):
    """The same from strangers and from a peer that was let in."""
    for _ in range(times):
        finish(plug(), octets)
    finish(admitted().sock, octets * times)


def request(avps, code=MAR, flags=REQUEST | 0x40, **more):
    host = name("evil")
    return message(code, CX, head_of(host, REALM, 1) + avps, flags=flags, **more)


def cer(avps, **more):
    return message(CER, 0, avps, flags=REQUEST, **more)


# The attacks: each is called again and again until it is to end. What it yields first is "under way".

def lengths():
    """Messages that claim another length than they have."""
    for size in (0, 1, 2, 3, 4, 19, 20, 21, 22, 23, 0xffff, 0x10000, 0xffffff):
        volley(message(MAR, CX, [], length=size) + bytes(64), 1)
        volley(cer(cer_of(name("evil"), REALM), length=size) + bytes(64), 1)


def avp_lengths():
    """AVPs that claim another length than they have."""
    for size in (0, 1, 7, 8, 11, 12, 4000, 0xffffff):
        volley(request([avp(602, "x", TGPP, length=size)]), 1)
        volley(cer(cer_of(name("evil"), REALM) + [avp(269, "x", length=size)]), 1)
        volley(request([avp(612, avp(608, "x", TGPP, length=size), TGPP)]), 1)


def versions():
    for version in (0, 2, 0x7f, 0xff):
        octets = request([avp(1, IMPI)])
        volley(bytes([version]) + octets[1:], 1)


def garbage():
    """Other protocols, and none."""
    hello = bytes.fromhex("16030100c8010000c40303") + bytes(range(193))
    for octets in (hello, b"GET / HTTP/1.1\r\nHost: hss\r\n\r\n", b"\0" * 100, os.urandom(3000), b"\1", b"\xff" * 5000):
        volley(octets, 1)


def nested():
    """Groups in groups, as deep as a message can hold them, and deeper."""
    for code, vendor in ((612, TGPP), (279, 0)):
        for limit in (200, 20000, 65000, 70000):
            tree = b""
            while len(tree) < limit:
                tree = avp(code, tree, vendor)
            volley(request([tree]), 1)
            volley(cer(cer_of(name("evil"), REALM) + [tree]), 1)


def many_avps():
    """8,000 AVPs are as many as a message can hold; 10,000 are more."""
    for n in (8000, 10000):
        volley(request([avp(33, flags=0)] * n), 1)
        volley(request([avp(601, flags=0, vendor=TGPP)] * (n // 2)), 1)
        volley(cer(cer_of(name("evil"), REALM) + [avp(33, flags=0)] * n), 1)


def texts(value):
    """The value in every AVP that holds text."""
    for code, vendor in ((263, 0), (264, 0), (296, 0), (283, 0), (293, 0), (1, 0), (601, TGPP), (602, TGPP), (281, 0), (282, 0)):
        parts = {263: avp(263, "a;1;1"), 260: avp(260, avp(266, u32(TGPP)) + avp(258, u32(CX))), 277: avp(277, u32(1)),
                 264: avp(264, "x." + REALM), 296: avp(296, REALM), 283: avp(283, REALM), 1: avp(1, IMPI),
                 601: avp(601, IMPU, TGPP), 612: avp(612, avp(608, value, TGPP), TGPP), 602: avp(602, SERVER, TGPP)}
        parts[code] = avp(code, value, vendor)
        volley(message(MAR, CX, parts.values()), 1)
    for code in (264, 296, 269):
        parts = cer_of(name("evil"), REALM)
        parts = [avp(code, value) if p[:4] == u32(code) else p for p in parts]
        finish(plug(), cer(parts))


def no_utf8():
    for value in (b"\xff\xfe\xfd", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\0b", b""):
        texts(value)


def long_names():
    texts(b"a" * 60000)
    texts(b"a@" * 32000)


def hold(first):
    """Several hundred connections that are held open after they have sent this."""
    held = []
    try:
        for _ in range(2000):
            sock = plug()
            sock.setblocking(False)
            held.append(sock)
            if first:
                sock.send(first)
    except OSError:
        pass  # the HSS or the kernel has had enough: so much the better
    yield
    for sock in held:
        sock.close()


def silence():
    yield from hold(b"")


def half_headers():
    yield from hold(b"\1")


def half_messages():
    yield from hold(cer(cer_of(name("evil"), REALM))[:-4])


def strangers():
    """CERs of identities that nobody knows: most are not even looked at."""
    start = time.monotonic()
    said = sum(finish(plug(), cer(cer_of("stranger%d.example" % n, "example"))) for n in range(600))
    most = 200 + 10 * (time.monotonic() - start + 1)  # NEWCOMERS_CER_BURST, NEWCOMERS_CER_RATE
    assert said < most, "%d strangers were answered" % said


def same_name():
    """A second connection under an identity that is connected, and CERs on one that is open."""
    peer = admitted()
    for _ in range(100):
        finish(plug(), cer(cer_of(peer.host, REALM)))
    finish(peer.sock, cer(cer_of(peer.host, REALM)) * 2000)


def churn():
    """Many identities that are let in, each once."""
    for _ in range(100):
        peer = admitted()
        peer.abort()


def repeats():
    """Requests that are said to be repeated."""
    peer = admitted()
    parts = head_of(peer.host, REALM, 7) + [
        avp(1, IMPI), avp(601, IMPU, TGPP), avp(612, avp(608, "Digest-AKAv1-MD5", TGPP), TGPP),
        avp(607, u32(1), TGPP), avp(602, SERVER, TGPP)]
    finish(peer.sock, message(MAR, CX, parts, flags=REQUEST | 0x40 | T, hop=7) * 2000)


def answers():
    """Answers to what nobody asked."""
    peer = admitted()
    octets = b"".join(message(code, CX, [avp(263, "a;1;1"), avp(268, u32(2001)), avp(264, peer.host), avp(296, REALM)],
                              flags=0x40, hop=random.getrandbits(32)) for code in (304, 305, LIR, 280, 257) * 2000)
    finish(peer.sock, octets)


def watchdogs():
    """Watchdog requests, whose answers are read, and are not."""
    for buffer in (None, 4096):
        peer = Peer(PORT, name("evil"), REALM, source=evil[0], receive_buffer=buffer)
        peer.sock.settimeout(BOUND_S)
        octets = message(DWR, 0, [avp(264, peer.host), avp(296, REALM)], flags=REQUEST) * 5000
        if buffer is None:
            finish(peer.sock, octets)
            continue
        try:
            peer.send(octets * 4)
        except OSError:
            pass  # closed, or full: both are right
        peer.abort()


def after_the_end():
    """Requests behind a DPR, and behind a message that closes the connection."""
    dwr = message(DWR, 0, [avp(264, "x." + REALM), avp(296, REALM)], flags=REQUEST)
    for _ in range(20):
        for end in (message(DPR, 0, [avp(264, "x." + REALM), avp(296, REALM), avp(273, u32(0))], flags=REQUEST),
                    request([avp(602, "x", TGPP, length=4000)])):
            finish(admitted().sock, end + dwr * 2000)


def descriptors():
    """More peers that are let in than the daemon has descriptors for."""
    held = []
    for n in range(360):
        evil[0] = "127.0.1.%d" % (1 + n // 150)
        try:
            held.append(admitted())
        except ConnectionError:
            break
    else:
        raise AssertionError("all were let in")
    assert len(held) > 50, "only %d were let in" % len(held)
    yield
    for peer in held:
        peer.sock.close()


ATTACKS = (lengths, avp_lengths, versions, garbage, nested, many_avps, no_utf8, long_names, silence, half_headers,
           half_messages, strangers, same_name, churn, repeats, answers, watchdogs, after_the_end)


def attack_run(attack, under_way, stop, address):
    evil[0] = address
    while True:
        try:
            step = attack()
        except ConnectionError:
            if not under_way.is_set():
                raise
            stop.wait()  # it has sent as many CERs as it may
            return
        if step is not None:  # one that holds something
            next(step)
            under_way.set()
            stop.wait()
            for _ in step:
                pass
        under_way.set()
        if stop.is_set():
            return


def honest_run(served, worst):
    """An honest peer that asks without end, one request at a time."""
    with Peer(PORT, name("honest"), REALM) as peer:
        for hop in itertools.count(2):
            start = time.monotonic()
            peer.send(lir(peer.host, REALM, hop, IMPU))
            assert (268, 0, u32(3004)) not in peer.answer(), "an honest request was answered TOO_BUSY"
            worst.value = max(worst.value, time.monotonic() - start)
            served.value += 1


def newcomer():
    """How long a new honest peer takes until it is served; it tries again when it is refused."""
    start = time.monotonic()
    while True:
        try:
            with Peer(PORT, name("new"), REALM) as peer:
                peer.send(lir(peer.host, REALM, 2, IMPU))
                peer.answer()
            return time.monotonic() - start
        except ConnectionError:
            if time.monotonic() > start + BOUND_S:
                raise


def log_lines():
    with open(LOG, "rb") as log:
        return sum(1 for _ in log)


def resident():
    with open("/proc/%s/status" % PID) as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def under_attack(attack, served, worst, address):
    """Returns what an operator would like to know."""
    under_way, stop = multiprocessing.Event(), multiprocessing.Event()
    lines, start, before = log_lines(), time.monotonic(), served.value
    worst.value = 0
    hostile = multiprocessing.Process(target=attack_run, args=(attack, under_way, stop, address), daemon=True)
    hostile.start()
    newest = newcomer() if attack is not descriptors else 0
    while not under_way.wait(0.05):
        assert hostile.is_alive() and time.monotonic() < start + 60, "the attack does not get on"
    newest = max(newest, newcomer() if attack is not descriptors else 0)
    while served.value < before + SERVED_MIN:
        assert time.monotonic() < start + 20, "the honest peer was served %d times only" % (served.value - before)
        time.sleep(0.01)
    stop.set()
    hostile.join(60)
    assert hostile.exitcode == 0, "the attacker ended with %s" % hostile.exitcode
    newest = max(newest, newcomer())
    elapsed, lines = time.monotonic() - start, log_lines() - lines
    text = "%.1f s, %d requests served meanwhile, none waited longer than %.2f s, new peers %.2f s; %d lines logged" % (
        elapsed, served.value - before, worst.value, newest, lines)
    assert worst.value < BOUND_S and newest < BOUND_S, text
    assert lines < LINES_A_SECOND * (elapsed + 2), text
    return text


def main():
    chosen = [attack for attack in (*ATTACKS, descriptors)
              if attack.__name__ in (sys.argv[9:] or [known.__name__ for known in ATTACKS])]
    served, worst = multiprocessing.Value("l", 0), multiprocessing.Value("d", 0)
    honest = multiprocessing.Process(target=honest_run, args=(served, worst), daemon=True)
    honest.start()
    faults, memory = 0, []
    for turn in range(ROUNDS):
        for n, attack in enumerate(chosen):
            address = "127.0.%d.%d" % (66 + turn, 1 + n)
            try:
                text = under_attack(attack, served, worst, address)
                assert honest.is_alive(), "the honest peer lost its connection"
                print("ok   %s: %s" % (attack.__name__, text), flush=True)
            except (AssertionError, OSError) as error:
                faults += 1
                print("FAILED: %s: %r" % (attack.__name__, error), flush=True)
                if not os.path.exists("/proc/%s" % PID) or not honest.is_alive():
                    return 1
        memory.append(resident())
    grown = memory[-1] > memory[0] + GROWN_KIB
    print("%s: %s KiB resident after each round" % ("FAILED: memory" if grown else "ok   memory", ", ".join(map(str, memory))))
    return 1 if faults or grown else 0


sys.exit(main())
