"""DICOM SEG on the images of the series, a structured report and pictures, for the archive that holds the scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.scene.dicom_database import database, instance_uids
from ICACSegmentationLib.scene.grids import own_frame, world_volume


def read_source(ct, ask_folder: Callable[[], str]):
    """Return the series of a CT as an ``icac.ct.CTScan``; None if the user names no folder.

    Parameters
    ----------
    ct
        Volume node.
    ask_folder : callable
        Returns the folder of the series, empty to stop. It is called where Slicer's DICOM database does not know it.

    Raises
    ------
    icac.errors.InputError
        The folder does not hold the series of this CT.

    """
    from icac.ct.read import files_of_images, read_ct, read_dicom_files
    from icac.errors import InputError

    uids = instance_uids(ct)
    files = _files_in_database(uids)
    if files:
        return read_dicom_files(files)
    folder = ask_folder()
    if not folder:
        return None
    if not uids:
        return read_ct(folder, incomplete=True)
    files = files_of_images(folder, set(uids))
    if not files:
        raise InputError(_("The folder {folder} does not hold the images of {name}; choose that of its DICOM series."
                           ).format(folder=folder, name=ct.GetName()))
    return read_dicom_files(files)


def _files_in_database(uids: list[str]) -> list[str]:
    """Return the files of images that Slicer's DICOM database knows; none unless it knows all."""
    known = database()
    if not uids or known is None or not known.isOpen:
        return []
    files = [known.fileForInstance(uid) for uid in uids]
    return files if all(file and Path(file).is_file() for file in files) else []


def write_dicom_results(ct, session, report, source, folder: Path) -> None:
    """Write a result as it is now into a folder.

    Parameters
    ----------
    ct
        Volume node of the CT.
    session : icac.review.ReviewSession
    report : icac.report.Report
        Of the prediction.
    source : icac.ct.CTScan
        The series of the CT.
    folder : Path

    Raises
    ------
    icac.errors.InputError
        The series shows something else, or the CT lies elsewhere.
    icac.errors.OutputError
        The folder cannot be written.

    """
    from icac.ct.same import shows_same
    from icac.errors import InputError
    from icac.report.dicom import write_dicom_folder
    from icac.review.corrected_scan import corrected_scan, origin_of

    volume = _as_acquired(ct)
    if not shows_same(volume, source.volume):
        raise InputError(_("{name} does not lie on the images of its DICOM series: they show another scan, or the CT "
                           "was moved or loaded without its tilt; choose the folder of its series, or load it again."
                           ).format(name=ct.GetName()))
    result = corrected_scan(session, report, replace(source, volume=volume))
    write_dicom_folder(folder, result, origin=origin_of(session))


def _as_acquired(ct):
    """Return a CT where its scanner saw it: linear transforms move it away, others undo the tilt of the gantry."""
    from icac.geometry import Volume

    transform = ct.GetParentTransformNode()
    if transform is None or transform.IsTransformToWorldLinear():
        return Volume(slicer.util.arrayFromVolume(ct), own_frame(ct))
    return world_volume(ct)
