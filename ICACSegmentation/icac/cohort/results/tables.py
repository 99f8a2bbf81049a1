"""Tables as Parquet, CSV and TSV, with the same rows and columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from icac.files import whole_file, write_csv, write_tsv
from icac.text import without_controls

Rows = Sequence[Mapping[str, Any]]

#: Endings of the files of a table.
ENDINGS = (".parquet", ".csv", ".tsv")


def write_table(rows: Rows, path: Path, columns: Sequence[str]) -> list[Path]:
    """Write ``<path>.parquet``, ``<path>.csv`` and ``<path>.tsv``, each in one step.

    Parameters
    ----------
    rows : sequence of mappings
        Column to str, int, float, bool or None. What a row lacks is empty.
    path : Path
        Without ending.
    columns : sequence of str
        The first columns; those that rows have beyond follow in the order in which they appear.

    """
    columns = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    parquet, text = path.with_suffix(".parquet"), path.with_suffix(".csv")
    with whole_file(parquet) as temporary:
        _write_parquet(rows, columns, temporary)
    plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
    write_csv(text, columns, plain)
    return [parquet, text, write_tsv(path.with_suffix(".tsv"), columns, plain)]


def _plain(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _write_parquet(rows: Rows, columns: Sequence[str], path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    arrays = [_array(pyarrow, [row.get(name) for row in rows]) for name in columns]
    parquet.write_table(pyarrow.Table.from_arrays(arrays, names=list(columns)), path)


def _array(pyarrow: Any, values: list[Any]) -> Any:
    """Return a column; of columns without any value text, so that readers find the type they expect."""
    if any(isinstance(value, float) for value in values):
        return pyarrow.array([None if value is None else float(value) for value in values], pyarrow.float64())
    values = [without_controls(value) if isinstance(value, str) else value for value in values]
    return pyarrow.array(values, pyarrow.string() if all(value is None for value in values) else None)
