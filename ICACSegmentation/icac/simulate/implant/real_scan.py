"""A real CT into which calcifications can be implanted: its slices, its carotids, its resolution and its noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from icac.anatomy import Course, Side
from icac.ct.image_quality import ImageQuality, measure_quality
from icac.ct.scan import CTScan
from icac.errors import InputError
from icac.reference import load_reference
from icac.registration import Registration
from icac.simulate.implant.fit_course import fit_course
from icac.simulate.patient.registered_scan import read_registered
from icac.simulate.scanner.slices import Slices

#: In-plane blur of an ordinary kernel in mm, where it cannot be measured, and the range that a measurement may have.
USUAL_FWHM_MM, FWHM_RANGE_MM = 0.9, (0.4, 2.0)


@dataclass(frozen=True, eq=False)
class RealScan:
    """A scan that was read and registered.

    Attributes
    ----------
    scan : CTScan
        As readers get it.
    slices : Slices
        As it was acquired.
    registration : Registration
    courses : dict of Side to Course
        Carotids, LPS mm of the scan: registered, then moved out of bone.
    quality : ImageQuality
    fwhm_mm : float
        Blur in the slices that implants get: the measured one, or a usual one where there is nothing to measure.
    dry : bool
        True for a bare skull.

    """

    scan: CTScan
    slices: Slices
    registration: Registration
    courses: dict[Side, Course]
    quality: ImageQuality
    fwhm_mm: float
    dry: bool = False

    @property
    def kv(self) -> int | None:
        """Tube voltage, if it is known."""
        text = self.scan.identity.get("kvp", "")
        return round(float(text)) if text else None

    @property
    def skull_base_thickness_mm(self) -> float:
        """Median thickness of the slices that cross a carotid."""
        normal = self.slices.axes[:, 2]
        heights = np.concatenate([course.points for course in self.courses.values()]) @ normal
        own = self.slices.positions @ normal
        crossing = (own >= heights.min()) & (own <= heights.max())
        return float(np.median(self.slices.thickness_mm[crossing] if crossing.any() else self.slices.thickness_mm))


@lru_cache(maxsize=2)
def load_real_scan(path: str | Path) -> RealScan:
    """Read a real CT, register it, and measure how sharp and noisy it is.

    Parameters
    ----------
    path : str or Path
        DICOM folder, NIfTI, NRRD or MetaImage.

    Raises
    ------
    InputError
        If it cannot be read or is no CT in which ICAC can be measured.
    RegistrationError
        If no skull base is found in it.

    """
    scan, registration, dry = read_registered(path)
    slices = _slices(scan)
    quality = measure_quality(slices.hu, slices.spacing)
    fwhm = quality.edge_fwhm_mm if np.isfinite(quality.edge_fwhm_mm) else USUAL_FWHM_MM
    courses = {side: fit_course(course, scan.volume, dry)
               for side, course in registration.scan_courses(load_reference().courses).items()}
    return RealScan(scan, slices, registration, courses, quality, float(np.clip(fwhm, *FWHM_RANGE_MM)), dry)


def _slices(scan: CTScan) -> Slices:
    """Return the slices at their true positions: those of the DICOM files, or of the volume."""
    if scan.kind == "dicom":
        from icac.ct.dicom import find_series, read_stack

        found = find_series(scan.path, scan.identity.get("series_uid"))
        stack = read_stack(found.slices, scan.path, found.unread)
        thickness = np.where(np.isfinite(stack.thickness), stack.thickness, np.median(stack.distances))
        return Slices(stack.hu, stack.positions, stack.orientation, stack.spacing, thickness)
    x, y = scan.volume.frame.direction[:, :2].T
    if abs(x @ y) > 1e-3:
        raise InputError(f"{scan.path} has slices whose rows and columns are not at right angles; give the original "
                         "series.")
    distance = scan.volume.frame.voxel_volume_mm3 / np.prod(scan.volume.frame.spacing[:2])
    return Slices.of_volume(scan.volume, scan.thickness_mm or distance)
