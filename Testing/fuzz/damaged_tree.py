"""Damage to JSON: values of other types and sizes than expected, at any depth, and texts that are no JSON."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

from Testing.fuzz.damaged_bytes import damage_bytes


class Verbatim(str):
    """A text that stands in the file as it is, without quotation marks."""

    __slots__ = ()


#: Values that stand where others are expected.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 0.5, 2**31, 2**63, -2**70, 1e308, 1e-320, Verbatim("NaN"), Verbatim("Infinity"),
    Verbatim("-Infinity"), Verbatim("1e999"), Verbatim("9" * 5000), "", "x", "1", "nan", "x" * 50_000, "\ud800", "\0",
    "../../x", "=1+1", "<script>", "2020-13-45T99:99:99", [], {}, [[]], [None], ["a"], {"": ""}, [1, 2, 3], [0] * 3,
    [-1] * 3, [1e308] * 3, [2**40] * 3, [0] * 20_000, Verbatim("[" * 50_000 + "]" * 50_000),
    Verbatim('{"a":' * 2000 + "1" + "}" * 2000))


def damage_tree(value: Any, rng: Random) -> Any:
    """Return a copy of a value of JSON with one to three changes."""
    value = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = list(_places(value))
        if places:
            _change(*rng.choice(places), rng)
    return value


def damage_json(value: Any, rng: Random) -> bytes:
    """Return the file of a value, damaged as a value or as a text."""
    if rng.random() < 0.75:
        return to_json(damage_tree(value, rng))
    text = json.dumps(value)
    return rng.choice((
        lambda: damage_bytes(text.encode(), rng),
        lambda: text.encode(rng.choice(("utf-16", "utf-8-sig", "utf-32"))),
        lambda: to_json(rng.choice(VALUES)),
        lambda: rng.choice((b"", b"\xff\xfe", bytes(50), b"{" * 10, b"[" * 100_000, b'{"a":' * 50_000, b"{} {}")),
        lambda: text.encode()[:-1] + b',"' + rng.choice((b"format", b"", b"x")) + b'":' + to_json(rng.choice(VALUES))
        + b"}"))()


def to_json(value: Any) -> bytes:
    """Return the text of a value; :class:`Verbatim` parts are put in as they are."""
    verbatim: list[str] = []

    def marked(part: Any) -> Any:
        if isinstance(part, Verbatim):
            verbatim.append(part)
            return f"@verbatim {len(verbatim) - 1}@"
        if isinstance(part, dict):
            return {key: marked(one) for key, one in part.items()}
        return [marked(one) for one in part] if isinstance(part, list) else part

    text = json.dumps(marked(value))
    for number, part in enumerate(verbatim):
        text = text.replace(f'"@verbatim {number}@"', part)
    return text.encode("utf-8", "surrogatepass")


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every list or object with a key or index in it; of long lists the first ones and the last."""
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = [(n, value[n]) for n in sorted({*range(min(6, len(value))), *range(len(value))[-1:]})]
    else:
        return []
    return [(value, key) for key, _ in items] + [place for _, part in items for place in _places(part)]


def _change(holder: Any, key: Any, rng: Random) -> None:
    way = rng.randrange(7)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(holder, dict):
        holder[rng.choice(("x", "", "__class__", "a" * 3000))] = copy.deepcopy(rng.choice(VALUES))
    elif way == 1:
        holder.insert(key, copy.deepcopy(holder[key]))
    elif way == 2 and isinstance(holder[key], (int, float)):
        holder[key] = holder[key] * rng.choice((-1, 0, 1000, 1e-6))
    else:
        holder[key] = copy.deepcopy(rng.choice(VALUES))
