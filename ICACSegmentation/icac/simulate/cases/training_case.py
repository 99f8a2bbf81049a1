"""Training cases: a simulated scan as the network will see it, on the 0.5 mm grid of a registered head."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from icac.air import OUTSIDE_HU
from icac.anatomy import Course, Side
from icac.calcium import is_calcium_dense
from icac.geometry import Frame, Volume
from icac.reference.grid import CASE_FRAME, CENTER_LPS_MM, SPACING_MM
from icac.simulate.cases.simulated_patient import draw_patient
from icac.simulate.patient.anatomy import Anatomy
from icac.simulate.patient.metal import draw_aneurysm_metal
from icac.simulate.scanner.acquisition import draw_acquisition, draw_pose
from icac.simulate.scanner.scan import SimulatedScan, acquire
from icac.simulate.truth.as_measured import as_measured, observers_as_measured
from icac.simulate.truth.observers import as_bits
from icac.trainingset.case_scan import CaseScan
from icac.trainingset.drawings import Drawings

#: What is scanned for a case: the case and room for the error of its pose.
SCAN_REGION = Frame.regular((1.0, 1.0, 1.0), (140, 116, 88), center=CENTER_LPS_MM)

#: Typical error of rigid registration to the reference; random heads also differ in size and shape.
POSE_ERROR_MM, POSE_ERROR_DEG = 2.5, 2.5

#: Range of the noise in HU where dense blood is to pass 130 HU by noise alone.
HIGH_NOISE_HU = (15.0, 24.0)

#: Least share of dense tissue around a voxel that counts.
_SMALLEST_SHARE = 1e-3


@dataclass(frozen=True, eq=False)
class TrainingCase:
    """What the network is trained on, and where it came from.

    Attributes
    ----------
    hu : numpy.ndarray
        int16 (z, y, x) on :data:`CASE_FRAME`.
    label : numpy.ndarray
        uint8 (z, y, x): 1 where ICAC is.
    artery : numpy.ndarray
        uint8 (z, y, x): 1 within the outer wall of a carotid. No scan shows it, but the simulation knows.
    courses : dict of Side to Course
        The true carotids, in the space of :data:`CASE_FRAME`, LPS mm.
    scan : CaseScan
        The part of the scan around the carotids and its truth.
    facts : dict
        Protocol, scan settings, ICAC volume in the scan and on the grid (mm3), number of lesions in the scan.
    drawings : Drawings or None
        What several observers drew, if that was wanted: ``label`` and the ICAC of ``scan`` are then those of the first.

    """

    hu: np.ndarray
    label: np.ndarray
    artery: np.ndarray
    courses: dict[Side, Course]
    scan: CaseScan
    facts: dict[str, float | int | str]
    drawings: Drawings | None = None


def make_training_case(anatomy: Anatomy, rng: np.random.Generator, protocol: str,
                       total_mm3: float | None = None, noisy_blood: bool = False, style: str = "usual",
                       clips: bool = False, observers: int = 0) -> TrainingCase:
    """Simulate a patient with the given head, scan it, and bring the scan to the network's grid as inference does.

    Parameters
    ----------
    anatomy : Anatomy
    rng : numpy.random.Generator
    protocol : str
        ``rotterdam``, ``stroke`` or ``routine``.
    total_mm3 : float, optional
        Fix the ICAC volume.
    noisy_blood : bool
        Give the patient dense blood and the scan much noise.
    style : str
        Kernels and noise, see :func:`icac.simulate.scanner.acquisition.draw_acquisition`.
    clips : bool
        Give the patient the metal of a treated aneurysm.
    observers : int
        So many observers draw the case; with none of them its label is the truth.

    """
    patient = draw_patient(rng, protocol, anatomy, total_mm3, noisy_blood)
    acquisition = draw_acquisition(rng, protocol, style)
    if noisy_blood:
        noise_sd = max(float(rng.uniform(*HIGH_NOISE_HU)), acquisition.noise_sd if style == "sharp" else 0.0)
        acquisition = replace(acquisition, noise_sd=noise_sd)
    metal = tuple(draw_aneurysm_metal(anatomy.courses, rng)) if clips else ()
    scan = acquire(anatomy, patient.calcification.lesions, (*patient.mimics, *metal), acquisition, rng, SCAN_REGION)
    reference_to_scan = acquisition.pose @ draw_pose(rng, POSE_ERROR_DEG, POSE_ERROR_MM)
    read = _as_read(scan)
    ct, icac = as_measured(*read, scan.lesion_image, reference_to_scan)
    hu = np.rint(_resampled(ct, CASE_FRAME, OUTSIDE_HU, reference_to_scan)).astype(np.int16)

    def on_grid(region: Volume) -> np.ndarray:
        return _icac_of_dense(ct, region, CASE_FRAME, reference_to_scan) & is_calcium_dense(hu)

    label, drawings = on_grid(icac), None
    if observers:
        # Of a generator of their own, so that the case is the same with and without them.
        drawn = observers_as_measured(observers, read[0], scan.lesion_image, reference_to_scan, rng.spawn(1)[0])
        each = [ct.like(one.astype(np.uint8)) for one in drawn]
        drawings = Drawings(label.astype(np.uint8), as_bits(np.stack([on_grid(one) for one in each])), icac.array,
                            as_bits(drawn))
        icac, label = each[0], on_grid(each[0])
    head_to_reference = np.linalg.inv(reference_to_scan) @ acquisition.pose
    courses = {side: course.transformed(head_to_reference) for side, course in anatomy.courses.items()}
    artery = tubes(CASE_FRAME, courses.values())
    kept = CaseScan.around_carotids(ct, icac, reference_to_scan)
    facts = {**_facts(scan, hu, label), "style": style, "clips": int(clips)}
    return TrainingCase(hu, label.astype(np.uint8), artery, courses, kept, facts,
                        drawings.around(ct, kept) if drawings else None)


def tubes(frame: Frame, courses: Iterable[Course]) -> np.ndarray:
    """Return the voxels within the outer wall of arteries, uint8 (z, y, x).

    Parameters
    ----------
    frame : Frame
        An orthogonal grid.
    courses : iterable of Course
        In the space of the grid, LPS mm.

    """
    inside = np.zeros(frame.shape, np.uint8)
    for course in courses:
        for index, radius in zip(frame.to_index(course.points), course.radius_mm[:, None] / frame.spacing,
                                 strict=True):
            low = np.maximum(np.floor(index - radius).astype(int), 0)
            high = np.minimum(np.ceil(index + radius).astype(int) + 1, frame.size)
            if np.any(high <= low):
                continue
            x, y, z = (((np.arange(a, b) - c) / r) ** 2
                       for a, b, c, r in zip(low, high, index, radius, strict=True))
            block = inside[low[2]:high[2], low[1]:high[1], low[0]:high[0]]
            block |= (z[:, None, None] + y[:, None] + x <= 1.0).astype(np.uint8)
    return inside


def _as_read(scan: SimulatedScan) -> tuple[Volume, Volume]:
    """Return scan (int16) and truth (uint8); a tilted stack is straightened, as by a reader."""
    if not scan.ct.frame.is_sheared:
        return scan.ct, scan.icac
    frame = _straight(scan.ct.frame)
    hu = np.rint(_resampled(scan.ct, frame, OUTSIDE_HU)).astype(np.int16)
    icac = _icac_of_dense(scan.ct, scan.icac, frame) & is_calcium_dense(hu)
    return Volume(hu, frame), Volume(icac.astype(np.uint8), frame)


def _resampled(volume: Volume, frame: Frame, outside: float, transform: np.ndarray | None = None) -> np.ndarray:
    return volume.like(volume.array.astype(np.float32)).resample(frame, transform, outside=outside).array


def _icac_of_dense(ct: Volume, icac: Volume, frame: Frame, transform: np.ndarray | None = None) -> np.ndarray:
    """Return where at least half of the dense tissue around a voxel of ``frame`` is ICAC, bool (z, y, x).

    Against all tissue, thin lesions and the outermost voxels of all would be lost: these lie beside others below
    130 HU, which belong to no one.
    """
    dense = _resampled(ct.like(is_calcium_dense(ct.array)), frame, 0.0, transform)
    return _resampled(icac, frame, 0.0, transform) >= 0.5 * np.maximum(dense, _SMALLEST_SHARE)


def _straight(frame: Frame) -> Frame:
    """Return the orthogonal frame with the slice planes of a sheared one and room for all its slices."""
    axes = frame.direction.copy()
    axes[:, 2] = np.cross(axes[:, 0], axes[:, 1])
    table = frame.affine[:3, 2]
    step = float(table @ axes[:, 2])
    slip = float(table @ axes[:, 1]) * (frame.size[2] - 1)
    rows = int(np.ceil(abs(slip) / frame.spacing[1]))
    affine = np.eye(4)
    affine[:3, :3] = axes * (*frame.spacing[:2], step)
    affine[:3, 3] = np.asarray(frame.origin) + axes[:, 1] * min(slip, 0.0)
    return Frame(affine, (frame.size[0], frame.size[1] + rows, frame.size[2]))


def _facts(scan: SimulatedScan, hu: np.ndarray, label: np.ndarray) -> dict[str, float | int | str]:
    acquisition = scan.acquisition
    voxel_mm3 = SPACING_MM**3
    return {
        "protocol": acquisition.protocol,
        "pixel_mm": round(acquisition.pixel_mm, 4),
        "thickness_mm": acquisition.thickness_mm,
        "increment_mm": acquisition.increment_mm,
        "tilt_deg": round(acquisition.tilt_deg, 1),
        "kernel_fwhm_mm": round(acquisition.kernel.fwhm_mm, 3),
        "edge_gain": round(acquisition.kernel.edge_gain, 2),
        "kv": acquisition.kv,
        "noise_sd": round(acquisition.noise_sd, 1),
        "scan_volume_mm3": round(scan.volume_mm3, 3),
        "volume_mm3": round(float(label.sum()) * voxel_mm3, 3),
        "dense_mm3": round(float(np.count_nonzero(is_calcium_dense(hu))) * voxel_mm3, 1),
        "lesions": sum(lesion.visible for lesion in scan.lesions),
        "not_visible_mm3": round(sum(row.volume_mm3 for row in scan.lesions if not row.visible), 3),
    }
