"""Damage to bytes, as transfers, disks and programs that write wrongly do it."""

from __future__ import annotations

from random import Random

#: What programs write where they mean "nothing", "all" or "the largest".
EXTREMES = (b"\0", b"\xff", b"\x7f\xff", b"\x80\x00", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\xff" * 8,
            b"\x00\x00\xc0\x7f", b"\x00\x00\x80\xff")


def damage_bytes(data: bytes, rng: Random, most: int | None = None) -> bytes:
    """Return bytes with one to three kinds of damage, within the first ``most`` of them if given."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        if data:
            data = rng.choice(_WAYS)(data, rng, min(most or len(data), len(data)))
    return data


def _flip(data: bytes, rng: Random, most: int) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 4, 30))):
        changed[rng.randrange(most)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(data: bytes, rng: Random, most: int) -> bytes:
    return data[:rng.choice((rng.randrange(most), rng.randrange(len(data)), len(data) - 1))]


def _overwrite(data: bytes, rng: Random, most: int) -> bytes:
    at, what = rng.randrange(most), rng.choice(EXTREMES)
    return (data[:at] + what + data[at + len(what):])[:len(data)]


def _leave_out(data: bytes, rng: Random, most: int) -> bytes:
    at = rng.randrange(most)
    return data[:at] + data[at + rng.choice((1, 2, 16, 512)):]


def _insert(data: bytes, rng: Random, most: int) -> bytes:
    at = rng.randrange(most)
    return data[:at] + rng.randbytes(rng.choice((1, 2, 16, 512))) + data[at:]


def _repeat(data: bytes, rng: Random, most: int) -> bytes:
    at, length = rng.randrange(most), rng.choice((1, 4, 128, 4096))
    return data[:at + length] + data[at:]


def _blank(data: bytes, rng: Random, most: int) -> bytes:
    at, length = rng.randrange(most), rng.choice((4, 64, 4096))
    return data[:at] + bytes(len(data[at:at + length])) + data[at + length:]


def _append(data: bytes, rng: Random, most: int) -> bytes:
    return data + rng.choice((bytes(1), rng.randbytes(100), data[:most]))


_WAYS = (_flip, _flip, _cut, _overwrite, _overwrite, _leave_out, _insert, _repeat, _blank, _append)
