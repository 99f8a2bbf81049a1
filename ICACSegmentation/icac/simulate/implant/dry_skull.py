"""A bare skull in air gets what calcifications lie in: soft tissue around the carotids.

In air a blurred plate of a millimetre hardly reaches 130 HU, so that nearly nothing of it would be seen.
"""

from __future__ import annotations

import numpy as np

from icac.anatomy import Course
from icac.simulate.patient.mimics import Strand
from icac.simulate.patient.texture import draw_texture

#: Soft tissue around the lumen in mm, and its CT number.
SHEATH_MM, TISSUE_HU = 3.0, 45.0


def sheathed_artery(course: Course, rng: np.random.Generator) -> Strand:
    """Return a carotid full of blood with soft tissue around it, on a course in scan LPS mm."""
    return Strand("carotid in soft tissue", course.points, course.radius_mm + SHEATH_MM, TISSUE_HU,
                  draw_texture(rng, 4.0, 0.1, 0.05), calcified=False)
