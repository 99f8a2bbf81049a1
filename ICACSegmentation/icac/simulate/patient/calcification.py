"""Drawing the calcifications of a patient: how many, of which kind, where in the wall, and how dense.

Morphometry after Berghout et al. 2025 (J Clin Med 14:3274, 200 arteries): 4 (2 to 6) calcifications an artery, mean
arc width 43.5 (32 to 53) degrees, mean cross-section 1.8 mm2, extent 15.4 mm, 56 % in C4, 38.5 % posterosuperior.
Arc and cross-section are read as means of an artery; that leaves room for few long arcs and rings.
Kinds after the classes of Kockelkoren et al. 2017: intimal calcium is thick, patchy and covers short arcs; calcium of
the internal elastic lamina (medial) is thin, continuous and covers long arcs or runs as tracks. The CT number
has no published distribution: log-normal around 350 HU is an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from icac.anatomy import Course, Segment, Side
from icac.simulate.patient.apparent import apparent_volume
from icac.simulate.patient.burden import Burden, draw_burden
from icac.simulate.patient.lesions import FULL_TURN, Lesion, plate_volume
from icac.simulate.patient.texture import draw_texture
from icac.simulate.patient.wall import Wall

Choice = TypeVar("Choice")

#: Where calcifications lie. Only the share of C4 is published; the others are assumptions.
SEGMENT_SHARES = {Segment.C2: 0.12, Segment.C3: 0.06, Segment.C4: 0.56, Segment.C5: 0.10, Segment.C6: 0.12,
                  Segment.C7: 0.04}

#: Kinds of lesion in each wall layer, with their shares: as many long ones as the published arcs of arteries allow.
KIND_SHARES = {
    "intimal": {"dot": 0.32, "short arc": 0.645, "long arc": 0.035},
    "medial": {"dot": 0.14, "short arc": 0.455, "track": 0.33, "long arc": 0.06, "ring": 0.015},
}

#: Median arc in degrees and spread of its logarithm for each kind; rings go all around.
ARCS_DEG = {"dot": (28.0, 0.25), "short arc": (39.0, 0.27), "track": (37.0, 0.25), "long arc": (100.0, 0.30)}

#: Median thickness in mm, spread of its logarithm, and largest thickness for each wall layer.
THICKNESS_MM = {"intimal": (1.25, 0.30, 2.6), "medial": (0.92, 0.25, 1.7)}

#: Median CT number at 120 kV, spread of its logarithm, and its correlation with the logarithm of lesion volume.
HU_MEDIAN, HU_LN_SD, HU_SIZE_CORRELATION = 350.0, 0.55, 0.35
HU_RANGE = (140.0, 1500.0)

#: Mean and standard deviation of the logarithm of lesion volume in mm3, to standardise size.
LN_SIZE_MEAN, LN_SIZE_SD = 1.1, 1.6

#: Below this volume in mm3 a lesion is a dot, whatever its layer.
DOT_MM3 = 1.0

SMALLEST_MM3 = 0.15
LONGEST_MM = {"dot": 2.5, "short arc": 20.0, "track": 32.0, "long arc": 20.0, "ring": 30.0}

#: Share of its apparent volume that a plate keeps by being uneven and bent (median of painted lesions, blurred).
SEEN_SHARE = {"intimal": 0.68, "medial": 0.92}

#: Share of lesions that gather around the posterosuperior wall, and their angular spread in radians: 38.5 % then lie
#: in that quadrant.
POSTEROSUPERIOR_SHARE, POSTEROSUPERIOR_SD = 0.25, 0.6


@dataclass(frozen=True, eq=False)
class Calcification:
    """All calcifications of a patient and the burden they were drawn for."""

    burden: Burden
    lesions: tuple[Lesion, ...]


def draw_calcification(courses: dict[Side, Course], rng: np.random.Generator, protocol: str,
                       total_mm3: float | None = None) -> Calcification:
    """Draw the calcifications of a patient.

    Parameters
    ----------
    courses : dict of Side to Course
    rng : numpy.random.Generator
    protocol : str
        Population: ``rotterdam``, ``stroke`` or ``routine``.
    total_mm3 : float, optional
        Fix the volume of the patient instead of drawing it.

    """
    burden = draw_burden(rng, protocol, total_mm3)
    lesions: list[Lesion] = []
    for side, course in courses.items():
        if burden.volume_mm3[side] > 0:
            lesions += _draw_artery(Wall(course), burden.pattern, burden.volume_mm3[side], rng)
    return Calcification(burden, tuple(lesions))


def _draw_artery(wall: Wall, pattern: str, volume: float, rng: np.random.Generator) -> list[Lesion]:
    placed: list[Lesion] = []
    for share in _split(volume, rng):
        layer = str(rng.choice(["intimal", "medial"])) if pattern == "mixed" else pattern
        kind = "dot" if share < DOT_MM3 else _choose(KIND_SHARES[layer], rng)
        segment, s = _draw_place(wall, rng)
        if kind == "track":
            placed += _draw_track(wall, segment, s, layer, share, rng)
            continue
        candidates = [_draw_lesion(wall, segment, s, kind, layer, share, rng)]
        while _overlap(candidates[-1], placed) and len(candidates) < 6:
            segment, s = _draw_place(wall, rng)
            candidates.append(_draw_lesion(wall, segment, s, kind, layer, share, rng))
        placed.append(min(candidates, key=lambda lesion: _overlap(lesion, placed)))
    return placed


def _split(volume: float, rng: np.random.Generator) -> np.ndarray:
    """Volumes of the lesions of an artery: 4 (2 to 6) of them, more in arteries with much calcium."""
    burden = (np.log(max(volume, SMALLEST_MM3)) - 3.4) / 1.6
    count = round(float(np.exp(np.log(3.5) + 0.70 * (0.5 * burden + 0.87 * rng.standard_normal()))))
    count = int(np.clip(count, 1, min(16, max(1, int(volume / SMALLEST_MM3)))))
    shares = rng.dirichlet(np.full(count, 0.9)) * volume
    kept = shares[shares >= min(SMALLEST_MM3, shares.max())]
    return kept * volume / kept.sum()


def _choose(shares: Mapping[Choice, float], rng: np.random.Generator) -> Choice:
    return list(shares)[rng.choice(len(shares), p=np.array(list(shares.values())) / sum(shares.values()))]


def _draw_place(wall: Wall, rng: np.random.Generator) -> tuple[Segment, float]:
    present = {segment: share for segment, share in SEGMENT_SHARES.items()
               if np.any(wall.course.segment == int(segment))}
    segment = _choose(present, rng)
    inside = wall.s[wall.course.segment == int(segment)]
    return segment, float(rng.uniform(inside[0], inside[-1]))


def _draw_theta(wall: Wall, s: float, rng: np.random.Generator) -> float:
    if rng.random() < POSTEROSUPERIOR_SHARE:
        return wall.posterosuperior_theta(s) + POSTEROSUPERIOR_SD * rng.standard_normal()
    return float(rng.uniform(-np.pi, np.pi))


def _draw_lesion(wall: Wall, segment: Segment, s: float, kind: str, layer: str, volume: float,
                 rng: np.random.Generator) -> Lesion:
    radius = float(wall.radius_mm(s))
    arc = FULL_TURN if kind == "ring" else np.radians(_log_normal(*ARCS_DEG[kind], rng))
    median, spread, thickest = THICKNESS_MM[layer]
    thickness = min(_log_normal(median, spread, rng), thickest)
    hu = draw_hu(volume, rng)
    length, arc, thickness = _fit_apparent(volume / SEEN_SHARE[layer], radius, arc, thickness, LONGEST_MM[kind],
                                           thickest, hu)
    s = float(np.clip(s, length / 2, wall.length_mm - length / 2))
    texture = draw_texture(rng, wavelength_mm=3.0, relief=0.45 if layer == "intimal" else 0.25, density=0.25)
    return Lesion(wall, segment, kind, layer, s, _draw_theta(wall, s, rng), length, arc, thickness,
                  hu, texture)


def _draw_track(wall: Wall, segment: Segment, s: float, layer: str, volume: float,
                rng: np.random.Generator) -> list[Lesion]:
    """Two opposite lines along the wall, as seen in a vessel that runs in the slice."""
    share = rng.uniform(0.35, 0.65)
    first = _draw_lesion(wall, segment, s, "track", layer, volume * share, rng)
    second = _draw_lesion(wall, segment, s, "track", layer, volume * (1 - share), rng)
    opposite = first.theta + np.pi + 0.3 * rng.standard_normal()
    return [first, replace(second, theta=float(opposite))]


def _fit_apparent(volume: float, radius: float, arc: float, thickness: float, longest: float, thickest: float,
                  hu: float) -> tuple[float, float, float]:
    """Return the extents of a plate that *looks* as large as the wanted volume, as far as its CT number allows."""
    painted = volume
    for _ in range(8):
        extents = fit_extents(painted, radius, arc, thickness, longest, thickest)
        seen = apparent_volume(extents[0], extents[1] * radius, extents[2], hu, extents[1] >= FULL_TURN)
        painted = float(np.clip(painted * (volume / max(seen, 1e-3)) ** 0.7, 0.25 * volume, 3.0 * volume))
    return extents


def fit_extents(volume: float, radius: float, arc: float, thickness: float, longest: float,
                thickest: float) -> tuple[float, float, float]:
    """Return length (mm), arc (radians) and thickness (mm) of a plate of the wanted volume.

    The length gives first; where it would be too short the plate shrinks as a whole towards a dot, where it
    would be too long, thickness and then arc give as well. A volume beyond what the vessel can hold is not reached.
    """
    ring = arc >= FULL_TURN
    shortest = min(arc * radius, thickness * 1.2) if not ring else thickness
    smallest = plate_volume(shortest, arc * radius, thickness, ring)
    if volume <= smallest:
        shrink = (volume / smallest) ** (0.5 if ring else 1.0 / 3.0)
        return shortest * shrink, arc if ring else arc * shrink, thickness * shrink
    for _ in range(12):
        length = _solve_length(volume, arc * radius, thickness, ring)
        if length <= longest:
            break
        thickness, arc = min(thickness * 1.12, thickest), min(arc * 1.12, FULL_TURN)
        ring = arc >= FULL_TURN
    return min(length, longest * 1.3), arc, thickness


def _solve_length(volume: float, width: float, thickness: float, ring: bool) -> float:
    """Length of a plate, from its volume, which grows linearly with length once that exceeds the thickness."""
    base = plate_volume(thickness, width, thickness, ring)
    slope = plate_volume(thickness + 1.0, width, thickness, ring) - base
    return max(thickness + (volume - base) / slope, 0.3)


def draw_hu(volume: float, rng: np.random.Generator) -> float:
    """Draw the CT number at 120 kV, before blurring, of a lesion of ``volume`` mm3."""
    size = (np.log(volume) - LN_SIZE_MEAN) / LN_SIZE_SD
    z = HU_SIZE_CORRELATION * size + np.sqrt(1 - HU_SIZE_CORRELATION**2) * rng.standard_normal()
    return float(np.clip(HU_MEDIAN * np.exp(HU_LN_SD * z), *HU_RANGE))


def _log_normal(median: float, ln_sd: float, rng: np.random.Generator) -> float:
    return float(median * np.exp(ln_sd * rng.standard_normal()))


def _overlap(lesion: Lesion, placed: list[Lesion]) -> float:
    """Shared area of a lesion with those placed before, in mm x radians."""
    total = 0.0
    for other in placed:
        along = min(lesion.s_range[1], other.s_range[1]) - max(lesion.s_range[0], other.s_range[0])
        turn = abs((lesion.theta - other.theta + np.pi) % FULL_TURN - np.pi)
        around = (lesion.arc + other.arc) / 2 - turn
        total += max(along, 0.0) * max(around, 0.0)
    return total
