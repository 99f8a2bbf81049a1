"""Straight carotids in scan space: right at LPS x = -20, left at x = +20, C2 at z = 0 up to C7 at z = 60."""

from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Course, Side


def straight_course(side: Side) -> Course:
    z = np.arange(0, 60, 0.5)
    points = np.stack([np.full_like(z, 20.0 * side.sign_x_lps), np.zeros_like(z), z], axis=1)
    return Course(side, points, np.full_like(z, 2.0), 2 + (z // 10).astype(int))


@pytest.fixture
def courses() -> dict[Side, Course]:
    return {side: straight_course(side) for side in Side}
