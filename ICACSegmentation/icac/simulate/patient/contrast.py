"""Blood with contrast agent, which is as dense as calcium: what a scan is like that must not be measured."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from icac.anatomy import Side
from icac.simulate.patient.anatomy import Anatomy
from icac.simulate.patient.mimics import Strand, moved
from icac.simulate.patient.texture import Texture, draw_texture

#: HU of the carotids and of the cavernous sinus some minutes after contrast agent was given, when both are alike.
ARTERY_HU, SINUS_HU = (115.0, 160.0), (110.0, 150.0)

#: Half axes of the cavernous sinus along the head and across, mm, and its middle in the mean head: lateral, posterior
#: and superior, mm.
_HALF_LENGTH_MM, _HALF_WIDTH_MM, _MIDDLE_MM = 11.0, 4.5, (11.0, -1.5, -2.0)


@dataclass(frozen=True, eq=False)
class EnhancedBlood(Strand):
    """The blood of one carotid and, around it, of the cavernous sinus.

    Attributes
    ----------
    sinus : Strand
        The strand itself is the artery.

    """

    sinus: Strand = field(kw_only=True)

    def bounding_points(self) -> tuple[np.ndarray, float]:
        """Axis samples of both, and the largest distance from them, mm."""
        (artery, near), (sinus, far) = super().bounding_points(), self.sinus.bounding_points()
        return np.concatenate([artery, sinus]), max(near, far)

    def signed_distance(self, points: np.ndarray) -> np.ndarray:
        """Distance in mm of LPS points (n, 3) to the surface of both, negative inside."""
        return np.minimum(super().signed_distance(points), self.sinus.signed_distance(points))

    def density_hu(self, points: np.ndarray) -> np.ndarray:
        """CT number at LPS points (n, 3): the artery runs through the sinus."""
        inside = super().signed_distance(points) < np.maximum(self.sinus.signed_distance(points), 0.0)
        return np.where(inside, super().density_hu(points), self.sinus.density_hu(points))


def draw_contrast(anatomy: Anatomy, rng: np.random.Generator) -> list[EnhancedBlood]:
    """Draw the enhanced blood of both sides."""
    artery, sinus = (float(rng.uniform(*span)) for span in (ARTERY_HU, SINUS_HU))
    blood = draw_texture(rng, 4.0, 0.0, 0.05)
    return [EnhancedBlood("enhanced blood", course.points, course.radius_mm - 0.1, artery, blood, calcified=False,
                          sinus=moved(_sinus(side, sinus, blood), anatomy))
            for side, course in anatomy.courses.items()]


def _sinus(side: Side, hu: float, blood: Texture) -> Strand:
    along = np.linspace(-1.0, 1.0, 81)
    lateral, posterior, superior = _MIDDLE_MM
    points = np.stack([np.full_like(along, side.sign_x_lps * lateral), posterior + _HALF_LENGTH_MM * along,
                       np.full_like(along, superior)], axis=1)
    return Strand("enhanced cavernous sinus", points, _HALF_WIDTH_MM * np.sqrt(1.0 - along**2), hu, blood,
                  calcified=False)
