"""Heads from real scans without ICAC, for training only: living heads as they are, bare skulls brought to life.

A skull in air has the true, intricate shape of bone but no tissue. It gets brain inside, muscle and fat outside,
a compact shell around marrow, and the air of a sphenoid sinus; the carotids get a free lumen.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813
from scipy.ndimage import gaussian_filter, zoom
from scipy.spatial import cKDTree

from icac.air import AIR_HU
from icac.anatomy import Course, Side
from icac.errors import InputError
from icac.geometry import Frame, Volume, lps_to_ras
from icac.phantom import HeadParameters
from icac.phantom.skull import cranium
from icac.reference import load_reference
from icac.reference.grid import CENTER_LPS_MM
from icac.simulate.patient.background import VoxelAnatomy
from icac.simulate.patient.registered_scan import read_registered, share_of_bone

#: Grid of a background, in head space.
FRAME = Frame.regular((0.5,) * 3, (296, 248, 192), center=CENTER_LPS_MM)

#: Tissue of a revived skull: compact bone and marrow, brain, muscle, fat, fluid, blood, air (HU), and the thickness
#: of the compact shell (mm).
COMPACT_HU, MARROW_HU, BRAIN_HU, MUSCLE_HU, FAT_HU, FLUID_HU, BLOOD_HU = 1200, 330, 33, 55, -90, 10, 47
SHELL_MM = 1.1

#: Gap between the lumen of a carotid and bone, mm.
CANAL_GAP_MM = 0.6


@lru_cache(maxsize=1)
def load_real_background(path: str | Path) -> VoxelAnatomy:
    """Read a scan without ICAC, register it, and make it a head that can be simulated with.

    Parameters
    ----------
    path : str or Path
        DICOM folder, NIfTI, NRRD or MetaImage.

    Raises
    ------
    InputError
        If the scan cannot be read or used, or does not cover the carotids.
    RegistrationError
        If no skull is found in it.

    """
    scan, registration, dry = read_registered(path)
    reference = load_reference()
    source = scan.volume.like(scan.volume.array.astype(np.float32))
    head = source.resample(FRAME, registration.reference_to_scan, outside=AIR_HU)
    seen = source.like(np.ones_like(source.array)).resample(FRAME, registration.reference_to_scan)
    index = np.rint(FRAME.to_index(np.concatenate([c.points for c in reference.courses.values()]))).astype(int)
    if seen.array[tuple(index.T[::-1])].mean() < 0.9:
        raise InputError(f"{path}: this scan does not cover the carotids; use one that holds the whole skull base.")
    return _make_background(head.array, reference.courses, dry)


def _make_background(hu: np.ndarray, courses: dict[Side, Course], dry: bool) -> VoxelAnatomy:
    """Make a head from CT numbers on :data:`FRAME`, float32 (z, y, x), and the carotids of the reference."""
    bone = share_of_bone(hu)
    if dry:
        hu, bone = _revive(bone, courses)
    return VoxelAnatomy(Volume(hu.astype(np.float32), FRAME), Volume(bone.astype(np.float32), FRAME), courses,
                        lambda ras: lps_to_ras(np.asarray(ras, dtype=float)), np.eye(4))


def _revive(bone: np.ndarray, courses: dict[Side, Course]) -> tuple[np.ndarray, np.ndarray]:
    """Give a bare skull tissue; returns CT numbers and share of bone."""
    rng = np.random.default_rng(0)
    canal = _canal_share(courses)
    sinus = _sphenoid_share(bone, canal)
    bone = bone * (1.0 - canal) * (1.0 - sinus)
    solid = bone > 0.5
    fine, wide = _random_field(rng, 1.3, 1), _random_field(rng, 2.0, 4)
    brain, nose, outside = _cavities()
    muscle = MUSCLE_HU + (FAT_HU - MUSCLE_HU) / (1.0 + np.exp(-6.0 * (wide + 0.4 * fine - 0.6)))
    inside = _distance_inside(solid)
    depth = -inside
    fluid = np.clip(1.6 + 0.6 * wide - depth, 0.0, 1.0)
    hu: np.ndarray = np.where(brain, BRAIN_HU + 2.0 * fine + fluid * (FLUID_HU - BRAIN_HU), muscle).astype(np.float32)
    hu[(nose & (depth > 1.0 + 0.5 * wide)) | outside] = AIR_HU
    hu = hu + sinus * (AIR_HU - hu)
    hu = hu + _canal_share(courses, 0.0) * (BLOOD_HU - hu)
    compact = np.clip((SHELL_MM * (1.0 + 0.3 * wide) - inside) / 0.5 + 0.5, 0.0, 1.0)
    marrow = MARROW_HU * np.clip(1.0 + 0.3 * wide, 0.3, 2.0) + 130.0 * fine
    density = marrow + compact * (COMPACT_HU - marrow)
    return hu + bone * (density - hu), bone


def _random_field(rng: np.random.Generator, sd: float, factor: int) -> np.ndarray:
    """Smooth noise of unit standard deviation on :data:`FRAME`, drawn on a grid coarser by ``factor``."""
    coarse = rng.standard_normal([n // factor for n in FRAME.shape], dtype=np.float32)
    coarse = gaussian_filter(coarse, sd)
    return zoom(coarse / coarse.std(), factor, order=1) if factor > 1 else coarse / coarse.std()


def _distance_inside(mask: np.ndarray) -> np.ndarray:
    """Distance in mm to the surface of a mask on :data:`FRAME`, positive inside."""
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing(FRAME.spacing)
    distance = sitk.SignedMaurerDistanceMap(image, insideIsPositive=True, squaredDistance=False, useImageSpacing=True)
    return sitk.GetArrayFromImage(distance)


def _canal_share(courses: dict[Side, Course], gap_mm: float = CANAL_GAP_MM) -> np.ndarray:
    """Share of each voxel inside the carotids widened by a gap."""
    share = np.zeros(FRAME.shape, dtype=np.float32)
    for course in courses.values():
        index = FRAME.to_index(course.points)
        low = np.maximum(np.floor(index.min(axis=0)).astype(int) - 8, 0)
        high = np.minimum(np.ceil(index.max(axis=0)).astype(int) + 9, FRAME.size)
        grid = np.moveaxis(np.mgrid[tuple(slice(a, b) for a, b in zip(low, high, strict=True))], 0, -1)
        distance, nearest = cKDTree(course.points).query(FRAME.to_lps(grid.reshape(-1, 3)))
        inside = np.clip(0.5 - (distance - course.radius_mm[nearest] - gap_mm) / 0.5, 0.0, 1.0)
        box = tuple(slice(a, b) for a, b in zip(low[::-1], high[::-1], strict=True))
        share[box] = np.maximum(share[box], inside.reshape(grid.shape[:-1]).transpose(2, 1, 0))
    return share


def _sphenoid_share(bone: np.ndarray, canal: np.ndarray) -> np.ndarray:
    """Share of air in the body of the sphenoid: a cell on either side, with walls towards carotids and outside."""
    x, y, z = (FRAME.affine[a, a] * np.arange(n) + FRAME.affine[a, 3] for a, n in enumerate(FRAME.size))
    z, y, x = z[:, None, None], y[:, None], x
    cells = np.minimum(*(np.sqrt(((x - side) / 6.5) ** 2 + ((y + 15) / 12) ** 2 + ((z + 11) / 8) ** 2)
                         for side in (-6.0, 7.0)))
    free = _distance_inside((bone > 0.5) & (canal < 0.5))
    return (np.clip((1.0 - cells) * 8.0, 0.0, 1.0) * np.clip(free - 1.2, 0.0, 1.0)).astype(np.float32)


def _cavities() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Masks of brain, of the air of the nose, and of the air around the head, where they lie in the mean head."""
    axes = (FRAME.affine[a, a] * np.arange(n) + FRAME.affine[a, 3] for a, n in enumerate(FRAME.size))
    x, y, z = np.broadcast_arrays(*(axis.astype(np.float32).reshape(shape) for axis, shape in
                                    zip(axes, ((1, 1, -1), (1, -1, 1), (-1, 1, 1)), strict=True)))
    parameters = HeadParameters()
    shell, half = cranium.shell((-x, -y, z), parameters)
    brain = (shell < 0) & (z > cranium.floor_height(-x, -y, parameters))
    nose = (np.abs(x) < 13) & (y < -28) & (z < 2) & (z > -45)
    outside = (shell > half + parameters.scalp_mm) & (z > cranium.lower_edge(-y))
    return brain, nose, outside
