"""The ways in which carotid siphons differ: how each moves the control points of the mean course, and how much.

Directions are for the right side, RAS mm for an amount of one. Means and spreads were fitted, with the jitter of single
points, to the rotation-free measures of 65 real siphons (AneuRisk65;
``Testing/icac/phantom/artery/test_siphon_shape.py``): the mean course has the textbook's distances, but rests on
landmarks that lie nearly in one plane.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Bend(NamedTuple):
    """One way to differ: mean and standard deviation of its amount, and what it moves."""

    mean: float
    sd: float
    moves: Mapping[str, tuple[float, float, float]]


BENDS = (
    # Closed (C, omega) or open (V, U): the supraclinoid part turns back over the cavernous one.
    Bend(2.0, 1.6, {"anterior bend": (0, 0.7, 0.4), "proximal ring": (0, 0.8, 0.2), "PCom origin": (0, -0.8, -0.8),
                    "terminus": (0, -0.3, -1.5)}),
    # The terminus lies lateral to the rings, near to them or far.
    Bend(1.2, 0.7, {"PCom origin": (0.6, 0, 0), "terminus": (1.5, 0, 0)}),
    # The cavernous loop sways out of the sagittal plane.
    Bend(2.0, 1.6, {"cavernous horizontal": (1.0, 0, 0), "anterior bend": (1.2, 0, 0), "distal ring": (-0.5, 0, 0)}),
    # High or low posterior bend (S type).
    Bend(0.3, 1.8, {"petrolingual ligament": (0, -0.3, 0.2), "posterior bend": (0, -0.5, 1.2)}),
    # The horizontal part arches or, seldom, dips (the double siphon).
    Bend(-1.0, 1.3, {"cavernous horizontal": (0, 0, -1.0), "anterior bend": (0, 0, -0.4)}),
    # The cavernous loop rides high beside the sella or lies low.
    Bend(2.2, 2.0, {"posterior bend": (0, 0, 0.5), "cavernous horizontal": (0, 0, 1.0), "anterior bend": (0, 0, 1.0),
                    "proximal ring": (0, 0, 0.4)}),
    # A long or short loop in front.
    Bend(-1.5, 1.7, {"anterior bend": (0, 1.0, 0), "proximal ring": (0, 1.0, 0.3), "distal ring": (0, 0.6, 0.3)}),
    # The tip hooks forward or backward.
    Bend(0.0, 1.9, {"PCom origin": (0, -0.5, 0), "terminus": (0, 1.2, 0)}),
    # The part between ring and posterior communicating artery kinks sideways.
    Bend(-0.9, 2.5, {"distal ring": (-0.4, 0, 0), "PCom origin": (1.2, 0, 0), "terminus": (-0.4, 0, 0)}),
    # The siphon lies near the sella or far from it; a kinked one needs room (inter-carotid 13.3 at the rings).
    Bend(-0.8, 0.5, dict.fromkeys(("posterior bend", "cavernous horizontal", "anterior bend", "proximal ring",
                                  "distal ring", "PCom origin", "terminus"), (1.0, 0, 0))),
)
