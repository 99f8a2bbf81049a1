"""Opening a worklist where it was left, as one of its readers or for the third reading."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from icac.errors import InputError
from icac.files import RevisedFile
from icac.files.lock import locked
from icac.worklist.adjudication import why_not
from icac.worklist.migrate import migrate
from icac.worklist.reader import ADJUDICATED, list_readers, reader_folder
from icac.worklist.records.case import FoundCases
from icac.worklist.records.design import PATIENCE_S, Design, change_design, read_design
from icac.worklist.records.folder import WorklistFolder, default_folder
from icac.worklist.records.lock import Lock
from icac.worklist.source import find_cases
from icac.worklist.worklist import Worklist, checked_name

#: In the folder of a worklist: which series of each study is a case.
SERIES = "series.json"


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
    root = worklist_folder(source, folder)
    found = listed_cases(source, folder, results)
    keep_choice(root, found)
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


def listed_cases(source: str | Path, folder: str | Path | None = None, results: str | Path | None = None,
                 every_series: bool | None = None) -> FoundCases:
    """Find the cases of a list as :func:`find_cases`, the series of each study that was chosen before as before.

    Parameters
    ----------
    source, folder, results
        As of :func:`open_worklist`.
    every_series : bool, optional
        Every axial series of a study is a case; as the list was set up if omitted.

    Raises
    ------
    InputError
        As of :func:`find_cases`, or a record of the list is damaged.

    """
    root = worklist_folder(source, folder)
    every = read_design(root).every_series if every_series is None else every_series
    return find_cases(source, results, every_series=every, known=_known(root))


def keep_choice(root: Path, found: FoundCases, **changed: Any) -> Design:
    """Keep which series are cases, as the records of readers hang on it, and what is changed of the design; return it.

    Raises OutputError if the folder cannot be written.
    """
    design = change_design(root, **changed)
    if any(_known(root).get(study) != ruled for study, ruled in found.ruled.items()):
        with locked(root, PATIENCE_S):
            RevisedFile(root / SERIES).save({**_known(root), **found.ruled})
    return design


def _known(root: Path) -> dict[str, dict[str, str]]:
    """Return what the rule said of the series of each study before."""
    loaded = RevisedFile(root / SERIES).peek()
    content = loaded.content if loaded else {}
    if not all(isinstance(ruled, dict) and all(isinstance(why, str) for why in ruled.values())
               for ruled in content.values()):
        raise InputError(f"{root / SERIES} is damaged; remove it, and the series of each study are chosen anew.")
    return content


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
    note = (f"Not to be adjudicated yet: {'; '.join(waiting)}.",) if waiting else ()
    return replace(found, cases=ready, notes=(*found.notes, *note))
