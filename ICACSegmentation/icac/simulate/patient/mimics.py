"""Calcified or dense structures near the carotids that are not ICAC, as readers and networks mistake them for it.

Prevalences: petroclinoid ligament 13.2 to 21.8 % of patients, interclinoid bridge 4 of 190 sides, carotico-clinoid
foramen 22.1 % of sides (JCDR 2015), vertebrobasilar calcification 21 % of patients (Rotterdam study, median 7.3 mm3),
pineal gland 38 to 75 %, choroid plexus 52 to 66 %, falx 6 to 27 %, tentorium 0.2 to 7 %, dura about 10 % of patients
(CT series of 216 to 1,569). How often a mimic is on both sides is an assumption. Positions are those of the mean
head, relative to the sella, in LPS mm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import cKDTree

from icac.anatomy import Course, Side
from icac.geometry import lps_to_ras
from icac.simulate.patient.anatomy import Anatomy
from icac.simulate.patient.texture import Texture, draw_texture

#: Of paired mimics: share of patients who have one, and share of those who have it on both sides.
PAIRED = {"petroclinoid ligament": (0.18, 0.40), "choroid plexus": (0.60, 0.80), "tentorium": (0.05, 0.20),
          "dura beside the cavernous sinus": (0.10, 0.20)}

#: Bars of bone, such as ossified ligaments: thickness of their cortex, mm, and CT number of their marrow as a share of
#: that of the cortex. Assumptions; thin bars are all cortex.
CORTEX_MM, MARROW = 0.5, 0.4

#: Normal quantile above which patients have calcium of the vertebrobasilar arteries: 21 % of them.
VERTEBROBASILAR_ABOVE = 0.806


@dataclass(frozen=True, eq=False)
class Strand:
    """A string of beads: a calcified ligament, a fleck of dura, a blob, or a vessel.

    Attributes
    ----------
    name : str
    points : numpy.ndarray
        (n, 3) samples of its axis, head LPS mm.
    radius_mm : numpy.ndarray
        (n,) radius at each sample; 0 or less where it is interrupted.
    hu : float
        CT number at 120 kV.
    texture : Texture
    calcified : bool
        False for dense blood, which an observer does not take for bone.
    marrow : float
        CT number deeper than :data:`CORTEX_MM` as a share of that of the cortex; 1 for what has none.

    """

    name: str
    points: np.ndarray
    radius_mm: np.ndarray
    hu: float
    texture: Texture
    calcified: bool = True
    marrow: float = 1.0

    def bounding_points(self) -> tuple[np.ndarray, float]:
        """Axis samples, and the largest distance from them, mm."""
        return self.points, float(self.radius_mm.max()) * (1 + self.texture.relief) + 0.3

    def signed_distance(self, points: np.ndarray) -> np.ndarray:
        """Distance in mm of LPS points (n, 3) to the surface, negative inside."""
        distance, index = cKDTree(self.points).query(points)
        return distance - self.radius_mm[index] * (1.0 + self.texture.relief * self.texture(points))

    def density_hu(self, points: np.ndarray) -> np.ndarray:
        """CT number at LPS points (n, 3)."""
        hu = self.hu * (1.0 + self.texture.density * self.texture(points * 1.7))
        if self.marrow == 1.0:
            return hu
        return np.where(self.signed_distance(points) < -CORTEX_MM, self.marrow * hu, hu)


def draw_mimics(anatomy: Anatomy, rng: np.random.Generator, icac_score: float = 0.0,
                dense_blood: bool = False) -> list[Strand]:
    """Draw the mimics of a patient.

    Parameters
    ----------
    anatomy : Anatomy
        Where landmarks and carotids lie.
    rng : numpy.random.Generator
    icac_score : float
        Standardised ICAC volume; vertebrobasilar calcium goes with it (Spearman 0.35).
    dense_blood : bool
        Give the patient dense blood, which others have by chance.

    """
    mimics: list[Strand] = []
    for draw, name in ((_petroclinoid, "petroclinoid ligament"), (_tentorium, "tentorium"),
                       (_cavernous_dura, "dura beside the cavernous sinus"), (_choroid_plexus, "choroid plexus")):
        mimics += [draw(name, side, rng) for side in _affected_sides(name, rng)]
    for side in Side:
        mimics += _clinoid_bridges(side, rng)
    mimics += _vertebrobasilar(rng, icac_score) + _pineal(rng) + _falx(rng)
    mimics = [moved(mimic, anatomy) for mimic in mimics]
    if rng.random() < 0.10 or dense_blood:
        mimics += _dense_blood(anatomy.courses, rng)
    return mimics


def _affected_sides(name: str, rng: np.random.Generator) -> tuple[Side, ...]:
    prevalence, both = PAIRED[name]
    if rng.random() > prevalence:
        return ()
    return tuple(Side) if rng.random() < both else (tuple(Side)[rng.integers(2)],)


def moved(mimic: Strand, anatomy: Anatomy) -> Strand:
    """Move a strand from the mean head to where its middle lies in this head."""
    middle = mimic.points[len(mimic.points) // 2]
    shift = anatomy.landmark(tuple(lps_to_ras(middle))) - middle
    return replace(mimic, points=mimic.points + shift)


def _lps(side: Side, lateral: float, posterior: float, superior: float) -> np.ndarray:
    return np.array([side.sign_x_lps * lateral, posterior, superior], dtype=float)


def _strand(name: str, knots: np.ndarray, radius: float, hu: float, rng: np.random.Generator, fill: float = 1.0,
            sag: float = 1.0) -> Strand:
    """Smooth line through knots (k, 3); the share ``fill`` of it is calcified, in beads."""
    knots = np.asarray(knots, dtype=float)
    t = np.linspace(0, len(knots) - 1, max(2, int(np.linalg.norm(np.diff(knots, axis=0), axis=1).sum() / 0.2)))
    points = np.stack([np.interp(t, np.arange(len(knots)), axis) for axis in knots.T], axis=-1)
    phase = t / max(t[-1], 1e-6)
    points += np.outer(np.sin(np.pi * phase), sag * rng.standard_normal(3))
    beads = sum(np.cos(2 * np.pi * (frequency * phase + rng.random())) for frequency in (1.3, 2.7, 5.1)) / 3
    level = np.quantile(beads, 1.0 - fill)
    profile = np.where(beads >= level, radius * (0.75 + 0.35 * beads), -1.0)
    return Strand(name, points, profile, hu, draw_texture(rng, 2.0, 0.25, 0.3))


def _bar(strand: Strand) -> Strand:
    """Return a strand of bone: cortex around marrow."""
    return replace(strand, marrow=MARROW)


def _dense_hu(rng: np.random.Generator) -> float:
    return float(np.clip(450 * np.exp(0.45 * rng.standard_normal()), 150, 1300))


def _petroclinoid(name: str, side: Side, rng: np.random.Generator) -> Strand:
    """Ligament from the posterior clinoid process to the petrous apex."""
    knots = [_lps(side, 8, 5, 5.5), _lps(side, 11, 10, 3.5), _lps(side, 16, 17, 1.0)]
    return _bar(_strand(name, knots + rng.normal(0, 1, (3, 3)), rng.uniform(0.4, 1.1), _dense_hu(rng), rng,
                        fill=rng.uniform(0.3, 1.0)))


def _clinoid_bridges(side: Side, rng: np.random.Generator) -> list[Strand]:
    bridges = []
    anterior = _lps(side, 12.5, -4.5, 6)
    if rng.random() < 0.02:
        knots = [anterior, _lps(side, 10.5, 0.5, 7.0), _lps(side, 8, 4.5, 6)]
        bridges.append(_strand("interclinoid bridge", knots, rng.uniform(0.5, 1.0), _dense_hu(rng), rng, 0.9, 0.5))
    if rng.random() < 0.22:
        knots = [anterior, _lps(side, 9.5, -3.0, 2.5), _lps(side, 5.8, -4.0, 1.5)]
        bridges.append(_strand("carotico-clinoid bridge", knots, rng.uniform(0.4, 0.9), _dense_hu(rng), rng,
                               fill=1.0 if rng.random() < 0.24 else rng.uniform(0.3, 0.7), sag=0.5))
    return [_bar(bridge) for bridge in bridges]


def _tentorium(name: str, side: Side, rng: np.random.Generator) -> Strand:
    """Flecks along the petrous attachment of the tentorium."""
    at = rng.uniform(0.1, 0.9)
    start = _lps(side, 14 + 28 * at, 14 + 24 * at, 2 + 6 * at)
    knots = [start, start + _lps(side, *rng.normal((4, 4, 1.5), 1.5))]
    return _strand(name, knots, rng.uniform(0.5, 1.2), _dense_hu(rng), rng)


def _cavernous_dura(name: str, side: Side, rng: np.random.Generator) -> Strand:
    """Flecks of the dura lateral to the carotid."""
    start = _lps(side, 17 + 1.5 * rng.standard_normal(), rng.uniform(-6, 8), rng.uniform(-5, 3))
    knots = [start, start + _lps(side, *rng.normal((0, 2.0, 0.5), 1.0))]
    return _strand(name, knots, rng.uniform(0.3, 0.7), _dense_hu(rng), rng)


def _choroid_plexus(name: str, side: Side, rng: np.random.Generator) -> Strand:
    start = _lps(side, 22, 58, 24) + rng.normal(0, 2, 3)
    knots = [start, start + _lps(side, *rng.normal((2, 3, 2), 1.5))]
    return _strand(name, knots, rng.uniform(0.8, 2.5), _dense_hu(rng) * 0.7, rng)


def _pineal(rng: np.random.Generator) -> list[Strand]:
    if rng.random() > 0.71:
        return []
    start = np.array([0, 37, 15]) + rng.normal(0, 1.5, 3)
    knots = [start, start + rng.normal(0, 1.0, 3)]
    return [_strand("pineal gland", knots, rng.uniform(0.8, 2.5), _dense_hu(rng) * 0.7, rng)]


def _falx(rng: np.random.Generator) -> list[Strand]:
    if rng.random() > 0.15:
        return []
    start = np.array([0, rng.uniform(-50, 40), rng.uniform(40, 70)])
    knots = [start, start + rng.normal((0, 8, 3), (0.5, 4, 4))]
    return [_strand("falx", knots, rng.uniform(0.5, 1.5), _dense_hu(rng), rng)]


def _vertebrobasilar(rng: np.random.Generator, icac_score: float) -> list[Strand]:
    """Flecks in the wall of the vertebral (V4) and basilar arteries."""
    if 0.37 * icac_score + 0.93 * rng.standard_normal() < VERTEBROBASILAR_ABOVE:
        return []
    bend = rng.normal(0, 2.0)
    basilar = np.array([(bend / 2, 19, -24), (bend, 15, -12), (bend / 2, 12, 1)])
    paths = {"basilar artery": basilar,
             **{f"{side.value} vertebral artery": np.array([_lps(side, 13, 32, -48), _lps(side, 7, 25, -35),
                                                            basilar[0]]) for side in Side}}
    names = list(paths)
    strands = []
    for _ in range(1 + rng.poisson(1.5)):
        name = names[rng.choice(3, p=[0.2, 0.4, 0.4])]
        t = rng.uniform(0.0, len(paths[name]) - 1.3) + np.array([0.0, rng.uniform(0.05, 0.3)])
        ends = np.stack([np.interp(t, np.arange(len(paths[name])), axis) for axis in paths[name].T], axis=-1)
        ends += 1.6 * _unit(rng.standard_normal(3))
        strands.append(_strand(name, ends, rng.uniform(0.4, 1.1), _dense_hu(rng), rng, sag=0.3))
    return strands


def _dense_blood(courses: dict[Side, Course], rng: np.random.Generator) -> list[Strand]:
    """Blood of 60 to 85 HU in the carotids: high haematocrit in both, or a clot in one."""
    sides = list(courses) if rng.random() < 0.6 else [Side(rng.choice([side.value for side in courses]))]
    hu = rng.uniform(60, 85)
    return [Strand("dense blood", courses[side].points, courses[side].radius_mm - 0.1, hu,
                   draw_texture(rng, 4.0, 0.0, 0.05), calcified=False) for side in sides]


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
