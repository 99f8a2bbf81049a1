"""Getting what is compared: a scan is segmented, a finished result is read again and measured anew on its scan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from icac.change.scan import MeasuredScan, Method, Protocol
from icac.ct import CTScan, read_ct
from icac.ct.examination import Examination, read_examination
from icac.ct.hidden_names import HIDDEN, hidden
from icac.ct.masks import place_mask, read_mask, refuse_inverted
from icac.ct.missing import whole_part
from icac.errors import InputError
from icac.lesions import find_lesions
from icac.lesions.slices import slice_increment_mm
from icac.pipeline import segment_file
from icac.progress import Progress, Silent
from icac.reference import load_reference
from icac.report import Report
from icac.report.report import another_ct
from icac.result import SegmentedScan
from icac.result_files import find_file, find_mask
from icac.settings import USUAL, Settings


@dataclass(frozen=True)
class Given:
    """One of the two things to compare, as the user gave it.

    Attributes
    ----------
    path : str
        A scan, a folder of results of ``icac segment``, or a report of one.
    name : str
        What to call it.
    ct : str, optional
        The scan of a result, where it is not where its report says.
    day : datetime.date, optional
        Day of the scan, where the scan does not tell or tells another.
    series : str, optional
        Which series of a DICOM folder.
    option : str
        How the command line is told the scan of a result; as ``icac change`` is, if omitted.

    """

    path: str
    name: str
    ct: str | None = None
    day: date | None = None
    series: str | None = None
    option: str = ""

    @property
    def report(self) -> Path | None:
        """The report of a result; None of a scan."""
        path = Path(self.path)
        if path.suffix == ".json" and path.is_file():
            return path
        return find_file(path, "report") if path.is_dir() else None


def measured(given: Given, settings: Settings = USUAL, progress: Progress | None = None) -> MeasuredScan:
    """Segment a scan, or read a result.

    Raises
    ------
    IcacError
        It cannot be read or segmented, or the scan of a result is not to be found.

    """
    report = given.report
    found = _of_report(Report.load(report), report.parent, given) if report else _segmented(
        given, settings, progress or Silent())
    day = given.day or found.examination.date
    return replace(found, name=given.name, examination=replace(found.examination, date=day))


def without_names(scan: MeasuredScan) -> MeasuredScan:
    """Return a scan without names of files and folders, which can carry the name of a patient."""
    path = Path(scan.path)
    return replace(scan, path=HIDDEN, notes=tuple(hidden(note, path) for note in scan.notes))


def _segmented(given: Given, settings: Settings, progress: Progress) -> MeasuredScan:
    if given.ct:
        raise InputError(f"{given.path} is a scan and no result, so leave out the option that names its CT.")
    settings = replace(settings, series=given.series or settings.series)
    return of_result(segment_file(given.path, settings, progress=progress),
                     read_examination(given.path, settings.series or None))


def of_result(result: SegmentedScan, examination: Examination) -> MeasuredScan:
    """Return a segmented scan as it is compared."""
    scan, model = result.scan, result.model
    method = Method(model.name, model.version, model.checksum, round(float(result.threshold), 6),
                    round(float(result.lesion_threshold), 6), result.settings.harmonise, result.poses)
    return MeasuredScan(
        scan.path.name, scan.volume, result.labels, result.lesions, result.registration.reference_to_scan,
        scan.voxels_sha256, _protocol(scan, result.measured.noise_sd_hu), method,
        examination, result.warnings, str(scan.path), model.full_notice)


def _of_report(report: Report, folder: Path, given: Given) -> MeasuredScan:
    scan, origin = _scan_of(report, folder, given)
    scan = whole_part(scan, {side: course.transformed(report.reference_to_scan)
                             for side, course in load_reference().courses.items()})
    if report.is_of_another_ct(scan):
        raise InputError(another_ct(report.source, scan.path))
    labels, lesions = _lesions(report, folder, scan)
    return MeasuredScan(
        folder.name, scan.volume, labels, lesions, report.reference_to_scan, scan.voxels_sha256,
        _protocol(scan, report.measured_noise_hu, report), _method(report),
        origin, report.warnings, str(scan.path), report.notice)


def _scan_of(report: Report, folder: Path, given: Given) -> tuple[CTScan, Examination]:
    """Return the scan of a result, and whose it is."""
    kept = next((path for path in (folder / report.files.get("ct", "-"), find_file(folder, "ct"))
                 if path and path.is_file()), None)
    original = Path(given.ct or report.input_path)
    series = given.series or (report.identity.get("series_uid") if original.is_dir() else None)
    read = original if given.ct or kept is None else kept
    if not read.exists() and given.ct:
        raise InputError(f"{read} does not exist; give the scan of {given.path}.")
    if not read.exists():
        raise InputError(f"The scan of {given.path} is not at {read}, where its report says; name it with "
                         f"{given.option or f'--ct-{given.name.lower()}'}.")
    scan = read_ct(read, series if read == original else None, incomplete=True)
    return scan, read_examination(original, series)


def _lesions(report: Report, folder: Path, scan: CTScan) -> tuple[np.ndarray, tuple]:
    """Measure the lesions of the mask anew: it may have been corrected by hand."""
    named = folder / report.files.get("mask", "-")
    path = named if named.is_file() else find_mask(folder)
    if path is None:
        raise InputError(f"{folder} holds no mask beside its report; segment the scan again.")
    mask, moved = place_mask(read_mask(path), scan.volume.frame)
    if moved:
        raise InputError(f"{path} does not lie on the voxels of {scan.path}; give the scan that was segmented.")
    refuse_inverted(mask, path)
    found = find_lesions(mask, report.measured(scan.volume), None, report.courses)
    return found.labels, tuple(found.lesions)


def _protocol(scan: CTScan, noise_sd_hu: float, report: Report | None = None) -> Protocol:
    """Return how a scan was made, by its report where that knows more than a file that was read again."""
    identity = report.identity if report else scan.identity
    thickness = report.thickness_mm if report else scan.thickness_mm
    return Protocol(max(thickness or 0.0, slice_increment_mm(scan.volume.frame)), noise_sd_hu,
                    identity.get("kernel", ""), identity.get("kvp", ""))


def _method(report: Report) -> Method:
    return Method(report.model, report.model_version, report.model_checksum, round(report.threshold, 6),
                  round(report.lesion_threshold, 6), report.harmonise, report.poses)
