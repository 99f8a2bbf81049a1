"""Damage to CSV tables: odd cells, lines too long or too short, other separators and encodings."""

from __future__ import annotations

from random import Random

from Testing.fuzz.damaged_bytes import damage_bytes

#: Texts that stand in cells.
CELLS = ("", " ", "\0", '"', '""', '"unclosed', "a,b", "a;b", "a\nb", "a\rb", "=1+1", "@SUM(1)", "-1", "nan", "1e999",
         "..", "../..", "/", ".", "~", "CON", "NUL.nii.gz", "/dev/null", "a" * 300, "a" * 140_000, "x/" * 2500, "é",
         "\u202e\u4e2d\U0001f600", "C:\\x", "\\\\host\\x", "train", "validation", "test", "scan.nii", "mask.nii.gz",
         "scan.nii\0", "\x1b[2J", "<script>")


def damage_table(rows: list[list[str]], rng: Random) -> bytes:
    """Return the file of rows, the names of the columns first, with one to three changes."""
    rows = [list(row) for row in rows]
    for _ in range(rng.choice((1, 1, 2, 3))):
        if rows:
            _change(rows, rng)
    separator, end = rng.choice(",,,,;\t"), rng.choice(("\n", "\n", "\r\n", "\r"))
    quoted = rng.random() < 0.5
    text = end.join(separator.join(_cell(cell, quoted) for cell in row) for row in rows) + rng.choice(("", end))
    return _encoded(text, rng)


def _change(rows: list[list[str]], rng: Random) -> None:
    row, way = rng.randrange(len(rows)), rng.randrange(7)
    if way <= 2 and rows[row]:
        rows[row][rng.randrange(len(rows[row]))] = rng.choice(CELLS)
    elif way == 3 and rows[row]:
        del rows[row][rng.randrange(len(rows[row]))]
    elif way == 4:
        rows[row] += [rng.choice(CELLS)] * rng.choice((1, 5))
    elif way == 5:
        rows.insert(row, list(rng.choice(rows)))
    else:
        del rows[row]


def _cell(text: str, quoted: bool) -> str:
    return '"' + text.replace('"', '""') + '"' if quoted else text


def _encoded(text: str, rng: Random) -> bytes:
    return rng.choice((
        lambda: text.encode(), lambda: text.encode(), lambda: text.encode(), lambda: text.encode("utf-8-sig"),
        lambda: text.encode("utf-16"), lambda: text.encode("cp1252", "replace"),
        lambda: damage_bytes(text.encode(), rng), lambda: rng.choice((b"", b"\n", b"\0", b",,,\n", b"\xff\xfe")),
        lambda: text.encode().split(b"\n")[0]))()
