"""Straight carotids, for tests that must know every distance by heart."""

from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Course, Side


def _straight_course(side: Side) -> Course:
    z = np.arange(0, 60, 0.5)
    points = np.stack([np.full_like(z, 20.0 * side.sign_x_lps), np.zeros_like(z), z], axis=1)
    return Course(side, points, np.full_like(z, 2.0), 2 + (z // 10).astype(int))


@pytest.fixture
def straight_courses() -> dict[Side, Course]:
    """Right at LPS x = -20, left at x = +20, y = 0, from C2 (z 0 to 10) up to C7 (z 50 to 60)."""
    return {side: _straight_course(side) for side in Side}
