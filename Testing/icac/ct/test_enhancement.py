from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Course, Segment, Side
from icac.ct.enhancement import blood_hu, contrast_warning
from icac.geometry import Frame, Volume


@pytest.mark.parametrize(("blood", "warned"), [(45.0, False), (80.0, False), (120.0, True), (200.0, True)])
def test_contrast_beside_the_siphon_is_noticed_in_spite_of_noise_bone_and_calcium(blood, warned):
    frame = Frame.regular((0.7, 0.8, 1.1), (60, 60, 40))
    z, y, x = np.meshgrid(*(np.arange(n) * s for n, s in zip(frame.shape, frame.spacing[::-1], strict=True)),
                          indexing="ij")
    hu = np.where(x > 24, 1100.0, blood) + np.random.default_rng(0).normal(0, 30, frame.shape)
    hu[(x - 20)**2 + (y - 20)**2 + (z - 15)**2 < 9] = 700
    points = np.stack([np.full(25, 20.0), np.full(25, 22.0), np.linspace(8, 32, 25)], axis=1)
    course = Course(Side.LEFT, points, np.full(25, 2.0), np.full(25, int(Segment.C4)))
    measured = blood_hu(Volume(hu.astype(np.float32), frame), {Side.LEFT: course})
    assert measured == pytest.approx(blood, abs=2)
    assert bool(contrast_warning(measured)) == warned
