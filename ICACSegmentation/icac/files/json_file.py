"""JSON files: written whole, without numbers that JSON does not know, and read without surprises."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from icac.files.whole import whole_file


def write_json(path: str | Path, value: Any, *, indent: int | None = None, durable: bool = True) -> Path:
    """Write a value whole or not at all.

    Raises
    ------
    OutputError
        The file cannot be written.
    ValueError
        The value holds NaN or an infinity.

    """
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    with whole_file(path, durable=durable) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return Path(path)


def read_json(path: str | Path) -> Any:
    """Return the value of a JSON file.

    None if it is missing, no plain file, damaged, nested beyond reason, or holds NaN or an infinity.
    """
    try:
        if not Path(path).is_file():  # a pipe would be waited for
            return None
        return json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_finite, parse_float=_finite)
    except (OSError, ValueError, RecursionError):
        return None


def _finite(text: str) -> float:
    """Return a number of JSON; raises ValueError if it is none, or too large to be one."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number
