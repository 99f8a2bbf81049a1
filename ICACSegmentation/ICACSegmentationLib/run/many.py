"""Many scans in one call from Slicer's Python: volumes of the scene, or files and DICOM folders on disk.

Example::

    for one in segment_many(["/data/a.nii.gz", "/data/b"], output="/data/results"):
        print(one.name, one.volume_mm3, one.error)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slicer.i18n import tr as _

from ICACSegmentationLib.result.data import report_of
from ICACSegmentationLib.run.command import segment_command
from ICACSegmentationLib.run.job import WAIT_STEP_S, SegmentationJob, python_executable
from ICACSegmentationLib.run.runner import ChildRun, Ending, Outcome


@dataclass(frozen=True)
class SegmentedOne:
    """One scan of many.

    Attributes
    ----------
    name : str
        Of the volume, or the path that was given.
    segmentation
        The new segmentation node of a volume; None for files, and after an error.
    folder : Path or None
        Where the results of a file are; None for volumes.
    report : icac.report.Report or None
        What was measured; None after an error.
    error : str
        The program's sentence if the scan could not be measured, else empty.

    """

    name: str
    segmentation: Any = None
    folder: Path | None = None
    report: Any = None
    error: str = ""

    @property
    def volume_mm3(self) -> float | None:
        """ICAC volume of both sides in mm3; None after an error."""
        return self.report.amount().volume_mm3 if self.report else None


def segment_many(scans: Iterable[Any], output: str | Path | None = None, settings=None,
                 on_each: Callable[[SegmentedOne], None] | None = None) -> list[SegmentedOne]:
    """Segment scans one after the other; one that fails does not stop the others. Slicer does not react meanwhile.

    Parameters
    ----------
    scans : iterable
        Scalar volume nodes, whose results are new segmentations in the scene, or paths of DICOM folders and image
        files, which are not loaded.
    output : path, optional
        Folder for the results of paths, each in a folder of its own; must be given if there are any.
    settings : icac.settings.Settings, optional
        The usual ones if omitted.
    on_each : callable, optional
        Called with each outcome as soon as it is known, to show or save it.

    Returns
    -------
    list of SegmentedOne
        In the order of the scans.

    Raises
    ------
    icac.errors.InputError
        There are paths and no output, before anything is computed.

    """
    from icac.errors import InputError
    from icac.settings import USUAL

    scans = list(scans)
    folders = _folders([scan for scan in scans if _is_path(scan)], output)
    if folders is None:
        raise InputError(_("Paths need a folder for their results; give output=."))
    outcomes = []
    for scan in scans:
        one = (_of_path(scan, next(folders), settings or USUAL) if _is_path(scan)
               else _of_volume(scan, settings or USUAL))
        outcomes.append(one)
        if on_each:
            on_each(one)
    return outcomes


def _is_path(scan: Any) -> bool:
    return isinstance(scan, str | Path)


def _folders(paths: list[str | Path], output: str | Path | None):
    """Return an iterator of the folder of each path, named after it; None if there must be an output and is none."""
    from icac.cases.file_names import stem_of

    if paths and output is None:
        return None
    names: list[str] = []
    for path in paths:
        stem, number = stem_of(Path(path).absolute().name), 1
        name = stem
        while name.casefold() in map(str.casefold, names):
            number += 1
            name = f"{stem}_{number}"
        names.append(name)
    return iter([Path(output) / name for name in names] if output is not None else [])


def _of_volume(volume, settings) -> SegmentedOne:
    try:
        segmentation = SegmentationJob(ChildRun()).segment(volume, settings)
    except RuntimeError as error:
        return SegmentedOne(volume.GetName(), error=str(error))
    return SegmentedOne(volume.GetName(), segmentation, report=report_of(segmentation))


def _of_path(path: str | Path, folder: Path, settings) -> SegmentedOne:
    from icac.errors import InputError
    from icac.report import Report
    from icac.result_files import USUAL_NAMES

    ending = _run(segment_command(python_executable(), Path(path), folder, settings))
    if ending.outcome is not Outcome.DONE:
        return SegmentedOne(str(path), folder=folder, error=ending.message.removeprefix("icac: ")
                            or _("The program ended without a word."))
    try:
        return SegmentedOne(str(path), folder=folder, report=Report.load(folder / USUAL_NAMES.usual("report")))
    except InputError as error:
        return SegmentedOne(str(path), folder=folder, error=str(error))


def _run(command) -> Ending:
    """Run the program to its end; if this is interrupted, it is ended."""
    run, endings = ChildRun(), []
    run.ended.connect(endings.append)
    try:
        run.start(command)
        while run.is_running:
            run.poll()
            time.sleep(WAIT_STEP_S)
    finally:
        run.cancel()
    return endings[0]
