"""The course of one internal carotid artery: a sampled centreline with radius and segment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from icac.anatomy.nearest import nearest_sample
from icac.anatomy.segments import Segment, Side


class Nearest(NamedTuple):
    """What lies nearest on a course to each of n points."""

    distance_mm: np.ndarray
    """Distance to the centreline, shape (n,)."""
    sample: np.ndarray
    """Index of the nearest centreline sample, shape (n,)."""
    segment: np.ndarray
    """Bouthillier number of the segment there, shape (n,)."""


@dataclass(frozen=True, eq=False)
class Course:
    """Centreline of an internal carotid artery from the carotid canal (C2) to the terminus (C7).

    Attributes
    ----------
    side : Side
    points : numpy.ndarray
        (n, 3) centreline samples in the direction of blood flow, LPS mm, at most 0.5 mm apart.
    radius_mm : numpy.ndarray
        (n,) outer radius of the lumen.
    segment : numpy.ndarray
        (n,) Bouthillier number (2 to 7) of each sample.

    """

    side: Side
    points: np.ndarray
    radius_mm: np.ndarray
    segment: np.ndarray

    @cached_property
    def arc_length_mm(self) -> np.ndarray:
        """Distance along the centreline from its first sample, shape (n,)."""
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        return np.concatenate([[0.0], np.cumsum(steps)])

    def nearest(self, points: np.ndarray) -> Nearest:
        """Find the nearest centreline sample of each LPS point, shape (n, 3), in mm."""
        points, middle = np.asarray(points, dtype=float), self.points.mean(axis=0)
        index = nearest_sample(points - middle, self.points - middle)
        distance = np.sqrt(((points - self.points.take(index, axis=0))**2).sum(axis=1))
        return Nearest(distance, index, self.segment[index])

    def transformed(self, matrix: np.ndarray) -> Course:
        """Move the course by a 4 x 4 rigid or affine LPS-to-LPS map. Radii are kept."""
        matrix = np.asarray(matrix, dtype=float)
        return Course(self.side, self.points @ matrix[:3, :3].T + matrix[:3, 3], self.radius_mm, self.segment)

    def of_segment(self, segment: Segment) -> np.ndarray:
        """Return the centreline samples (n, 3) of one segment."""
        return self.points[self.segment == int(segment)]
