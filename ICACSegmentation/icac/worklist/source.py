"""The cases of a worklist, wherever they are listed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from icac.ct.read import is_there
from icac.errors import InputError
from icac.worklist.folder_cases import add_results, cases_of_folder, look_through_results
from icac.worklist.records.case import FoundCases
from icac.worklist.table import cases_of_table


def find_cases(source: str | Path, results: str | Path | None = None, *, every_series: bool = False,
               known: Mapping[str, Mapping[str, str]] | None = None) -> FoundCases:
    """Find the cases of a folder or a CSV file.

    Parameters
    ----------
    source : str or Path
    results : str or Path, optional
        Folder with results of ``icac segment``.
    every_series, known
        As of :func:`icac.worklist.folder_cases.cases_of_folder`.

    Raises
    ------
    InputError
        The source does not exist, cannot be read or holds no case.

    """
    source = Path(source)
    if not is_there(source):
        raise InputError(f"{source} does not exist; give a folder of cases or a CSV file with the column 'image'.")
    if source.is_dir():
        return cases_of_folder(source, results, every_series=every_series, known=known)
    found = cases_of_table(source)
    return add_results(found, look_through_results(results)) if results else found
