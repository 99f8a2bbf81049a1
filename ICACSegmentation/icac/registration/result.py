"""What registration returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from icac.anatomy import Course, Side

#: Quality under which a right pose cannot be told from a wrong one, see :mod:`icac.registration.rigid`.
UNCERTAIN_BELOW = 0.62


@dataclass(frozen=True, eq=False)
class Registration:
    """Where the reference head lies in a scan.

    Attributes
    ----------
    reference_to_scan : numpy.ndarray
        4 x 4 rigid map (rotation without mirroring, shift), reference LPS mm to scan LPS mm.
    quality : float
        Likeness of the bones of scan and reference, 0 to 1, higher is better: see :mod:`icac.registration.quality`.
    seconds : float
        Time that registration took.
    warning : str or None
        One sentence for the user if the result should be looked at.

    """

    reference_to_scan: np.ndarray
    quality: float
    seconds: float
    warning: str | None

    @property
    def is_uncertain(self) -> bool:
        """Tell whether the pose may be wrong, so that the arteries may lie elsewhere."""
        return self.quality < UNCERTAIN_BELOW

    def scan_courses(self, courses: Mapping[Side, Course]) -> dict[Side, Course]:
        """Return the courses of the reference (LPS mm) where they lie in the scan (LPS mm)."""
        return {side: course.transformed(self.reference_to_scan) for side, course in courses.items()}
