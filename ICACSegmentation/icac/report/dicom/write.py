"""All that is written of a result as DICOM: one segmentation, one report, and three pictures."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import icac
from icac.errors import InputError
from icac.files import refuse_overwriting, write_file_set
from icac.report.dicom.made_by import Origin
from icac.report.dicom.possible import native_of
from icac.report.dicom.segments import segments_of
from icac.report.dicom.uids import Uids
from icac.result import SegmentedScan
from icac.result_files import USUAL_NAMES, ResultNames
from icac.settings import DICOM_SEGMENTS

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

#: Roles of the files (:mod:`icac.result_files`) by what is made, the report last: it tells that all are there.
ROLES = {"segmentation": "dicom_segmentation", "overview": "dicom_overview", "right": "dicom_right",
         "left": "dicom_left", "report": "dicom_report"}


def write_dicom_folder(folder: str | Path, result: SegmentedScan, each: str = DICOM_SEGMENTS[0],
                       origin: Origin | None = None) -> dict[str, Path]:
    """Write a result as DICOM into a folder, in which other files are left alone.

    Parameters
    ----------
    folder : str or pathlib.Path
        Made if it does not exist. It changes only once everything is written.
    result : SegmentedScan
        Of a DICOM series.
    each : str
        What makes a segment, one of :data:`icac.settings.DICOM_SEGMENTS`.
    origin : Origin, optional
        How the segmentation came about, if not by the model alone.

    Returns
    -------
    dict of str to pathlib.Path
        Role to file, the report last.

    Raises
    ------
    InputError
        The scan is none of DICOM, or its series lacks what others need to refer to it.
    IcacError
        highdicom is not installed.
    OutputError
        The folder cannot be written, or holds images of the scan under the name of a result.

    """
    names = [Path(USUAL_NAMES.usual(role)).name for role in ROLES.values()]
    refuse_overwriting((one.path for one in native_of(result.scan).slices), (Path(folder) / name for name in names))
    return write_file_set(folder, lambda temporary: write_dicom(
        {role: temporary / name for role, name in zip(ROLES.values(), names, strict=True)}, result, each, origin),
        names, names[-1])


def dicom_paths(folder: Path, names: ResultNames) -> dict[str, Path]:
    """Return where the files of a result are written, role to file."""
    return {role: folder / names.usual(role) for role in ROLES.values()}


def write_dicom(paths: dict[str, Path], result: SegmentedScan, each: str, origin: Origin | None = None
                ) -> dict[str, Path]:
    """Write a result as DICOM into files of their own, as of :func:`write_dicom_folder`; return the paths."""
    with warnings.catch_warnings():  # on names and values of the source, which are copied as they are or left out
        warnings.simplefilter("ignore")
        made = make_dicom(result, each, origin or Origin())
    for name, dataset in made.items():
        path = paths[ROLES[name]]
        path.parent.mkdir(parents=True, exist_ok=True)
        dataset.save_as(path, enforce_file_format=True)
    return paths


def make_dicom(result: SegmentedScan, each: str, origin: Origin) -> dict[str, Dataset]:
    """Return what is written, by the keys of :data:`ROLES`."""
    from icac.report.dicom.pictures import make_pictures
    from icac.report.dicom.report import make_report
    from icac.report.dicom.segmentation import make_segmentation
    from icac.report.dicom.source import read_source

    if each not in DICOM_SEGMENTS:
        raise InputError(f"A segment of a DICOM segmentation is one of {', '.join(DICOM_SEGMENTS)}, not '{each}'.")
    native = native_of(result.scan)
    source = read_source(native)
    labels = native.labels_on(result.scan.volume.like(result.labels))
    uids = Uids(source.series_uid, *(one.uid for one in native.slices), labels.tobytes(), each, *_words(result, origin))
    segments = segments_of(result, each)
    segmentation = make_segmentation(result, labels, source, segments, origin, uids)
    named = result.without_names()
    report = make_report(named, source, segmentation, segments, _shown(labels), origin, uids)
    return {"segmentation": segmentation.dataset, **make_pictures(named, source, uids), "report": report}


def _words(result: SegmentedScan, origin: Origin) -> list[str]:
    """Return what a report says beyond the voxels, and by which version of this software it and the pictures are."""
    model = result.model
    lesions = (f"{one.id} {one.side.value} {one.segment.name} {one.volume_mm3:.4f} {one.agatston:.4f} "
               f"{one.mean_hu:.2f} {one.max_hu:.2f}" for one in result.lesions)
    return [icac.__version__, model.name, model.version, model.checksum, origin.algorithm_type, *origin.reviewers,
            *result.warnings, *lesions]


def _shown(labels: np.ndarray) -> dict[int, list[int]]:
    """Return the slices that show each lesion."""
    found: dict[int, list[int]] = {int(label): [] for label in np.unique(labels) if label}
    for number in np.flatnonzero(labels.any(axis=(1, 2))):
        for label in np.unique(labels[number]):
            if label:
                found[int(label)].append(int(number))
    return found
