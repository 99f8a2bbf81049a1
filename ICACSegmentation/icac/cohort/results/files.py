"""The files of one scan in the folder of a cohort, named as in BIDS derivatives."""

from __future__ import annotations

from pathlib import Path

from icac.cohort.results.thumbnail import draw_thumbnail
from icac.report import write_results
from icac.result import SegmentedScan
from icac.result_files import bids_names

THUMBNAIL = "desc-icac_thumbnail.jpg"


def write_files(folder: Path, stem: str, result: SegmentedScan, save_probability: bool = False, dicom: str = ""
                ) -> dict[str, str]:
    """Write the results of a scan into an empty folder.

    Returns
    -------
    dict of str to str
        Role, as of :func:`icac.report.write_results` and ``thumbnail``, to file name.

    """
    written = write_results(folder, result, save_probability=save_probability, names=bids_names(stem),
                            dicom=dicom)
    names = {role: path.relative_to(folder).as_posix() for role, path in written.items()}
    names["thumbnail"] = f"{stem}_{THUMBNAIL}"
    draw_thumbnail(result).save(folder / names["thumbnail"], format="JPEG", quality=80)
    return names
