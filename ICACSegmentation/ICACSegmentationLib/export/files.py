"""Files that a result can be written to. All hold the result as it is now, after corrections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class FileFormat:
    """A kind of file.

    Attributes
    ----------
    suffix : str
    write : callable
        Takes an ``icac.review.ReviewSession``, the report of the prediction (``icac.report.Report``), the frame
        to write on and the path of a temporary file; returns the file it wrote, which may have another ending.

    """

    suffix: str
    write: Callable[[Any, Any, Any, Path], Path]


def _table(session, report, frame, path: Path) -> Path:
    from icac.files import write_csv
    from icac.review.corrected import CORRECTED_COLUMNS, corrected_rows

    return write_csv(path, CORRECTED_COLUMNS, corrected_rows(session))


def _report(session, report, frame, path: Path) -> Path:
    from icac.report.record import write_record
    from icac.review.corrected import corrected_report

    return write_record(corrected_report(session, report), path)


def _labelmap(session, report, frame, path: Path) -> Path:
    from icac.ct import write_volume
    from icac.geometry import Volume

    return write_volume(Volume(session.labels, frame), path)


def _segmentation(session, report, frame, path: Path) -> Path:
    from icac.geometry import Volume
    from icac.report.segmentation_nrrd import write_segments
    from icac.review.corrected import algorithm_type, corrected_segments

    scan = Volume(session.ct.array, frame)
    return write_segments(corrected_segments(session), scan, path, report.algorithm_name, algorithm_type(session))


#: Formats by key. Labelmaps hold the number of the lesion in the table.
FORMATS = {
    "csv": FileFormat(".csv", _table),
    "json": FileFormat(".json", _report),
    "nifti": FileFormat(".nii.gz", _labelmap),
    "nrrd": FileFormat(".nrrd", _labelmap),
    "segmentation": FileFormat(".seg.nrrd", _segmentation),
}


def write_file(key: str, session, report, frame, path: Path) -> Path:
    """Write a result in one of :data:`FORMATS`, whole or not at all; return the file, whose ending may differ.

    Raises
    ------
    icac.errors.OutputError
        The file cannot be written.

    """
    return whole_file(path, lambda temporary: FORMATS[key].write(session, report, frame, temporary))


def whole_file(path: Path, write: Callable[[Path], Path]) -> Path:
    """Let ``write`` make a file under a temporary name and move it to ``path`` when it is complete.

    Raises
    ------
    icac.errors.OutputError
        The file cannot be written.

    """
    from icac.files.whole import cannot_write, put, temporary_folder

    try:
        with temporary_folder(path.parent) as folder:
            written = write(folder / path.name)
            target = path.with_name(written.name)
            put(written, target)
            return target
    except (OSError, RuntimeError) as error:
        raise cannot_write(path, error) from error
