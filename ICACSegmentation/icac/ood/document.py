"""The file of a gate as JSON, checked value by value: it comes from others, as a model does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FORMAT, FORMAT_VERSION = "icac-gate", 1

#: More features than this has no network, and no feature is larger.
_MOST_FEATURES, _LARGEST = 4096, 1e30


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST


def _is_count(value: object) -> bool:
    return type(value) is int and value > 0


def _is_row(value: object) -> bool:
    return isinstance(value, list) and 0 < len(value) <= _MOST_FEATURES and all(map(_is_number, value))


def _is_square(value: object) -> bool:
    return (isinstance(value, list) and 0 < len(value) <= _MOST_FEATURES
            and all(_is_row(row) and len(row) == len(value) for row in value))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


#: What each value must be, and in words.
_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "mean": (_is_row, "a list of numbers"), "covariance": (_is_square, "a square of numbers"),
    "limit": (lambda v: _is_number(v) and v > 0, "a number above 0"),
    "false_alarms": (lambda v: _is_number(v) and 0 < v < 1, "a number between 0 and 1"),
    "scans": (_is_count, "a whole number above 0"), "patients": (_is_count, "a whole number above 0"),
    "fitted_on": (_is_text, "a text"), "weights_sha256": (_is_text, "a text"),
}


def check_document(document: object) -> dict[str, Any]:
    """Return the values of a gate; raises ValueError, with a phrase, unless the document is one of this version."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError("it is no gate of this software")
    if document.get("format_version") != FORMAT_VERSION:
        raise ValueError(f"its format version is not {FORMAT_VERSION}, so another version of the software is needed")
    for name, (passes, words) in _VALUES.items():
        if not passes(document.get(name)):
            raise ValueError(f"its {name} must be {words}")
    return {name: document[name] for name in _VALUES}
