"""Implanting calcifications into a real CT, on its own voxels.

The scan keeps every voxel that no calcification touches, and its noise everywhere: what is added is the calcification
less the tissue it replaces, without that tissue's noise, blurred as the scan is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from icac.air import AIR_HU
from icac.anatomy import Course, Side
from icac.ct.tube_voltage import CALCIUM_GAIN
from icac.geometry import Volume
from icac.reference import load_reference
from icac.simulate.cases.cohort_case import CohortCase
from icac.simulate.implant.fit_course import bone_share
from icac.simulate.implant.real_scan import RealScan, load_real_scan
from icac.simulate.patient.calcification import Calcification, draw_calcification
from icac.simulate.patient.lesions import Lesion
from icac.simulate.patient.mimics import Strand
from icac.simulate.patient.registered_scan import share_of_bone
from icac.simulate.patient.texture import draw_texture
from icac.simulate.scanner.imaging import SliceImager
from icac.simulate.scanner.paint import FINE_MM, Canvas, Shape, bounds
from icac.simulate.scanner.slices import Slices
from icac.simulate.truth.lesion_truth import LesionTruth, describe_lesions, seen
from icac.simulate.truth.rule import truth_mask, visible_lesions

#: Soft tissue around the lumen in a bare skull in mm, and its CT number.
SHEATH_MM, TISSUE_HU = 3.0, 45.0

#: Blur in mm that takes the noise out of the tissue that a calcification replaces.
TISSUE_BLUR_MM = 0.8

LARGEST_HU = 32767


def implant_case(path: str, rng: np.random.Generator, protocol: str, dicom: bool) -> CohortCase:
    """Implant the calcifications of a random patient into a real CT.

    Parameters
    ----------
    path : str
        A head CT without ICAC: what it has of it is not in the truth.
    rng : numpy.random.Generator
    protocol : str
        Population whose burden is drawn: ``rotterdam``, ``stroke`` or ``routine``.
    dicom : bool
        True to put the truth on the voxels that readers of a DICOM series get.

    Raises
    ------
    InputError
        If the scan cannot be read or used.
    RegistrationError
        If no skull base is found in it.

    """
    real = load_real_scan(path)
    if real.dry:
        real = with_arteries(real, rng)
    calcification = draw_calcification(real.courses, rng, protocol)
    slices, labels, rows = implant(real, calcification)
    return CohortCase.assemble(slices, labels, rows, calcification.burden, _facts(real, protocol), dicom)


def with_arteries(real: RealScan, rng: np.random.Generator) -> RealScan:
    """Return a scan of a bare skull with soft tissue around its carotids."""
    imager, hu = SliceImager(real.slices, real.fwhm_mm), real.slices.hu.copy()
    for course in real.courses.values():
        imaged = _imaged(imager, [_sheathed_artery(course, rng)], _as_float(real.scan.volume), 1.0)
        if imaged is not None:
            _raise(hu, imaged)
    slices = real.slices.with_hu(hu)
    return replace(real, slices=slices, scan=replace(real.scan, volume=slices.as_read()))


def _sheathed_artery(course: Course, rng: np.random.Generator) -> Strand:
    """Return a carotid full of blood with soft tissue around it, on a course in scan LPS mm, for a bare skull.

    In air a blurred plate of a millimetre hardly reaches 130 HU, so that nearly nothing of it would be seen.
    """
    return Strand("carotid in soft tissue", course.points, course.radius_mm + SHEATH_MM, TISSUE_HU,
                  draw_texture(rng, 4.0, 0.1, 0.05), calcified=False)


def implant(real: RealScan, calcification: Calcification) -> tuple[Slices, np.ndarray, tuple[LesionTruth, ...]]:
    """Return the slices with calcifications, their labels, uint8 (slices, rows, columns), and the lesions' rows."""
    imager = SliceImager(real.slices, real.fwhm_mm)
    hu, labels = real.slices.hu.copy(), np.zeros(real.slices.hu.shape, np.uint8)
    tissue = _as_float(real.scan.volume)
    gain = _calcium_gain(real.kv)
    shown: set[int] = set()
    first = 0
    for side in Side:
        lesions = [lesion for lesion in calcification.lesions if lesion.side is side]
        imaged = _imaged(imager, lesions, tissue, gain) if lesions else None
        if imaged is not None:
            added = _add(imaged, imager, hu, labels, first)
            shown |= visible_lesions(added, hu[imaged.box], imaged.excess)
        first += len(lesions)
    return real.slices.with_hu(hu), labels, seen(describe_lesions(_ordered(calcification)), shown)


@dataclass(frozen=True, eq=False)
class _Imaged:
    box: tuple[slice, slice, slice]
    excess: np.ndarray
    points: np.ndarray
    owner: np.ndarray


def _ordered(calcification: Calcification) -> list[Lesion]:
    """Return the lesions in the order of their labels."""
    return [lesion for side in Side for lesion in calcification.lesions if lesion.side is side]


def _as_float(volume: Volume) -> Volume:
    return volume.like(volume.array.astype(np.float32))


def _imaged(imager: SliceImager, shapes: Sequence[Shape], tissue: Volume, gain: float) -> _Imaged | None:
    low, high = bounds(shapes, imager.to_gantry)
    box = imager.box(low, high)
    if box is None:
        return None
    canvas = Canvas.blank(imager.fine_frame(low, high, FINE_MM))
    for number, shape in enumerate(shapes):
        canvas.paint(shape, number)
    behind = gaussian_filter(tissue.resample(canvas.frame, outside=AIR_HU).array, TISSUE_BLUR_MM / 2.3548 / FINE_MM)
    canvas.occupancy *= 1.0 - share_of_bone(behind)
    calcium = canvas.hu + (gain - 1.0) * np.maximum(canvas.hu - 80.0, 0.0)
    excess = canvas.occupancy * np.maximum(calcium - behind, 0.0)
    painted = np.argwhere(canvas.occupancy > 0.3)[:, ::-1]
    if not len(painted):
        return None
    return _Imaged(box, imager.image(excess, canvas.frame, box), canvas.frame.to_lps(painted),
                   canvas.owner[tuple(painted.T[::-1])])


def _add(imaged: _Imaged, imager: SliceImager, hu: np.ndarray, labels: np.ndarray, first: int) -> np.ndarray:
    """Add what calcifications changed, and mark the truth; only voxels that change are written.

    Returns the labels that it marked, on the box of the image.
    """
    part = hu[imaged.box]
    _raise(hu, imaged)
    mask = truth_mask(part, imaged.excess)
    added = np.zeros(mask.shape, np.uint8)
    if mask.any():
        index = np.argwhere(mask)
        slices = imager.slices
        offset = (index[:, :0:-1] + [imaged.box[2].start, imaged.box[1].start]) * slices.spacing
        points = slices.positions[index[:, 0] + imaged.box[0].start] + offset @ slices.orientation
        nearest = imaged.owner[cKDTree(imaged.points).query(points)[1]]
        added[mask] = np.where(labels[imaged.box][mask] == 0, first + nearest + 1, 0)
        labels[imaged.box] += added
    return added


def _raise(hu: np.ndarray, imaged: _Imaged) -> None:
    after = hu[imaged.box] + imaged.excess
    hu[imaged.box] = np.minimum(np.rint(after) if hu.dtype.kind in "iu" else after, LARGEST_HU)


def _calcium_gain(kv: int | None) -> float:
    """CT number of calcium relative to 120 kV, at the nearest known voltage."""
    return 1.0 if kv is None else CALCIUM_GAIN[min(CALCIUM_GAIN, key=lambda known: abs(known - kv))]


def _facts(real: RealScan, protocol: str) -> dict:
    distances = np.diff(real.slices.positions @ real.slices.axes[:, 2])
    quality = real.quality
    acquisition = {"protocol": protocol, "pixel_mm": float(real.slices.spacing[0]),
                   "thickness_mm": float(np.median(real.slices.thickness_mm)),
                   "increment_mm": float(np.median(np.abs(distances))),
                   "kernel": {"fwhm_mm": real.fwhm_mm, "edge_gain": 0.0},
                   "noise_sd": quality.noise_sd_hu if np.isfinite(quality.noise_sd_hu) else None,
                   "head_to_scan": np.round(real.registration.reference_to_scan, 6).tolist()}
    if real.kv:
        acquisition["kv"] = real.kv
    registered = real.registration.scan_courses(load_reference().courses)
    background = {"path": str(real.scan.path), "sha256": real.scan.identity["sha256"],
                  "registration_quality": round(real.registration.quality, 3),
                  "centreline_in_bone": {side.value: round(bone_share(course, real.scan.volume), 3)
                                         for side, course in real.courses.items()},
                  "centreline_moved_mm": {side.value: round(float(np.linalg.norm(
                      course.points - registered[side].points, axis=1).mean()), 2)
                      for side, course in real.courses.items()},
                  "corrections": list(real.scan.corrections),
                  "soft_tissue_added": real.dry,
                  "note": "ICAC that the scan has itself is not in the truth"}
    return {"acquisition": acquisition, "background": background}
