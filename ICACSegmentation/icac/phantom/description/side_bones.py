"""What differs between the sides of a skull base: the parameters of the bones around each carotid, and their spread.

Prevalences and sizes, per side
-------------------------------
- Styloid process: 15 to 50 mm; longer than 30 mm in 4 to 30 % (18 % here). In pieces or with an ossified stylohyoid
  ligament: shares are assumptions, as are its radii and how often it is hollow.
- Optic strut 3.64 +- 0.64 mm thick (JCDR 2015). Optic canal, oval and spinous foramen: spread of 15 % assumed.
- Horizontal petrous canal to the oval foramen 4.1 mm, to the spinous 5.8 mm (58 sides on CT): bone lies between.
- Posterior clinoid: 2.3 mm high and 4.3 mm thick (CT of 100); shapes and their shares are assumptions.
- Grooves beside the horizontal canal: the auditory tube lies in front of and below it in nearly everybody, dura and the
  trigeminal ganglion above; how thick the plates of bone between are (open canals included), and where the grooves lie,
  are assumptions.
- Middle clinoid in a third of sides, bony dehiscence of the carotid canal in 8 %, foramen of Vesalius in a third, a
  bony bridge across the jugular foramen in 15 %: assumptions, as is every size and share not named here.
- Carotico-clinoid and interclinoid bridges are among the mimics, with their prevalence
  (``icac.simulate.patient.mimics``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.geometry import three


@dataclass(frozen=True)
class Styloid:
    """A styloid process with what is ossified of its ligament. Lengths in mm."""

    length_mm: float
    base_mm: float
    """Radius at the skull base."""
    tip_mm: float
    medial: float
    anterior: float
    """How far it leans per mm of descent."""
    bend_mm: float
    """How far its end turns forward from a straight line."""
    hollow: bool
    """Marrow in a thin shell, else compact."""
    pieces: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    """Shares of the length that are bone; ligament between them."""


@dataclass(frozen=True)
class PosteriorClinoid:
    """A posterior clinoid process. Offsets of its end from that of the mean head, mm (lateral, anterior, superior)."""

    end: tuple[float, float, float]
    tip_mm: float
    hook: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Where it goes on beyond its end; none of it if 0."""
    ball_mm: float = 0.0
    """Radius of a ball at its end."""
    gap_mm: float = 0.0
    """Distance by which the ball is an island of its own."""


@dataclass(frozen=True)
class Groove:
    """A soft groove along the horizontal part of the petrous canal. Lengths in mm."""

    turn_deg: float
    """Where it lies around the artery: 0 forward and outward, 90 above, -90 below."""
    radius_mm: float
    plate_mm: float
    """Thickness of the bone that it leaves of the canal's wall."""
    part: tuple[float, float] = (0.0, 1.0)
    """Where it begins and ends, as shares of the horizontal part in the direction of blood flow."""


@dataclass(frozen=True)
class SideBones:
    """Bones of one side. The defaults are those of the mean head, in which most of these structures are absent."""

    styloid: Styloid | None = None
    """None: the short spine of the mean head."""
    tympanic_mm: float = 0.0
    """Thickness of the tympanic plate."""
    sheath_mm: float = 0.0
    """Radius of the vaginal process around the root of the styloid."""
    bridge_mm: float = 0.0
    """Radius of the bone between the horizontal petrous canal and the oval and spinous foramina."""
    bridge_spongy: bool = True
    spine_mm: float = 0.0
    """Length of the spine of the sphenoid."""
    ovale_scale: float = 1.0
    spinosum_scale: float = 1.0
    lacerum_scale: float = 1.0
    vesalius: bool = False
    jugular_scale: float = 1.0
    jugular_spine_mm: float = 0.0
    """Radius of a bony bridge across the jugular foramen."""
    tubercle_mm: float = 0.0
    """How much thicker the jugular tubercle is than that of the mean head."""
    canal_gap_mm: float | None = None
    """Gap between lumen and bone in the carotid canal; None: that of the head."""
    canal_bone_mm: float = 0.0
    """Thickness of a compact wall of the canal."""
    dehiscence_mm: float = 0.0
    """Radius of a hole in the roof of the canal towards the middle fossa."""
    tube_air_mm: float = 0.0
    """Radius of the bony auditory tube."""
    strut_scale: float = 1.0
    optic_canal_scale: float = 1.0
    middle_clinoid_mm: float = 0.0
    """Height of the middle clinoid process."""
    posterior_clinoid: PosteriorClinoid | None = None
    dorsum_beads: tuple[tuple[float, float], ...] = ()
    """(share of the height of the dorsum, radius) of knobs at its lateral edge."""
    air_share: float = 1.0
    """Pneumatisation of clinoid and petrous apex relative to that of the head."""
    air_cells: tuple[tuple[float, float, float, float], ...] = ()
    """Small cells around the canal: position (RAS mm, right side) and radius."""
    grooves: tuple[Groove, ...] = ()
    """Soft grooves beside the horizontal canal."""


def _clipped(rng: np.random.Generator, mean: float, sd: float, low: float, high: float) -> float:
    return float(np.clip(rng.normal(mean, sd), low, high))


def _sometimes(rng: np.random.Generator, prevalence: float, low: float, high: float) -> float:
    """Return a size, or 0 where the structure is absent."""
    return float(rng.uniform(low, high)) if rng.random() < prevalence else 0.0


def draw_styloid(rng: np.random.Generator, growth: float = 1.0) -> Styloid:
    """Draw a styloid process; ``growth`` from 0 (newborn) to 1 (adult)."""
    length = float(np.clip(24.0 * np.exp(0.25 * rng.standard_normal()), 15.0, 50.0)) * growth
    pieces: tuple[tuple[float, float], ...] = ((0.0, 1.0),)
    if rng.random() < 0.25:
        cut = float(rng.uniform(0.3, 0.7))
        pieces = ((0.0, cut), (cut + float(rng.uniform(0.06, 0.2)), 1.0))
    if growth == 1.0 and rng.random() < 0.08:  # the ligament ossifies towards the hyoid bone
        pieces, length = (*((0.6 * a, 0.6 * b) for a, b in pieces), (0.68, 1.0)), min(length / 0.6, 70.0)
    return Styloid(length, float(rng.uniform(1.7, 3.8)) * (0.5 + 0.5 * growth), float(rng.uniform(0.8, 1.6)),
                   _clipped(rng, 0.18, 0.1, -0.05, 0.5), _clipped(rng, 0.32, 0.13, 0.0, 0.7),
                   _clipped(rng, 0.0, 3.0, -6.0, 6.0), bool(rng.random() < 0.5), pieces)


def draw_posterior_clinoid(rng: np.random.Generator) -> PosteriorClinoid:
    """Draw a posterior clinoid process: stump, point, hook, ball or island."""
    end = three(float(v) for v in rng.normal(0.0, (1.3, 1.3, 1.2)))
    shape = rng.choice(("plain", "hook", "ball", "island"), p=(0.5, 0.2, 0.2, 0.1))
    turn = three(float(v) for v in rng.normal((1.0, 2.5, -0.5), (0.8, 1.0, 1.2)))
    hook = turn if shape == "hook" else (0.0, 0.0, 0.0)
    ball = float(rng.uniform(1.2, 2.6)) if shape in ("ball", "island") else 0.0
    gap = float(rng.uniform(0.8, 2.0)) if shape == "island" else 0.0
    return PosteriorClinoid(end, _clipped(rng, 1.6, 0.5, 0.7, 3.0), hook, ball, gap)


def _draw_cells(rng: np.random.Generator) -> tuple[tuple[float, float, float, float], ...]:
    """Draw cells under and beside the vertical canal, where those of the tympanic cavity end."""
    return tuple((*three(float(v) for v in rng.normal((35.0, -23.0, -21.0), (3.5, 4.0, 3.0))),
                  float(rng.uniform(0.6, 1.8))) for _ in range(rng.poisson(2.0)))


def draw_grooves(rng: np.random.Generator, growth: float = 1.0) -> tuple[Groove, ...]:
    """Draw the groove of the auditory tube and that above the canal; plates are thinner in the young."""
    drawn = []
    for prevalence, turn, radius, thickness in ((0.85, (-55.0, 25.0), (1.5, 3.5), 1.2),
                                                (0.5, (50.0, 115.0), (1.5, 4.0), 0.9)):
        groove = Groove(float(rng.uniform(*turn)), float(rng.uniform(*radius)) * (0.7 + 0.3 * growth),
                        _clipped(rng, thickness, 0.6, 0.0, 3.0) * (0.4 + 0.6 * growth),
                        (float(rng.uniform(0.0, 0.4)), float(rng.uniform(0.7, 1.0))))
        if rng.random() < prevalence:
            drawn.append(groove)
    return tuple(drawn)


def draw_side(rng: np.random.Generator, growth: float = 1.0) -> SideBones:
    """Draw the bones of one side; ``growth`` from 0 (newborn) to 1 (adult)."""
    return SideBones(
        styloid=draw_styloid(rng, growth),
        tympanic_mm=float(rng.uniform(1.0, 3.0)) * growth,
        sheath_mm=_sometimes(rng, 0.8, 1.5, 3.2) * growth,
        bridge_mm=float(rng.uniform(1.0, 3.4)),
        bridge_spongy=bool(rng.random() < 0.6),
        spine_mm=_clipped(rng, 5.0, 2.5, 0.0, 12.0) * growth,
        ovale_scale=_clipped(rng, 1.0, 0.15, 0.65, 1.4),
        spinosum_scale=_clipped(rng, 1.0, 0.2, 0.5, 1.6),
        lacerum_scale=_clipped(rng, 1.0, 0.15, 0.6, 1.4),
        vesalius=bool(rng.random() < 0.33),
        jugular_scale=_clipped(rng, 1.0, 0.2, 0.55, 1.5),
        jugular_spine_mm=_sometimes(rng, 0.15, 0.6, 1.5),
        tubercle_mm=_clipped(rng, 0.0, 0.9, -1.5, 2.5),
        canal_gap_mm=float(rng.uniform(0.4, 1.4)),
        canal_bone_mm=_sometimes(rng, 0.4, 0.6, 2.2),
        dehiscence_mm=_sometimes(rng, 0.08, 1.5, 3.0),
        tube_air_mm=_sometimes(rng, 0.7, 0.6, 1.7),
        strut_scale=_clipped(rng, 1.0, 0.18, 0.5, 1.6),
        optic_canal_scale=_clipped(rng, 1.0, 0.12, 0.7, 1.3),
        middle_clinoid_mm=_sometimes(rng, 0.33, 1.0, 4.0),
        posterior_clinoid=draw_posterior_clinoid(rng),
        dorsum_beads=tuple((float(rng.uniform(0.1, 1.0)), float(rng.uniform(0.6, 1.4)))
                           for _ in range(rng.poisson(0.6))),
        air_share=float(np.clip(rng.uniform(0.2, 1.6), 0.0, 1.0)),
        air_cells=_draw_cells(rng) if growth > 0.3 else (),
    )


#: The bones of each side of the mean head.
MEAN_SIDE = SideBones()
