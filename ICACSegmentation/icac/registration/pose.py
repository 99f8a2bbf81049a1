"""A pose: where, and how large, the reference head lies in a scan."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Pose:
    """Where the reference head lies in a scan.

    Attributes
    ----------
    matrix : numpy.ndarray
        4 x 4 rigid map, reference LPS to scan LPS in mm.
    stretch : numpy.ndarray
        (3,) size of the scanned head over the reference along the reference's x, y and z.
    likeness : float
        How well the bones fit, 0 to 1; comparable between poses of the same step only.

    """

    matrix: np.ndarray
    stretch: np.ndarray = field(default_factory=lambda: np.ones(3))
    likeness: float = 0.0

    def place(self, points: np.ndarray) -> np.ndarray:
        """Map reference points (n, 3) to the scan, LPS mm."""
        return points @ self.matrix[:3, :3].T + self.matrix[:3, 3]

    def distance_mm(self, other: Pose, points: np.ndarray) -> float:
        """Return the mean distance in mm between where both poses place the reference ``points``, shape (n, 3)."""
        return float(np.linalg.norm(self.place(points) - other.place(points), axis=1).mean())
