"""A plaque on a bone, drawn by formula: every voxel's owner is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from icac.geometry import Frame, Volume
from scipy import ndimage

SOFT_HU = 45.0


@dataclass(frozen=True, eq=False)
class Glued:
    """A calcification that touches bone."""

    ct: Volume
    plaque: np.ndarray
    bone: np.ndarray

    @property
    def center(self) -> np.ndarray:
        """Middle of the plaque, LPS mm."""
        return self.ct.frame.to_lps(np.argwhere(self.plaque).mean(axis=0)[::-1])

    def leaked(self, reach_mm: float = 2.0) -> np.ndarray:
        """Return the plaque with the bone within reach of it."""
        away = ndimage.distance_transform_edt(~self.plaque, sampling=self.ct.frame.spacing[::-1])
        return self.plaque | (self.bone & (away <= reach_mm))


def glue(plaque_hu: float = 350.0, bone_hu: float = 900.0, *, spacing: tuple[float, float, float] = (0.4, 0.4, 0.6),
         neck_mm: float = 0.0, noise: float = 8.0, seed: int = 3) -> Glued:
    """Draw a ball of 4 mm against a slab of bone, blur it as a scanner does, and add noise.

    ``neck_mm`` of soft tissue lie between them, so that blur alone joins them.
    """
    size = tuple(round(24.0 / d) for d in spacing)
    frame = Frame.regular(spacing, size, origin=(7.0, -31.0, 105.0))
    fine = Frame.regular((0.2,) * 3, (120,) * 3, origin=tuple(np.array(frame.origin) - np.array(spacing) / 2 + 0.1))
    points = fine.to_lps(np.moveaxis(np.indices(fine.shape), 0, -1)[..., ::-1]) - fine.origin
    ball = np.linalg.norm(points - (10.0, 12.0, 12.0), axis=-1) <= 2.0
    slab = points[..., 0] >= 12.0 + neck_mm
    ball &= ~slab
    hu = np.where(ball, plaque_hu, np.where(slab, bone_hu, SOFT_HU)).astype(np.float32)
    seen = [Volume(ndimage.gaussian_filter(a.astype(np.float32), 1.9), fine).resample(frame).array
            for a in (hu, ball, slab)]
    array = seen[0] + np.random.default_rng(seed).normal(0.0, noise, seen[0].shape)
    dense = array >= 130
    plaque = dense & (seen[1] > seen[2]) & (seen[1] > 0.1)
    return Glued(Volume(np.rint(array).astype(np.int16), frame), plaque, dense & ~plaque)


@pytest.fixture(scope="session")
def glue_plaque():
    return glue


@pytest.fixture(scope="session")
def glued() -> Glued:
    return glue()
