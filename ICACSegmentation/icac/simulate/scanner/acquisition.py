"""How a head is scanned: spacing, slices, kernel, tube voltage, noise, tilt and how the head lay in the scanner."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from icac.ct.tube_voltage import CALCIUM_GAIN
from icac.simulate.scanner.kernel import Kernel
from icac.simulate.scanner.reconstruction import draw_reconstruction


@dataclass(frozen=True, eq=False)
class Acquisition:
    """One scan of one head.

    Attributes
    ----------
    protocol : str
    pixel_mm : float
        In-plane voxel size.
    thickness_mm : float
        Full width at half maximum of the slice profile.
    increment_mm : float
        Distance between slices along the table: less than the thickness if they overlap, more if they leave gaps.
    later_increment_mm : float or None
        Distance above the skull base where the scan has two blocks of slices; such a scan is interpolated
        to ``increment_mm``, as any reader of uneven slices has to.
    block_break_mm : float
        Where the second block starts, mm above the centre of the sella.
    tilt_deg : float
        Gantry tilt; voxel axes are then sheared.
    kernel : Kernel
    kv : int
    noise_sd : float
        Standard deviation of the noise in the brain, HU.
    motion_mm : tuple of float
        Length of the motion blur along x and y.
    drift_mm : float
        Standard deviation of the head's steps between slices, in plane.
    beam_hardening, streaks : float
        Strength of the artefacts between the petrous ridges; 1 is usual, 0 none.
    pose : numpy.ndarray
        4 x 4 rigid; sella-centred LPS mm of the head -> LPS mm of the scanner.

    """

    protocol: str
    pixel_mm: float
    thickness_mm: float
    increment_mm: float
    kernel: Kernel
    noise_sd: float
    kv: int = 120
    tilt_deg: float = 0.0
    later_increment_mm: float | None = None
    block_break_mm: float = 0.0
    motion_mm: tuple[float, float] = (0.0, 0.0)
    drift_mm: float = 0.0
    beam_hardening: float = 0.0
    streaks: float = 0.0
    pose: np.ndarray = field(default_factory=lambda: np.eye(4))

    @property
    def calcium_gain(self) -> float:
        """CT number of calcium relative to 120 kV."""
        return CALCIUM_GAIN[self.kv]


def draw_acquisition(rng: np.random.Generator, protocol: str, style: str = "usual") -> Acquisition:
    """Draw a scan.

    Parameters
    ----------
    rng : numpy.random.Generator
    protocol : str
        ``rotterdam``, ``stroke`` or ``routine``.
    style : str
        ``usual`` for the kernels and noise of scans that are read for soft tissue; otherwise a style of
        :data:`icac.simulate.scanner.reconstruction.STYLES`.

    """
    draw = {"rotterdam": _draw_rotterdam, "stroke": _draw_stroke, "routine": _draw_routine}[protocol]
    settings = draw(rng)
    if style != "usual":
        kernel, noise_sd = draw_reconstruction(rng, settings["thickness_mm"], style)
        settings |= {"kernel": kernel, "noise_sd": noise_sd}
    moved = rng.random() < 0.15
    return Acquisition(
        protocol=protocol,
        motion_mm=tuple(rng.uniform(0.3, 1.5, 2)) if moved else (0.0, 0.0),
        drift_mm=float(rng.uniform(0.02, 0.12)) if moved else 0.0,
        beam_hardening=float(rng.uniform(0.3, 1.6)),
        streaks=float(rng.uniform(0.2, 1.6)),
        pose=draw_pose(rng, rotation_sd_deg=4.0, translation_sd_mm=12.0),
        **settings)


def _draw_rotterdam(rng: np.random.Generator) -> dict:
    """120 mm field of view, 1 mm slices every 0.5 mm (Bortsova et al. 2017, section 3)."""
    return {"pixel_mm": 120.0 / 512, "thickness_mm": 1.0, "increment_mm": 0.5, "kernel": _soft(rng),
            "noise_sd": float(rng.uniform(9.0, 22.0))}


def _draw_stroke(rng: np.random.Generator) -> dict:
    """Thin or reformatted slices of a multi-slice scanner."""
    thickness = float(rng.choice([0.6, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5], p=[.08, .12, .30, .15, .10, .10, .15]))
    overlap = float(rng.choice([0.5, 0.7, 1.0], p=[0.3, 0.3, 0.4]))
    sharp = rng.random() < 0.25
    return {"pixel_mm": float(rng.uniform(0.35, 0.50)), "thickness_mm": thickness,
            "increment_mm": max(round(thickness * overlap, 2), 0.4), "kernel": (_sharp if sharp else _soft)(rng),
            "kv": int(rng.choice([80, 100, 120, 140], p=[0.05, 0.20, 0.65, 0.10])),
            "noise_sd": _noise(rng, thickness, sharp)}


def _draw_routine(rng: np.random.Generator) -> dict:
    """Mixed clinical scanners: thick slices, gaps, tilt, two blocks of slices."""
    thickness = float(rng.choice([0.6, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0],
                                 p=[.10, .20, .08, .10, .14, .14, .12, .12]))
    distance = float(rng.choice([0.5, 0.8, 1.0, 1.1, 1.4], p=[.14, .16, .50, .12, .08]))
    sequential = thickness >= 2.0 and rng.random() < 0.5
    uneven = sequential and rng.random() < 0.3
    sharp = rng.random() < 0.3
    increment = max(round(thickness * distance, 2), 0.4)
    return {"pixel_mm": float(rng.uniform(0.35, 0.55)), "thickness_mm": thickness, "increment_mm": increment,
            "kernel": (_sharp if sharp else _soft)(rng), "noise_sd": _noise(rng, thickness, sharp),
            "kv": int(rng.choice([100, 120, 140], p=[0.15, 0.70, 0.15])),
            "tilt_deg": float(rng.uniform(-22.0, 22.0)) if sequential else 0.0,
            "later_increment_mm": round(increment * rng.uniform(1.3, 1.9), 2) if uneven else None,
            "block_break_mm": float(rng.uniform(-15.0, 15.0))}


def _soft(rng: np.random.Generator) -> Kernel:
    return Kernel(fwhm_mm=float(rng.uniform(0.75, 1.10)), edge_gain=float(rng.choice([0.0, 0.15, 0.25])))


def _sharp(rng: np.random.Generator) -> Kernel:
    return Kernel(fwhm_mm=float(rng.uniform(0.60, 0.80)), edge_gain=float(rng.uniform(0.3, 0.6)))


def _noise(rng: np.random.Generator, thickness: float, sharp: bool) -> float:
    """Noise of the brain in HU: 4 in thick soft images, 23 in thin sharp ones."""
    return float(max(rng.uniform(5.0, 11.0) * thickness**-0.4 * (1.7 if sharp else 1.0), 4.0))


def draw_pose(rng: np.random.Generator, rotation_sd_deg: float, translation_sd_mm: float) -> np.ndarray:
    """Draw a 4 x 4 rigid motion with normal rotations about x, y, z (degrees) and translations (mm)."""
    pose = rotation(np.radians(rotation_sd_deg) * rng.standard_normal(3))
    pose[:3, 3] = translation_sd_mm * rng.standard_normal(3)
    return pose


def rotation(angles: np.ndarray) -> np.ndarray:
    """4 x 4 rotation by ``angles`` (radians) about x, then y, then z, about the origin."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(angles), np.sin(angles)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = about_z @ about_y @ about_x
    return matrix
