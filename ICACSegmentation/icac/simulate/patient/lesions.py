"""Shapes of simulated calcifications: curved plates in the vessel wall, from dots to rings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.anatomy import Segment, Side
from icac.simulate.patient.texture import Texture
from icac.simulate.patient.wall import Wall

#: Share of a plate's thickness that lies inside the outer radius of the lumen: an intimal plaque bulges into the
#: lumen, calcium of the internal elastic lamina lies in the wall.
INSIDE_LUMEN = {"intimal": 0.65, "medial": 0.25}

FULL_TURN = 2.0 * np.pi


@dataclass(frozen=True, eq=False)
class Lesion:
    """A calcified plate with rounded edges in tube coordinates of a carotid.

    Attributes
    ----------
    wall : Wall
        Wall of the carotid in which it lies.
    segment : Segment
        Segment of its centre.
    kind : str
        ``dot``, ``short arc``, ``long arc``, ``ring`` or ``track``.
    layer : str
        ``intimal`` or ``medial``.
    s_mm, theta : float
        Centre: arc length along the course (mm) and angle around it (radians).
    length_mm, arc, thickness_mm : float
        Full extents along (mm), around (radians) and across the wall (mm).
    hu : float
        CT number of its calcium at 120 kV, before any blurring.
    texture : Texture
        Uneven thickness and density.

    """

    wall: Wall
    segment: Segment
    kind: str
    layer: str
    s_mm: float
    theta: float
    length_mm: float
    arc: float
    thickness_mm: float
    hu: float
    texture: Texture

    @property
    def side(self) -> Side:
        """Side of the carotid."""
        return self.wall.course.side

    @property
    def arc_deg(self) -> float:
        """Arc width in degrees."""
        return float(np.degrees(self.arc))

    @property
    def s_range(self) -> tuple[float, float]:
        """Part of the course that it covers, arc lengths in mm."""
        return self.s_mm - self.length_mm / 2, self.s_mm + self.length_mm / 2

    @property
    def volume_mm3(self) -> float:
        """Volume of the smooth plate."""
        width = self.arc * float(self.wall.radius_mm(self.s_mm))
        return float(plate_volume(self.length_mm, width, self.thickness_mm, self.arc >= FULL_TURN))

    @property
    def cross_section_mm2(self) -> float:
        """Area across the artery in the middle of the smooth plate."""
        width = self.arc * float(self.wall.radius_mm(self.s_mm))
        edge = 0.0 if self.arc >= FULL_TURN else min(self.length_mm, width, self.thickness_mm) / 2
        return width * self.thickness_mm - (4.0 - np.pi) * edge**2

    @property
    def center(self) -> np.ndarray:
        """Centre of the plate, LPS mm, shape (3,)."""
        s_mm = np.array([self.s_mm])
        return self.wall.points(s_mm, np.array([self.theta]), self.wall.radius_mm(s_mm))[0]

    def bounding_points(self) -> tuple[np.ndarray, float]:
        """Points (n, 3) of the plate in LPS mm, and the distance in mm within which it all lies of any of them."""
        radius = float(self.wall.radius_mm(self.s_mm))
        s = np.linspace(*self.s_range, max(2, int(np.ceil(self.length_mm)) + 1))
        turn = np.linspace(-0.5, 0.5, max(2, int(np.ceil(self.arc * radius)) + 1)) * self.arc + self.theta
        s, turn = (grid.ravel() for grid in np.meshgrid(s, turn))
        return self.wall.points(s, turn, self.wall.radius_mm(s)), self.thickness_mm * (1 + self.texture.relief) + 0.6

    def signed_distance(self, points: np.ndarray) -> np.ndarray:
        """Approximate distance in mm of LPS points (n, 3) to its surface, negative inside; shape (n,)."""
        margin = self.length_mm / 2 + 1.0
        s, theta, r = self.wall.coordinates(points, (self.s_mm - margin, self.s_mm + margin))
        lumen = self.wall.radius_mm(s)
        turn = (theta - self.theta + np.pi) % FULL_TURN - np.pi
        thickness = self.thickness_mm * (1.0 + self.texture.relief * self.texture(points))
        middle = lumen + (0.5 - INSIDE_LUMEN[self.layer]) * thickness
        along = np.abs(s - self.s_mm) - self.length_mm / 2
        across = np.abs(r - middle) - thickness / 2
        if self.arc >= FULL_TURN:
            return _rounded(np.stack([along, across]), min(self.thickness_mm, self.length_mm) / 2)
        around = (np.abs(turn) - self.arc / 2) * lumen
        width = self.arc * float(self.wall.radius_mm(self.s_mm))
        rounding = min(self.thickness_mm, self.length_mm, width) / 2
        return _rounded(np.stack([along, around, across]), rounding)

    def density_hu(self, points: np.ndarray) -> np.ndarray:
        """CT number of its calcium at LPS points (n, 3), shape (n,)."""
        return self.hu * (1.0 + self.texture.density * self.texture(points * 1.7))


def _rounded(excess: np.ndarray, radius: float) -> np.ndarray:
    """Signed distance to a box with rounded edges from the excess over its half extents, one row per axis."""
    excess = excess + radius
    outside = np.sqrt((np.maximum(excess, 0.0) ** 2).sum(axis=0))
    return outside + np.minimum(excess.max(axis=0), 0.0) - radius


def plate_volume(length: float, width: float, thickness: float, ring: bool = False) -> float:
    """Volume in mm3 of a plate with rounded edges and full extents in mm; a ring has no side edges."""
    radius = min(length, width, thickness) / 2
    a, c = length - 2 * radius, thickness - 2 * radius
    edge = np.pi * radius**2
    if ring:
        return width * (a * c + 2 * radius * (a + c) + edge)
    b = width - 2 * radius
    faces = 2 * radius * (a * b + b * c + a * c)
    return a * b * c + faces + edge * (a + b + c) + 4.0 / 3.0 * np.pi * radius**3
