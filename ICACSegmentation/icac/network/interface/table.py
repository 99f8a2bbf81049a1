"""Text for people: tables of aligned columns, and triples in the order x, y, z."""

from __future__ import annotations

from collections.abc import Iterable


def aligned(rows: list[tuple[str, ...]]) -> str:
    """Return rows of cells as lines whose columns lie below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
                     for row in rows)


def by(triple: Iterable[int], sign: str = " x ") -> str:
    """Return (z, y, x) as ``x x y x z``."""
    return sign.join(map(str, reversed(tuple(triple))))
