"""Values of a DICOM header, checked: what is not there is None, and what cannot be a value of its kind is an error.

Everything that is read of a header passes through here. Damaged headers make pydicom raise nearly any exception when a
value is first looked at, and some of them hold numbers (NaN, infinity, 1e38) that would go on into the geometry.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag

from icac.text import one_line


class BadValueError(ValueError):
    """An element has a value that it cannot have; the message completes a sentence that begins with the file."""


@cache
def tag_of(keyword: str) -> BaseTag:
    """Return the tag of an element: looking elements up by it is faster than by their name."""
    return Tag(keyword)


def value_of(dataset: Dataset, keyword: str) -> Any:
    """Return the value of an element, None if it is missing or empty.

    Raises
    ------
    BadValueError
        It cannot be read.

    """
    try:
        tag = tag_of(keyword)
        value = dataset[tag].value if tag in dataset else None
        return None if value is None or (hasattr(value, "__len__") and len(value) == 0) else value
    except Exception as error:  # pydicom raises nearly anything for a damaged value
        raise BadValueError(f"has a {keyword} that cannot be read") from error


def as_text(value: Any) -> str:
    """Return a value as text, empty if there is none; several values are joined by a backslash."""
    if isinstance(value, (list, MultiValue)):
        return one_line("\\".join(str(one) for one in value))
    return "" if value is None else one_line(str(value))


def text_of(dataset: Dataset, keyword: str) -> str:
    """Return an element as text, empty if it is missing or damaged."""
    try:
        return as_text(value_of(dataset, keyword))
    except Exception:  # a name is no reason to refuse a scan
        return ""


def as_numbers(value: Any, keyword: str, count: int, limit: float) -> np.ndarray | None:
    """Return a value of ``count`` numbers, none of them larger than ``limit``; None if there is none.

    Raises
    ------
    BadValueError
        It is anything else.

    """
    if value is None:
        return None
    try:
        array = np.array(value, dtype=float).ravel()
    except (ValueError, TypeError, OverflowError) as error:
        raise BadValueError(f"has a {keyword} that is no number") from error
    if array.size != count or not (np.abs(array) <= limit).all():
        raise BadValueError(f"has an impossible {keyword} ({_shown(value)})")
    return array


def whole_of(dataset: Dataset, keyword: str, missing: int | None, low: int, high: int) -> int:
    """Return an element that is one whole number from ``low`` to ``high``.

    Parameters
    ----------
    dataset : Dataset
    keyword : str
    missing : int or None
        What a missing element means; None if it must be there.
    low, high : int

    Raises
    ------
    BadValueError
        It holds anything else.

    """
    value = value_of(dataset, keyword)
    if value is None:
        if missing is None:
            raise BadValueError(f"has no {keyword}")
        return missing
    found = as_numbers(value, keyword, 1, 2.0**32)
    number = value if isinstance(value, int) or found is None else int(found[0])
    if not low <= number <= high:
        raise BadValueError(f"has an impossible {keyword} ({number})")
    return number


def _shown(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}..."
