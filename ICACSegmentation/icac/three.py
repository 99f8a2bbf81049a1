"""Three values, one for each axis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

Value = TypeVar("Value")


def three(values: Iterable[Value]) -> tuple[Value, Value, Value]:
    """Return what was made axis by axis as a tuple; the order of axes is that of ``values``.

    Raises
    ------
    ValueError
        If there are fewer or more than three.

    """
    first, second, third = values
    return first, second, third
