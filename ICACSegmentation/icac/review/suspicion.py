"""How much a lesion looks like a false positive."""

from __future__ import annotations

import math

from icac.lesions import Lesion

#: Distance of a lesion from the carotid centreline, in mm, at which it is as suspicious as can be.
FAR_MM = 10.0

#: Words for reports.
DEFINITION = (
    "Mean of three shares, 0 to 1: surface that touches bone; 1 - mean probability of ICAC (left out where there is "
    f"no probability map); distance from the carotid centreline / {FAR_MM:g} mm, at most 1."
)


def suspicion(lesion: Lesion) -> float:
    """Return how much a lesion looks like a false positive, 0 to 1; see :data:`DEFINITION`."""
    signs = [lesion.bone_contact, min(lesion.course_distance_mm / FAR_MM, 1.0)]
    if not math.isnan(lesion.mean_probability):
        signs.append(1 - lesion.mean_probability)
    return sum(signs) / len(signs)
