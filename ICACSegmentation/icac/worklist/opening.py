"""Opening a worklist where it was left."""

from __future__ import annotations

import os
from pathlib import Path

from icac.worklist.folder import WorklistFolder, default_folder
from icac.worklist.lock import Lock
from icac.worklist.source import find_cases
from icac.worklist.worklist import Worklist, checked_name


def open_worklist(source: str | Path, annotator: str, folder: str | Path | None = None, *,
                  results: str | Path | None = None, take_over: bool = False) -> Worklist:
    """Open a folder or a CSV file of cases, at the case and the lesion where it was left.

    Parameters
    ----------
    source : str or Path
        Folder of cases (see :func:`icac.worklist.folder_cases.cases_of_folder`) or CSV file with named columns
        (see :func:`icac.worklist.table.cases_of_table`).
    annotator : str
        Who is working; kept with everything that is done.
    folder : str or Path, optional
        Where everything is kept. Without it ``icac_worklist`` in the folder of cases, or
        ``<name of the CSV>_worklist`` beside the table.
    results : str or Path, optional
        Folder with results of ``icac segment``, searched for those of the cases that have none yet.
    take_over : bool
        Open it even if somebody else has it open; their program then saves nothing more.

    Raises
    ------
    InputError
        The source cannot be read, holds no case, or the annotator has no name.
    LockedError
        Somebody else has it open.
    OutputError
        The folder cannot be written.

    """
    annotator = checked_name(annotator)
    source = Path(os.path.abspath(source))
    found = find_cases(source, results)
    target = Path(os.path.abspath(folder)) if folder else default_folder(source)
    lock = Lock(target, annotator, take_over)
    try:
        return Worklist(found, WorklistFolder(target, source), lock, annotator)
    except BaseException:
        lock.release()
        raise
