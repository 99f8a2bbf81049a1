"""Metal of treated aneurysms near the siphon: clips, coils and stents, whose streaks cross the carotids.

Most aneurysms of the internal carotid arise from its last segments, so that is where their metal lies; 1 to 2 % of
patients who are scanned have some, an assumption. Metal lies where the scale of CT ends (3071 HU), and its true
attenuation is what makes the streaks: titanium about 7,000 HU, platinum 30,000 HU and more in a dense package.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from icac.anatomy import Course, Segment, Side
from icac.simulate.patient.mimics import Strand
from icac.simulate.patient.texture import draw_texture

#: CT number from which a structure is metal.
METAL_FROM_HU = 4000.0

#: Segments from which treated aneurysms arise.
_SEGMENTS = (Segment.C5, Segment.C6, Segment.C7)


def draw_aneurysm_metal(courses: dict[Side, Course], rng: np.random.Generator) -> list[Strand]:
    """Draw one or two clips, or a package of coils, beside the end of one carotid.

    Parameters
    ----------
    courses : dict of Side to Course
    rng : numpy.random.Generator

    """
    course = courses[tuple(Side)[int(rng.integers(2))]]
    near = np.flatnonzero(np.isin(course.segment, [int(segment) for segment in _SEGMENTS]))
    at = int(rng.choice(near))
    away = _unit(rng.normal((0.0, 0.0, 0.7)))
    neck = course.points[at] + (course.radius_mm[at] + rng.uniform(1.0, 2.5)) * away
    if rng.random() < 0.4:
        return [_coils(neck, away, rng)]
    return [_clip(neck + rng.normal(0, 1.5, 3) * number, away, rng) for number in range(1 + (rng.random() < 0.3))]


def _clip(neck: np.ndarray, away: np.ndarray, rng: np.random.Generator) -> Strand:
    """Blades of 5 to 11 mm across the neck, and a spring of twice their thickness that points away."""
    blade = _unit(np.cross(away, rng.standard_normal(3)))
    length = rng.uniform(5.0, 11.0)
    along = np.arange(-length / 2, length / 2 + 5.0, 0.2)
    points = neck + np.outer(along, blade) + np.outer(np.maximum(along - length / 2, 0.0), 0.5 * away)
    radius = np.where(along < length / 2, rng.uniform(0.5, 0.8), rng.uniform(1.0, 1.6))
    return _metal("aneurysm clip", points, radius, rng.uniform(5000.0, 9000.0), rng)


def _coils(neck: np.ndarray, away: np.ndarray, rng: np.random.Generator) -> Strand:
    """A ball of platinum wire."""
    radius = rng.uniform(1.5, 4.0)
    points = (neck + radius * away)[None] + rng.normal(0, 0.15 * radius, (4, 3))
    return _metal("aneurysm coils", points, np.full(4, radius), rng.uniform(9000.0, 18000.0), rng)


def _metal(name: str, points: np.ndarray, radius: np.ndarray, hu: float, rng: np.random.Generator) -> Strand:
    return Strand(name, points, radius, hu, draw_texture(rng, 3.0, 0.1, 0.1), calcified=False)


def metal_of(strands: Sequence[Strand]) -> list[Strand]:
    """Return those strands that are metal."""
    return [strand for strand in strands if strand.hu >= METAL_FROM_HU]


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
