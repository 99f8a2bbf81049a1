"""JSON files: written whole, without numbers that JSON does not know, and read without surprises."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import Any, NoReturn

from icac.files.whole import whole_file

#: No file of ours, and no sidecar, has objects within objects so deep; what walks through them goes deeper for each.
DEEPEST = 100

#: Whole numbers beyond this fit into no array: whoever reads them would have to be ready for it.
LARGEST_WHOLE = 2**63 - 1

#: A JSON file larger than this is none that is read here.
LARGEST_BYTES = 1 << 28


def write_json(path: str | Path, value: Any, *, indent: int | None = None, durable: bool = True) -> Path:
    """Write a value whole or not at all.

    Raises
    ------
    OutputError
        The file cannot be written.
    ValueError
        The value holds NaN or an infinity.

    """
    text = json_text(value, indent)
    with whole_file(path, durable=durable) as temporary:
        # Bytes in file names that are no text are written as JSON has them, such as \udce9, and read so again.
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")
    return Path(path)


def json_text(value: Any, indent: int | None = None) -> str:
    """Return a value as JSON that can be encoded, whatever bytes the names of files in it have; raises ValueError."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)


def read_json(path: str | Path, largest: int = LARGEST_BYTES) -> Any:
    """Return the value of a JSON file; None if it is missing, damaged, too large, or not plain (`parse_json`)."""
    try:
        return load_json(path, largest)
    except (OSError, ValueError):
        return None


def load_json(path: str | Path, largest: int = LARGEST_BYTES) -> Any:
    """Return the value of a JSON file; raises OSError if it cannot be read, ValueError if it is not plain JSON."""
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}")
    with path.open("rb") as stream:
        # Python sets aside as much as is asked for.
        content = stream.read(min(os.fstat(stream.fileno()).st_size, largest) + 1)
    if len(content) > largest:
        raise ValueError("it is too large to be read")
    return parse_json(content.decode("utf-8"))


def parse_json(text: str) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    ValueError
        It is damaged, nested beyond reason, or holds a number that is none (NaN, an infinity, or one as large), or a
        whole number of more than 64 bits, which no array holds.

    """
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite, parse_int=_countable)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    _check_depth(value)
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"it holds {constant}, which is no number that can be used")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text[:20])


def _countable(text: str) -> int:
    number = int(text)
    return number if -LARGEST_WHOLE <= number <= LARGEST_WHOLE else _refuse(text[:20])


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level if isinstance(outer, dict | list)
                 for inner in (outer.values() if isinstance(outer, dict) else outer) if isinstance(inner, dict | list)]
        if not level:
            return
    raise ValueError("it is nested too deep")
