"""Upper teeth and their fillings, whose streaks cross the lowest slices where the field of view reaches the jaw.

Fillings and crowns of metal are in the mouths of most adults; how many is an assumption. The lower jaw lies below what
a head CT shows. The attenuation of amalgam and gold ends the scale of CT; its true size makes the streaks.
"""

from __future__ import annotations

import numpy as np

from icac.simulate.patient.anatomy import Anatomy
from icac.simulate.patient.mimics import Strand, moved
from icac.simulate.patient.texture import draw_texture

#: Share of adults without upper teeth, and mean number of metal fillings and crowns of the others.
TOOTHLESS_SHARE, MEAN_FILLINGS = 0.15, 3.0

#: The arch of the teeth in the mean head, LPS mm: half width and depth, place of the incisors, height of the crowns.
_HALF_WIDTH_MM, _DEPTH_MM, _INCISORS_MM, _CROWNS_MM = 27.0, 33.0, -64.0, -57.0

#: Dentine and enamel together, HU, and half thickness of the row of teeth, mm.
_TOOTH_HU, _TOOTH_MM = (1400.0, 2000.0), 3.6

#: True attenuation of fillings and crowns, HU, and their radius, mm.
_METAL_HU, _METAL_MM = (8000.0, 25000.0), (1.2, 3.0)


def draw_teeth(anatomy: Anatomy, rng: np.random.Generator, fillings: bool = True) -> list[Strand]:
    """Draw the upper teeth of a patient.

    Parameters
    ----------
    anatomy : Anatomy
    rng : numpy.random.Generator
    fillings : bool
        False for a child's teeth, which are all there and have no metal.

    """
    if fillings and rng.random() < TOOTHLESS_SHARE:
        return []
    across = np.linspace(-1.0, 1.0, 121)
    arch = np.stack([_HALF_WIDTH_MM * across, _INCISORS_MM + _DEPTH_MM * across**2,
                     np.full_like(across, _CROWNS_MM)], axis=1)
    lost = _missing(across, rng) if fillings else np.zeros(len(across), bool)
    row = moved(Strand("upper teeth", arch, np.where(lost, -1.0, _TOOTH_MM), rng.uniform(*_TOOTH_HU),
                       draw_texture(rng, 7.0, 0.25, 0.3), calcified=False), anatomy)
    some = np.flatnonzero((np.abs(across) > 0.5) & ~lost)
    count = int(rng.poisson(MEAN_FILLINGS)) if fillings and len(some) else 0
    return [row, *(_filling(row.points[int(rng.choice(some))], rng) for _ in range(count))]


def _missing(across: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return where teeth were lost, each a seventh of its side."""
    places = rng.uniform(-1.0, 1.0, rng.poisson(1.5))
    return np.any(np.abs(across[:, None] - places) < 1 / 14, axis=1)


def _filling(place: np.ndarray, rng: np.random.Generator) -> Strand:
    points = place + rng.normal(0, (1.0, 1.0, 2.0), (4, 3))
    return Strand("filling", points, np.full(4, rng.uniform(*_METAL_MM)), rng.uniform(*_METAL_HU),
                  draw_texture(rng, 3.0, 0.1, 0.1), calcified=False)
