"""A peer that connects with TLS, as python's ssl does it, and sends a CER: what comes of it.

    tls_peer.py PORT ORIGIN-HOST REALM CA VERSION [FOLDER [TIMES]]

VERSION is 1.1, 1.2, 1.3, or "plain" for none; FOLDER has tls.pem and tls.key. Prints the Result-Code of the CEA, or "closed".
With TIMES it connects so often, and each time says goodbye while the HSS still answers its watchdogs.
"""
import ssl
import struct
import sys
import time

import peer


class TlsPeer(peer.Peer):
    def __init__(self, port, host, realm, context):
        self.host, self.realm, self.hop = host, realm, 0
        self.sock = peer.socket.create_connection(("127.0.0.1", port), 20)
        if context:
            self.sock = context.wrap_socket(self.sock)


def context_of(ca, version, folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(ca)
    number = {"1.1": ssl.TLSVersion.TLSv1_1, "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
    if version == "1.1":
        context.set_ciphers("ALL:@SECLEVEL=0")  # OpenSSL itself would not offer it
    context.minimum_version = context.maximum_version = number
    if folder:
        context.load_cert_chain(folder + "/tls.pem", folder + "/tls.key")
    return context


def leave(sock, host, realm):
    """Says goodbye while many answers are under way, of which OpenSSL does not want to hear."""
    sock.sendall(peer.message(peer.DWR, 0, [peer.avp(264, host), peer.avp(296, realm)], flags=peer.REQUEST) * 200)
    try:
        sock.unwrap()
    except (ConnectionError, ssl.SSLError):
        pass
    sock.close()


def main():
    port, host, realm, ca, version = int(sys.argv[1]), *sys.argv[2:6]
    folder = sys.argv[6] if len(sys.argv) > 6 else None
    times = int(sys.argv[7]) if len(sys.argv) > 7 else 0
    context = None if version == "plain" else context_of(ca, version, folder)
    deadline = time.monotonic() + 60
    left = 0
    while left < max(times, 1):
        try:
            tls = TlsPeer(port, host, realm, context)
            answer = tls.ask(peer.CER, 0, peer.cer_of(host, realm), flags=peer.REQUEST)
        except (ConnectionError, ssl.SSLError) as why:
            if left > 0 and time.monotonic() < deadline:
                time.sleep(0.1)  # until the HSS has got over the goodbye before; CERs are limited
                continue
            print("closed", why, file=sys.stderr)
            print("closed")
            return
        if times:
            leave(tls.sock, host, realm)
        left += 1
    print(*(struct.unpack("!I", value)[0] for code, _, value in answer if code == 268))


main()
