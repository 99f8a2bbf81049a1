"""Measuring lesions under review on their scan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from icac.anatomy import Course, Side
from icac.geometry import Volume
from icac.geometry.box import widen
from icac.lesions.measure import NEIGHBOURS, measure_lesion
from icac.review.lesion import Draft, ReviewedLesion
from icac.review.parts import paint, window
from icac.review.suspicion import suspicion


@dataclass(frozen=True, eq=False)
class Measuring:
    """What lesions are measured on.

    Attributes
    ----------
    ct : Volume
        HU.
    probability : numpy.ndarray of float32 or None
        Shape (z, y, x) of the scan.
    courses : mapping of Side to Course
        In the space of the scan, LPS mm.

    """

    ct: Volume
    probability: np.ndarray | None
    courses: Mapping[Side, Course]

    def measure(self, key: int, draft: Draft, others: Iterable[Draft]) -> ReviewedLesion:
        """Measure one lesion in its box; the voxels of the others do not count as bone."""
        box = widen(draft.part.box, NEIGHBOURS, self.ct.frame.shape)
        inside = window(draft.part, box)
        near = np.zeros_like(inside)
        for other in others:
            paint(other.part, near, box)
        measured = measure_lesion(key, box, inside, self.ct, self.probability, self.courses, others=near)
        return ReviewedLesion(key, draft, measured, suspicion(measured))
