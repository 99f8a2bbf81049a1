"""A small, fast stand-in for a head, and draws that several tests share."""

from __future__ import annotations

import numpy as np
import pytest
from icac.geometry import Frame
from icac.phantom import Rendered, mean_head
from icac.simulate.scanner.acquisition import Acquisition
from icac.simulate.scanner.kernel import Kernel


class UniformHead:
    """The carotids of the mean head in uniform tissue, with bone where x is beyond a plane (LPS mm)."""

    def __init__(self, hu: float = 50.0, bone_beyond_x_mm: float | None = None) -> None:
        head = mean_head()
        self.courses, self.landmark = head.courses, head.landmark
        self.hu, self.edge = hu, bone_beyond_x_mm

    def render(self, frame: Frame) -> Rendered:
        bone = np.zeros(frame.shape, dtype=np.float32)
        if self.edge is not None:
            index = np.moveaxis(np.indices(frame.shape), 0, -1)[..., ::-1]
            x = frame.to_lps(index)[..., 0]
            bone = np.clip(0.5 + (x - self.edge) / frame.spacing[0], 0, 1).astype(np.float32)
        return Rendered((self.hu + bone * (1000.0 - self.hu)).astype(np.float32), bone)

    def region(self, *margin_mm: float) -> Frame:
        """Return the 1 mm frame of the box around both carotids with a margin (x, y, z) in mm."""
        points = np.concatenate([course.points for course in self.courses.values()])
        low, high = points.min(axis=0) - margin_mm, points.max(axis=0) + margin_mm
        return Frame.regular((1.0, 1.0, 1.0), tuple(np.ceil(high - low).astype(int) + 1), origin=tuple(low))


@pytest.fixture(scope="session")
def uniform_head() -> type[UniformHead]:
    return UniformHead


@pytest.fixture(scope="session")
def courses():
    return mean_head().courses


@pytest.fixture
def plain_scan() -> Acquisition:
    """Thin slices without noise, artefacts, tilt or motion, and with the head at rest."""
    return Acquisition("stroke", pixel_mm=0.4, thickness_mm=1.0, increment_mm=0.5, kernel=Kernel(0.9), noise_sd=1e-6)
