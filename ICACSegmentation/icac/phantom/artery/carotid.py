"""The internal carotid arteries of the parametric head: centreline, lumen and segments.

Control points on the right side, RAS mm, origin in the centre of the sella (sources: docs/explanation/anatomy.md;
distances of the literature are reproduced: external aperture 29.7 mm from the midline, petrous vertical 12 mm and
horizontal 20 mm at 105 degrees, inner gap at the distal ring 13.3 mm, total length 81 mm). Lumen 4.67 mm before the
canal, 4.53 mm at the first intracranial part, 2.71 mm at the terminus, with a step at the ophthalmic and posterior
communicating origins.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator, make_interp_spline

from icac.anatomy import Course, Segment, Side
from icac.phantom.artery.siphon_bends import BENDS
from icac.phantom.artery.vessel_limits import eased, room_mm
from icac.phantom.description.parameters import HeadParameters

#: name, RAS position, lumen diameter in mm, segment that begins here.
CONTROL_POINTS = (
    ("canal entrance", (30.3, -21.1, -27.6), 4.67, Segment.C2),
    ("petrous genu", (28.0, -19.0, -16.0), 4.6, Segment.C2),
    ("petrous horizontal", (20.5, -12.3, -16.2), 4.55, Segment.C2),
    ("lacerum", (13.0, -5.6, -16.0), 4.53, Segment.C3),
    ("petrolingual ligament", (11.2, -6.3, -9.5), 4.53, Segment.C4),
    ("posterior bend", (10.5, -6.0, -4.0), 4.5, Segment.C4),
    ("cavernous horizontal", (10.9, 1.0, -4.6), 4.45, Segment.C4),
    ("anterior bend", (11.0, 8.0, -4.0), 4.4, Segment.C4),
    ("proximal ring", (9.7, 9.0, 2.0), 4.3, Segment.C5),
    ("distal ring", (8.7, 7.0, 5.0), 4.2, Segment.C6),
    ("PCom origin", (9.5, 1.0, 9.0), 3.4, Segment.C7),
    ("terminus", (11.5, -1.0, 14.0), 2.71, Segment.C7),
)

_INDEX = {name: i for i, (name, *_) in enumerate(CONTROL_POINTS)}

#: Largest distance between samples of a course, mm.
STEP_MM = 0.4


#: How many shapes of a siphon are tried before the one with most room is taken, and how much calmer each is.
_TRIES, _CALMER = 30, 0.93
#: Share of the variation of the shape that both sides have in common.
_COMMON = 0.5


def _of_both_and_own(seed: int, side: Side, stream: int) -> tuple[np.random.Generator, np.random.Generator]:
    """Return the random numbers both sides of a head share, and those of one side alone."""
    return (np.random.default_rng([seed, stream]),
            np.random.default_rng([seed, stream + (1 if side is Side.RIGHT else 2)]))


def _jitter(parameters: HeadParameters, side: Side) -> np.ndarray:
    """Return the displacement of every control point on its own, (n, 3) mm.

    The left side is the mirrored right one plus N(0, 1 mm) of its own, as far as heads are asymmetric at all.
    """
    common, own = _of_both_and_own(parameters.seed, side, 11)
    shape = (len(CONTROL_POINTS), 3)
    # Inside the canal the artery can only move with its bone, so half the freedom there.
    freedom = np.where(np.arange(len(CONTROL_POINTS)) < 4, 0.5, 1.0)[:, None]
    jitter = parameters.carotid_jitter_mm
    return freedom * (common.normal(0, jitter, shape) + own.normal(0, 0.5 * jitter, shape))


def _bending(parameters: HeadParameters, side: Side, attempt: int) -> np.ndarray:
    """Return the displacement of the control points by the ways a siphon bends, (n, 3) mm."""
    common, own = _of_both_and_own(parameters.seed, side, 21)
    n = len(BENDS)
    amount = _COMMON**0.5 * common.normal(size=n) + (1 - _COMMON)**0.5 * own.normal(size=(attempt + 1, n))[-1]
    moved = np.zeros((len(CONTROL_POINTS), 3))
    for bend, x in zip(BENDS, amount, strict=True):
        for name, direction in bend.moves.items():
            moved[_INDEX[name]] += parameters.siphon_freedom * (bend.mean + bend.sd * x) * np.array(direction)
    return moved


def _control_points(parameters: HeadParameters, side: Side, attempt: int) -> np.ndarray:
    """Return the control points of one side, (n, 3) RAS mm."""
    points = np.array([p for _, p, _, _ in CONTROL_POINTS])
    calm = _CALMER**attempt
    if parameters.carotid_jitter_mm:
        points = points + calm * _jitter(parameters, side)
    if parameters.siphon_freedom:
        points = points + calm * _bending(parameters, side, attempt)
    center = points.mean(axis=0)
    points = center + (points - center) * parameters.carotid_scale
    # An artery does not enter the sella: keep the wall 3.5 mm or more from the midline (7.4 +- 1.0 measured).
    points[:, 0] = np.maximum(points[:, 0], 6.2)
    return points if side is Side.RIGHT else points * (-1.0, 1.0, 1.0)


def _attempt(parameters: HeadParameters, side: Side, attempt: int) -> Course:
    """Return one shape of the course of one side, possible or not."""
    points = _control_points(parameters, side, attempt)
    knots = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    s = np.linspace(0, knots[-1], int(np.ceil(1.15 * knots[-1] / STEP_MM)) + 1)
    # A cubic spline bends like a vessel; parameterised by chord length it does not overshoot at the tight bends.
    samples = make_interp_spline(knots, points, k=3, bc_type="natural")(s)
    diameter = PchipInterpolator(knots, [d for _, _, d, _ in CONTROL_POINTS])(s) * parameters.lumen_scale
    starts = np.array([int(seg) for _, _, _, seg in CONTROL_POINTS])
    segment = starts[np.clip(np.searchsorted(knots, s, side="right") - 1, 0, len(knots) - 2)]
    if parameters.siphon_freedom:
        samples = eased(samples, 0.5 * diameter)
    return Course(side, samples, 0.5 * diameter, segment)


def centerline(parameters: HeadParameters, side: Side) -> Course:
    """Return the course of one side in head coordinates (RAS mm, before warping).

    A drawn siphon is the first of some shapes, each calmer than the last, that leaves room for its own wall.
    """
    if not parameters.siphon_freedom:
        return _attempt(parameters, side, 0)
    tried: list[tuple[float, Course]] = []
    for attempt in range(_TRIES):
        course = _attempt(parameters, side, attempt)
        tried.append((room_mm(course), course))
        if tried[-1][0] >= 0:
            break
    return max(tried, key=lambda found: found[0])[1]
