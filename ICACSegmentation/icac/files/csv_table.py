"""CSV tables: written whole, and read as spreadsheets of all countries write them."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from icac.errors import InputError
from icac.files.whole import whole_file

#: What may stand between the values of a line.
_DELIMITERS = (",", ";", "\t")

#: The line in which some spreadsheets tell it.
_TOLD = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)

#: Texts that begin so are formulas to spreadsheets, which may start programs. Written tables have an apostrophe before
#: them, as one types it into a cell to enter a text; reading takes it away.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class CsvRow(dict[str, str]):
    """Values of one line by the name of their column in lower case, stripped; ``line`` is its number in the file."""

    def __init__(self, values: Mapping[str, str], line: int) -> None:
        super().__init__(values)
        self.line = line


@dataclass(frozen=True)
class CsvTable:
    """A table that was read.

    Attributes
    ----------
    path : Path
    columns : tuple of str
        Names in the first line, as they are written there but for spaces around them.
    rows : tuple of CsvRow
        Lines that hold anything.

    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[CsvRow, ...]


def read_csv(path: str | Path) -> CsvTable:
    """Read a table.

    Values may be separated by comma, semicolon or tab, or by what a first line ``sep=;`` says, as spreadsheets write
    it. Names of columns may be in capitals. The text may be UTF-8 with or without byte order mark, UTF-16 with one, or
    else is taken for Windows-1252.

    Raises
    ------
    InputError
        The file cannot be read, is no text, has two columns of one name, or a line with more values than columns.

    """
    path = Path(path)
    try:
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}); give a CSV file.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a text; save the table as 'CSV UTF-8'.") from error
    named = _TOLD.match(text)
    reader = csv.DictReader(io.StringIO(text[named.end():] if named else text, newline=""),
                            delimiter=named[1] if named else _delimiter(text))
    before = 1 if named else 0
    try:
        columns = tuple((name or "").strip() for name in reader.fieldnames or ())
        _refuse_doubles(columns, path)
        rows = tuple(_row(values, path, reader.line_num + before) for values in reader if _is_filled(values))
    except csv.Error as error:
        raise InputError(f"{path}, line {reader.line_num + before}: this is not a line of a CSV file ({error}); save "
                         "the table again.") from error
    return CsvTable(path, columns, rows)


def write_csv(path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write a table whole or not at all, in UTF-8.

    Parameters
    ----------
    path : str or pathlib.Path
    columns : sequence of str
    rows : iterable of mapping
        Values by column; others are left out, missing ones and None are empty. What a spreadsheet would compute is
        written as a text.

    Raises
    ------
    OutputError
        The file cannot be written.

    """
    with _written(path) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(name, "")) for name in columns] for row in rows)
    return Path(path)


def write_tsv(path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write a table as BIDS has them: separated by tabs, ``n/a`` for what is missing; otherwise as :func:`write_csv`.

    Raises
    ------
    OutputError
        The file cannot be written.

    """
    with _written(path) as stream:
        lines = (columns, *([row.get(name) for name in columns] for row in rows))
        stream.writelines("\t".join(map(_tsv_cell, line)) + "\n" for line in lines)
    return Path(path)


@contextmanager
def _written(path: str | Path) -> Iterator[TextIO]:
    """Give the text of a table to write; names that are no Unicode are written as what stands for them."""
    with whole_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8",
                                                       errors="backslashreplace") as stream:
        yield stream


def _tsv_cell(value: Any) -> str:
    """Return a value without tabs and line breaks, which BIDS has no way to quote."""
    text = " ".join(str(_cell(value)).split()) if value is not None else ""
    return text or "n/a"


def _cell(value: Any) -> Any:
    """Return a value as it is written."""
    return f"'{value}" if isinstance(value, str) and _is_formula(value) else value


def _is_formula(text: str) -> bool:
    """Tell whether a spreadsheet would compute a text, or whether it is one that was kept from that."""
    if text.lstrip("'")[:1] not in _FORMULA_STARTS:
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")
    if b"\0" in content:
        raise UnicodeDecodeError("utf-8", content, content.index(b"\0"), content.index(b"\0") + 1, "no text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _delimiter(text: str) -> str:
    """Return what separates the names in the first line; spreadsheets of some countries write semicolons."""
    first = text.split("\n", 1)[0]
    return max(_DELIMITERS, key=first.count)


def _refuse_doubles(columns: Sequence[str], path: Path) -> None:
    """Refuse two columns of one name: nothing tells which is meant."""
    names = [name.lower() for name in columns if name]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise InputError(f"{path} has two columns '{double}'; leave one of them out or give it another name.")


def _is_filled(values: Mapping[Any, Any]) -> bool:
    return any(value.strip() for value in values.values() if isinstance(value, str)) or any(values.get(None, ()))


def _row(values: Mapping[str | None, Any], path: Path, line: int) -> CsvRow:
    if any(values.get(None, ())):  # separators at the end of a line say nothing
        raise InputError(f"{path}, line {line}: there are more values than columns; put values that contain the "
                         "separator in quotation marks.")
    return CsvRow({name.strip().lower(): _text(value or "") for name, value in values.items() if name}, line)


def _text(value: str) -> str:
    return (value[1:] if value.startswith("'") and _is_formula(value) else value).strip()
