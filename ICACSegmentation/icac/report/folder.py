"""The folder of results. It changes only once everything is written, and then file by file with single renames."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from icac.ct.write import write_volume
from icac.errors import OutputError
from icac.files import refuse_overwriting
from icac.files.file_set import write_file_set
from icac.report.dicom.possible import refuse_impossible
from icac.report.dicom.write import dicom_paths, write_dicom
from icac.report.picture.lesion_picture import write_lesion_picture
from icac.report.picture.overview import write_overview
from icac.report.record import build_record, write_record
from icac.report.segmentation_nrrd import write_segmentation
from icac.report.tables import write_lesion_table
from icac.result import SegmentedScan
from icac.result_files import USUAL_NAMES, ResultNames


def check_writable(folder: str | Path, inputs: Iterable[str | Path | None] = (),
                   names: Iterable[str] = USUAL_NAMES.every()) -> None:
    """Check before a long run that its results can be written, without making anything.

    Parameters
    ----------
    folder : str or pathlib.Path
    inputs : iterable of path, optional
        What the run reads.
    names : iterable of str
        The names that its results can have.

    Raises
    ------
    OutputError
        The folder is a file, the first part of its path that exists may not be written, or a result would take the
        place of an input.

    """
    folder = Path(folder).absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir():
        raise OutputError(f"Results cannot be written to {folder} because {existing} is a file; choose another folder.")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise OutputError(f"Results cannot be written to {folder} because you may not write in {existing}; "
                          "choose another folder.")
    refuse_overwriting(inputs, (folder / name for name in names))


def write_results(folder: str | Path, result: SegmentedScan, *, save_probability: bool = False, by_side: bool = False,
                  names: ResultNames = USUAL_NAMES, hide_names: bool = False, lesion_pictures: bool = False,
                  dicom: str = "", norms: Mapping[str, Any] | None = None) -> dict[str, Path]:
    """Write everything that is known of a run into a folder.

    ===================  ====================================================================================
    ``icac.nii.gz``      labelmap on the voxels of the scan: 0, or the id of the lesion in ``lesions.csv``
    ``icac.seg.nrrd``    segmentation for 3D Slicer: segment ICAC, or one segment a side
    ``lesions.csv``      one row a lesion
    ``report.json``      totals, lesions, provenance, warnings; form in ``icac/report/report.schema.json``
    ``overview.png``     the slices with most ICAC
    ``probability.*``    probability of ICAC as float32, on request
    ``lesion-001.png``   key picture of lesion 1, and so on, on request
    ``ct_resampled.*``   the CT on the voxels of the mask, where reading it had to resample it
    ``dicom/*.dcm``      segmentation, report and pictures for an archive, on request (:mod:`icac.report.dicom`)
    ===================  ====================================================================================

    Volumes of a sheared frame (tilted gantry) end in ``.nrrd``, because NIfTI readers would bend them. A
    stopped run leaves the earlier results, or no record: see :func:`icac.files.file_set.write_file_set`. The record is
    written last: a folder that has it has complete results.

    Parameters
    ----------
    folder : str or pathlib.Path
        Made if it does not exist. Other files in it are left alone.
    result : SegmentedScan
    save_probability : bool
    by_side : bool
        Two segments, right and left, in ``icac.seg.nrrd`` instead of one.
    names : ResultNames
        What the files are called, if not as above. Files of these names that are not written again are removed, as
        they would contradict the new ones, and so are those that explain lesions of before.
    hide_names : bool
        Leave out names of files and folders and descriptions, which can carry the name of a patient.
    lesion_pictures : bool
        Draw a key picture of each lesion.
    dicom : str
        What makes a segment of the DICOM segmentation, one of :data:`icac.settings.DICOM_SEGMENTS`; without it nothing
        is written as DICOM.
    norms : mapping, optional
        Where the volume lies among people of the same age and sex, for the report.

    Returns
    -------
    dict of str to pathlib.Path
        Role (``mask``, ``segmentation``, ``lesions``, ``overview``, ``probability``, ``ct``, ``lesion_1`` and so on,
        ``dicom_segmentation`` and so on, ``report``) to file.

    Raises
    ------
    OutputError
        The folder cannot be made or written, or holds the scan under the name of a result.
    InputError
        DICOM is asked for of a scan that is none, or with names hidden.

    """
    if dicom:
        refuse_impossible(result.scan, hide_names)
    refuse_overwriting((result.scan.path,), (Path(folder) / name for name in names.every()))
    result = result.without_names() if hide_names else result
    return write_file_set(folder, lambda temporary: _write_all(temporary, result, save_probability, by_side, names,
                                                               lesion_pictures, dicom, norms),
                          (*names.every(), *names.lesion_pictures_in(Path(folder)),
                           *names.attributions_in(Path(folder))), names.usual("report"))


def _write_all(folder: Path, result: SegmentedScan, save_probability: bool, by_side: bool, names: ResultNames,
               lesion_pictures: bool, dicom: str, norms: Mapping[str, Any] | None) -> dict[str, Path]:
    scan = result.scan.volume
    with ThreadPoolExecutor(2) as beside:  # each takes as long as the others
        overview = beside.submit(write_overview, result, folder / names.usual("overview"))
        segmentation = beside.submit(write_segmentation, result, folder / names.usual("segmentation"), by_side)
        mask = write_volume(scan.like(result.labels), folder / names.usual("mask"))
        lesions = write_lesion_table(result.lesions, folder / names.usual("lesions"))
        record = build_record(result, norms=norms)
        written = {"mask": mask, "segmentation": segmentation.result(), "lesions": lesions,
                   "overview": overview.result()}
    if save_probability:
        written["probability"] = write_volume(scan.like(result.probability), folder / names.usual("probability"))
    if result.scan.resampled:  # no file of the user's has these voxels
        written["ct"] = write_volume(scan, folder / names.usual("ct"))
    if lesion_pictures:
        written |= {f"lesion_{le.id}": write_lesion_picture(result, le, folder / names.lesion_picture(le.id))
                    for le in result.lesions}
    if dicom:
        written |= write_dicom(dicom_paths(folder, names), result, dicom)
    record["files"] = {role: path.relative_to(folder).as_posix() for role, path in written.items()}
    written["report"] = write_record(record, folder / names.usual("report"))
    return written
