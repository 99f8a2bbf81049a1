"""Writing a corrected result; the prediction's own files are never touched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from icac.ct.write import write_volume
from icac.report.record import write_record
from icac.report.segmentation_nrrd import write_segments
from icac.report.tables import write_rows
from icac.report.together import write_together
from icac.review.corrected import (
    CORRECTED_COLUMNS,
    algorithm_type,
    corrected_report,
    corrected_rows,
    corrected_segments,
)

if TYPE_CHECKING:
    from icac.review.session import ReviewSession

#: The file that is written last: a folder that has it has a complete corrected result.
RECORD = "report_corrected.json"

#: Every name that a corrected result can have.
CORRECTED_NAMES = (RECORD, "icac_corrected.nii.gz", "icac_corrected.nrrd", "icac_corrected.seg.nrrd",
                   "lesions_corrected.csv", "review.json")


def write_corrected(folder: str | Path, session: ReviewSession, prediction: Mapping[str, Any], *,
                    by_side: bool = False) -> dict[str, Path]:
    """Write a corrected result into a folder, which may be that of the prediction.

    ===========================  ==================================================================================
    ``icac_corrected.nii.gz``    labelmap on the voxels of the scan: 0, or the id of the lesion in the table
    ``icac_corrected.seg.nrrd``  segmentation for 3D Slicer: segment ICAC, or one segment a side
    ``lesions_corrected.csv``    one row for each lesion that was not rejected
    ``review.json``              every step of the review, from which it can be resumed
    ``report_corrected.json``    predicted and corrected kept apart, with who and when
    ===========================  ==================================================================================

    A labelmap of a sheared frame (tilted gantry) ends in ``.nrrd``, because NIfTI readers would bend it.

    Parameters
    ----------
    folder : str or pathlib.Path
        Made if it does not exist. Other files in it are left alone.
    session : ReviewSession
    prediction : mapping
        The ``report.json`` of the prediction.
    by_side : bool
        Two segments, right and left, in the ``.seg.nrrd`` instead of one.

    Returns
    -------
    dict of str to pathlib.Path
        Role (``mask``, ``segmentation``, ``lesions``, ``review``, ``report``) to file.

    Raises
    ------
    OutputError
        The folder cannot be made or written.

    """
    return write_together(folder, lambda temporary: _write_all(temporary, session, prediction, by_side),
                          CORRECTED_NAMES, RECORD)


def _write_all(folder: Path, session: ReviewSession, prediction: Mapping[str, Any], by_side: bool) -> dict[str, Path]:
    model = prediction["model"]
    algorithm = f"ICACSegmentation {model['name']} {model['version']}"
    written = {
        "mask": write_volume(session.ct.like(session.labels), folder / "icac_corrected.nii.gz"),
        "segmentation": write_segments(corrected_segments(session, by_side), session.ct,
                                       folder / "icac_corrected.seg.nrrd", algorithm, algorithm_type(session)),
        "lesions": write_rows(corrected_rows(session), CORRECTED_COLUMNS, folder / "lesions_corrected.csv"),
        "review": write_record(session.record(), folder / "review.json"),
    }
    names = {role: path.name for role, path in written.items()}
    written["report"] = write_record(corrected_report(session, prediction, names), folder / RECORD)
    return written
