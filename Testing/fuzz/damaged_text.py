"""Damage to the text headers of NRRD and MetaImage files: lines that are missing, doubled, wrong or without end."""

from __future__ import annotations

import re
from random import Random

from Testing.fuzz.damaged_bytes import damage_bytes

#: Words that stand where a number or a name is expected.
WORDS = ("", " ", "0", "-1", "1", "2", "3", "4", "16", "1e9", "99999999999", "9" * 400, "nan", "inf", "-inf", "1e-320",
         "1e308", "0x10", "(1,0,0)", "(0,0,0)", "(nan,0,0)", "none", "short", "double", "block", "gzip", "raw", "ascii",
         "little", "left-posterior-superior", "scanner-xyz", "../../x", "/", ".", "x" * 5000, "é", "%s%n", "\0", "True",
         "MET_SHORT", "MET_DOUBLE", "MET_SHORT_ARRAY", "LOCAL", "LIST", "slice%04d.raw", "10 10", "12 10 9 8 7 6 5")

_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def damage_text(header: bytes, rng: Random) -> bytes:
    """Return the lines of a header with one to three kinds of damage; its last line break stays."""
    lines = header.splitlines(keepends=True)
    for _ in range(rng.choice((1, 1, 2, 3))):
        if lines:
            rng.choice(_WAYS)(lines, rng)
    return b"".join(lines)


def _word(rng: Random) -> bytes:
    return rng.choice(WORDS).encode()


def _drop(lines: list[bytes], rng: Random) -> None:
    del lines[rng.randrange(len(lines))]


def _double(lines: list[bytes], rng: Random) -> None:
    lines.insert(rng.randrange(len(lines)), rng.choice(lines))


def _swap(lines: list[bytes], rng: Random) -> None:
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]


def _change_value(lines: list[bytes], rng: Random) -> None:
    at = rng.randrange(len(lines))
    name, sign, _ = next((parts for s in (b":=", b":", b"=") if (parts := lines[at].partition(s))[1]),
                         (lines[at], b"", b""))
    lines[at] = name + sign + b" " + _word(rng) + b"\n"


def _change_number(lines: list[bytes], rng: Random) -> None:
    at = rng.randrange(len(lines))
    numbers = list(_NUMBER.finditer(lines[at]))
    if numbers:
        one = rng.choice(numbers)
        lines[at] = lines[at][:one.start()] + _word(rng) + lines[at][one.end():]


def _change_name(lines: list[bytes], rng: Random) -> None:
    at = rng.randrange(len(lines))
    lines[at] = _word(rng) + lines[at][rng.randrange(len(lines[at])):]


def _add(lines: list[bytes], rng: Random) -> None:
    lines.insert(rng.randrange(len(lines)), rng.choice((b"", _word(rng) + b": ", _word(rng) + b" = ")) + _word(rng)
                 + b"\n")


def _damage_line(lines: list[bytes], rng: Random) -> None:
    at = rng.randrange(len(lines))
    lines[at] = damage_bytes(lines[at], rng)


_WAYS = (_drop, _double, _swap, _change_value, _change_value, _change_value, _change_number, _change_number,
         _change_number, _change_name, _add, _damage_line)
