#!/usr/bin/env python3
"""Milenage (TS 35.206) in plain Python, written for the UE of the tests and from the specification alone: nothing of it is
shared with the HSS. Slow and not constant in time, so for tests only.

usage: milenage.py FILE    check it against the published sets in FILE (tests/vectors/milenage.txt)
"""
import sys


def _tables():
    """The S-box of AES: the inverse in GF(2^8), then an affine map (FIPS 197, 5.1.1)."""
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= (p << 1) ^ (0x11B if p & 0x80 else 0)  # p times 3
        p &= 0xFF
        q ^= q << 1  # q divided by 3
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        turned = q | q << 8
        box[p] = (q ^ turned >> 7 ^ turned >> 6 ^ turned >> 5 ^ turned >> 4) & 0xFF ^ 0x63
        if p == 1:
            break
    box[0] = 0x63
    return box


SBOX = _tables()
DOUBLE = [(n << 1) ^ (0x11B if n & 0x80 else 0) for n in range(256)]
SHIFTED = [4 * ((column + row) % 4) + row for column in range(4) for row in range(4)]


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def _round_keys(key):
    keys, constant = [key], 1
    while len(keys) < 11:
        last = keys[-1]
        word = bytes(SBOX[last[i]] for i in (13, 14, 15, 12))
        word = bytes([word[0] ^ constant]) + word[1:]
        constant = DOUBLE[constant]
        new = b""
        for i in range(0, 16, 4):
            word = xor(last[i:i + 4], word)
            new += word
        keys.append(new)
    return keys


def aes128(key, block):
    """One encryption of one block (FIPS 197)."""
    first, *middle, last = _round_keys(key)
    state = xor(block, first)
    for round_key in middle:
        state = [SBOX[state[i]] for i in SHIFTED]
        mixed = []
        for i in range(0, 16, 4):
            a = state[i:i + 4]
            every = a[0] ^ a[1] ^ a[2] ^ a[3]
            mixed += [a[n] ^ every ^ DOUBLE[a[n] ^ a[(n + 1) % 4]] for n in range(4)]
        state = xor(mixed, round_key)
    return xor([SBOX[state[i]] for i in SHIFTED], last)


def _out(k, opc, block, rotation, constant):
    block = block[rotation // 8:] + block[:rotation // 8]
    return xor(aes128(k, xor(block, constant.to_bytes(16, "big"))), opc)


def f1(k, opc, rand, sqn, amf):
    """MAC-A and MAC-S."""
    temp = aes128(k, xor(rand, opc))
    block = xor((sqn + amf) * 2, opc)
    out = xor(aes128(k, xor(temp, block[8:] + block[:8])), opc)
    return out[:8], out[8:]


def f2345(k, opc, rand):
    """RES, CK, IK, AK, and the AK of a resynchronisation."""
    block = xor(aes128(k, xor(rand, opc)), opc)
    out2 = _out(k, opc, block, 0, 1)
    return (out2[8:], _out(k, opc, block, 32, 2), _out(k, opc, block, 64, 4), out2[:6],
            _out(k, opc, block, 96, 8)[:6])


def _check(path):
    """Every published set has to come out."""
    checked, values = 0, {}
    with open(path, encoding="ascii") as file:
        lines = [line.split() for line in file if not line.startswith("#")]
    for words in lines + [[]]:
        if words and words[0] != "set":
            values[words[0]] = bytes.fromhex(words[1])
            continue
        if "plain" in values:
            assert aes128(values["K"], values["plain"]) == values["cipher"]
            checked += 1
        elif values:
            opc = xor(values["OP"], aes128(values["K"], values["OP"]))
            assert opc == values["OPc"]
            assert f1(values["K"], opc, values["RAND"], values["SQN"], values["AMF"]) == (values["f1"], values["f1*"])
            assert f2345(values["K"], opc, values["RAND"]) == tuple(values[name] for name in ("f2", "f3", "f4", "f5", "f5*"))
            checked += 1
        values = {}
    assert checked > 0
    print("%d sets" % checked)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    _check(sys.argv[1])
