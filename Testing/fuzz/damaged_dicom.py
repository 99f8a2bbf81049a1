"""Damage to the elements of a DICOM file in explicit little endian: values, lengths and types, at any depth."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from random import Random

from Testing.fuzz.damaged_bytes import damage_bytes

#: Value representations with a length of four bytes after two reserved ones (PS3.5, 7.1.2).
LONG = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
_ITEM, _ENDS, _UNDEFINED = b"\xfe\xff\x00\xe0", (b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0"), 0xFFFFFFFF

_TEXTS = (b"", b" ", b"0", b"-1", b"1", b"2", b"nan", b"inf", b"1e308", b"1e999", b"abc", b"0\\0\\0", b"1\\2",
          b"1\\0\\0\\1\\0\\0", b"nan\\0\\0", b"\\", b"\\\\\\", b"99999999999999999999", b"9" * 300, b"1.2.3.",
          b"\xff\xfe", b"\0\0", b"CT", b"MR", b"ct", b"LOCALIZER", b"x" * 4000, b"1,5", b"0x10", b"../../x", b"\x1b[2J",
          b"1.2.840.10008.1.2.1", b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.5", b"1.2.840.10008.5.1.4.1.1.2")
_NUMBERS = (0, 1, 2, 7, 8, 12, 15, 16, 17, 32, 64, 255, 4096, 32767, 32768, 65535)
_TYPES = (b"UN", b"SQ", b"OB", b"US", b"DS", b"IS", b"UI", b"FD", b"LO", b"??", b"\0\0")


@dataclass(frozen=True)
class Element:
    """Where an element lies in a file: its tag, its value and its end."""

    start: int
    kind: bytes
    value: int
    end: int


def damage_dicom(data: bytes, rng: Random) -> bytes:
    """Return a DICOM file with one to three damaged elements, or damaged bytes."""
    if rng.random() < 0.25:
        return damage_bytes(data, rng, rng.choice((None, 1500)))
    for _ in range(rng.choice((1, 1, 2, 3))):
        found = elements(data)
        if found:
            data = rng.choice(_WAYS)(data, rng.choice(found), rng)
    return data


def elements(data: bytes) -> list[Element]:
    """Return the elements of a file, those within sequences of undefined length included, as far as it is sound."""
    found, at = [], 132
    while at + 8 <= len(data):
        tag, kind = data[at:at + 4], data[at + 4:at + 6]
        if tag == _ITEM or tag in _ENDS:
            at += 8
            continue
        long = kind in LONG
        if at + 8 + 4 * long > len(data):
            break
        length = struct.unpack_from("<I" if long else "<H", data, at + (8 if long else 6))[0]
        value = at + (12 if long else 8)
        end = value if length == _UNDEFINED else value + length
        if end > len(data):
            break
        found.append(Element(at, kind, value, end))
        if length == _UNDEFINED and kind != b"SQ":
            break  # compressed pixels are fragments, not elements
        at = end
    return found


def _with_value(data: bytes, one: Element, value: bytes) -> bytes:
    """Return the file with another value of the right length; values of sequences are left alone."""
    if one.kind == b"SQ":
        return data[:one.start] + data[one.value:]
    value = (value + b" " * (len(value) % 2))[:65534]
    length = struct.pack("<I" if one.kind in LONG else "<H", len(value))
    return data[:one.value - len(length)] + length + value + data[one.end:]


def _drop(data: bytes, one: Element, rng: Random) -> bytes:
    return data[:one.start] + data[one.end:]


def _double(data: bytes, one: Element, rng: Random) -> bytes:
    return data[:one.end] + data[one.start:]


def _empty(data: bytes, one: Element, rng: Random) -> bytes:
    return _with_value(data, one, b"")


def _change(data: bytes, one: Element, rng: Random) -> bytes:
    if one.kind in (b"US", b"SS", b"UL", b"SL"):
        return _with_value(data, one, struct.pack("<I" if one.kind[1:] == b"L" else "<H", rng.choice(_NUMBERS)))
    if one.kind in (b"OW", b"OB"):
        return _with_value(data, one, damage_bytes(data[one.value:one.end], rng))
    return _with_value(data, one, rng.choice(_TEXTS))


def _change_length(data: bytes, one: Element, rng: Random) -> bytes:
    long = one.kind in LONG
    length = rng.choice((0, 1, 2, 6, 255, 65535, 10**6, 2**31, _UNDEFINED))
    packed = struct.pack("<I", length) if long else struct.pack("<H", min(length, 65535))
    return data[:one.value - len(packed)] + packed + data[one.value:]


def _change_type(data: bytes, one: Element, rng: Random) -> bytes:
    return data[:one.start + 4] + rng.choice(_TYPES) + data[one.start + 6:]


def _change_tag(data: bytes, one: Element, rng: Random) -> bytes:
    return data[:one.start + rng.randrange(4)] + rng.randbytes(1) + data[one.start + 4:]


_WAYS = (_drop, _double, _empty, _change, _change, _change, _change, _change_length, _change_type, _change_tag)
