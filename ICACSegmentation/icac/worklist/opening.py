"""Opening a worklist where it was left, as one of its readers or for the third reading."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from icac.errors import InputError
from icac.worklist.adjudication import why_not
from icac.worklist.migrate import migrate
from icac.worklist.reader import ADJUDICATED, list_readers, reader_folder
from icac.worklist.records.case import FoundCases
from icac.worklist.records.folder import WorklistFolder, default_folder
from icac.worklist.records.lock import Lock
from icac.worklist.source import find_cases
from icac.worklist.worklist import Worklist, checked_name


def open_worklist(source: str | Path, annotator: str, folder: str | Path | None = None, *,
                  results: str | Path | None = None, take_over: bool = False, adjudicate: bool = False) -> Worklist:
    """Open a folder or a CSV file of cases, at the case and the lesion where this reader left it.

    Each reader has records of his own. Records of lists of before that was so go to who worked on them.

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
        Open the records even if another program has them open; it then saves nothing more.
    adjudicate : bool
        Open the third reading: the cases that two readers or more finished, to be read from their masks.

    Raises
    ------
    InputError
        The source cannot be read, holds no case, or the annotator has no name; or no case can be adjudicated.
    LockedError
        Another program has these records open: of this reader, or of the third reading.
    OutputError
        The folder cannot be written.

    """
    annotator = checked_name(annotator)
    source = Path(os.path.abspath(source))
    found = find_cases(source, results)
    root = worklist_folder(source, folder)
    notes = migrate(root, annotator, take_over)
    if adjudicate:
        found = _adjudicated(found, root, annotator)
    place = root / ADJUDICATED if adjudicate else reader_folder(root, annotator)
    lock = Lock(place, annotator, take_over)
    try:
        records = WorklistFolder(place, source, "" if adjudicate else annotator)
        return Worklist(replace(found, notes=(*found.notes, *notes)), records, lock, annotator, root=root,
                        is_adjudication=adjudicate)
    except BaseException:
        lock.release()
        raise


def worklist_folder(source: str | Path, folder: str | Path | None = None) -> Path:
    """Return where the worklist of a source is kept."""
    source = Path(os.path.abspath(source))
    return Path(os.path.abspath(folder)) if folder else default_folder(source)


def _adjudicated(found: FoundCases, root: Path, annotator: str) -> FoundCases:
    """Return the cases that can be adjudicated, with a sentence on the others."""
    readers = list_readers(root, [case.name for case in found.cases])
    reasons = {case.name: why_not(readers, case.name, annotator) for case in found.cases}
    ready = tuple(case for case in found.cases if not reasons[case.name])
    waiting = [f"{name}: {reason}" for name, reason in reasons.items() if reason]
    if not ready:
        raise InputError(f"No case of the list can be adjudicated yet ({waiting[0]}).")
    told = (f"Not to be adjudicated yet: {'; '.join(waiting)}.",) if waiting else ()
    return replace(found, cases=ready, notes=(*found.notes, *told))
