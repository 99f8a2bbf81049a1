"""The vessel wall of a simulated carotid, and where on it calcifications cluster."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from icac.anatomy.tube import Tube

#: Direction in which calcifications of the siphon cluster (Berghout et al. 2025: posterosuperior), LPS.
POSTEROSUPERIOR = np.array([0.0, 1.0, 1.0]) / np.sqrt(2.0)


class Wall(Tube):
    """Tube coordinates of a carotid that know its posterosuperior side."""

    @cached_property
    def _posterosuperior_theta(self) -> np.ndarray:
        return np.unwrap(np.arctan2(self.binormal @ POSTEROSUPERIOR, self.normal @ POSTEROSUPERIOR))

    def posterosuperior_theta(self, s: float) -> float:
        """Angle of the posterosuperior wall at arc length ``s``, radians."""
        return float(np.interp(s, self.s, self._posterosuperior_theta))
