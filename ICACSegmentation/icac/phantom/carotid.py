"""The internal carotid arteries of the parametric head: centreline, lumen and segments.

Control points from icac_reference section 4 (right side, RAS mm, origin in the centre of the sella; literature
distances reproduced: external aperture 29.7 mm from the midline, petrous vertical 12 mm and horizontal 20 mm at
105 degrees, inner gap at the distal ring 13.3 mm, total length 81 mm). Lumen 4.67 mm before the canal, 4.53 mm at
the first intracranial part, 2.71 mm at the terminus, with a step at the ophthalmic and posterior communicating
origins.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator, make_interp_spline

from icac.anatomy import Course, Segment, Side
from icac.phantom.parameters import HeadParameters

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

#: Largest distance between samples of a course, mm.
STEP_MM = 0.4


def _control_points(parameters: HeadParameters, side: Side) -> np.ndarray:
    """Return the jittered control points of one side, (n, 3) RAS mm.

    The left side is the mirrored right one plus N(0, 1 mm) of its own, as far as heads are asymmetric at all.
    """
    points = np.array([p for _, p, _, _ in CONTROL_POINTS])
    jitter = parameters.carotid_jitter_mm
    if jitter:
        common = np.random.default_rng([parameters.seed, 11])
        own = np.random.default_rng([parameters.seed, 12 if side is Side.RIGHT else 13])
        # Inside the canal the artery can only move with its bone, so half the freedom there.
        freedom = np.where(np.arange(len(points)) < 4, 0.5, 1.0)[:, None]
        points = points + freedom * (common.normal(0, jitter, points.shape)
                                     + own.normal(0, 0.5 * jitter, points.shape))
    center = points.mean(axis=0)
    points = center + (points - center) * parameters.carotid_scale
    # An artery does not enter the sella: keep the wall 3.5 mm or more from the midline (7.4 +- 1.0 measured).
    points[:, 0] = np.maximum(points[:, 0], 6.2)
    return points if side is Side.RIGHT else points * (-1.0, 1.0, 1.0)


def centreline(parameters: HeadParameters, side: Side) -> Course:
    """Return the course of one side in head coordinates (RAS mm, before warping)."""
    points = _control_points(parameters, side)
    knots = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    s = np.linspace(0, knots[-1], int(np.ceil(1.15 * knots[-1] / STEP_MM)) + 1)
    # A cubic spline bends like a vessel; parameterised by chord length it does not overshoot at the tight bends.
    samples = make_interp_spline(knots, points, k=3, bc_type="natural")(s)
    diameter = PchipInterpolator(knots, [d for _, _, d, _ in CONTROL_POINTS])(s) * parameters.lumen_scale
    starts = np.array([int(seg) for _, _, _, seg in CONTROL_POINTS])
    segment = starts[np.clip(np.searchsorted(knots, s, side="right") - 1, 0, len(knots) - 2)]
    return Course(side, samples, 0.5 * diameter, segment)
