"""How much a lesion looks like a false positive.

Three signs, each a share from 0 to 1, are joined as if they were independent: one strong sign is enough. Distance
counts only where neither the wall of the artery nor an error of alignment explains it: of the true lesions found in 24
simulated heads 95% lay within 8.3 mm of the centreline of the aligned reference.
"""

from __future__ import annotations

import math

from icac.lesions import Lesion

#: Distances from the carotid centreline in mm up to which a lesion is not suspicious, and from which it could not be
#: more so.
NEAR_MM, FAR_MM = 8.0, 12.0

#: Words for reports.
DEFINITION = (
    "1 - (1 - bone) x probability x (1 - far), 0 to 1. Bone: share of the surface that touches bone. Probability: mean "
    "probability of ICAC, left out where there is no probability map. Far: distance from the carotid centreline, 0 up "
    f"to {NEAR_MM:g} mm and 1 from {FAR_MM:g} mm on."
)


def suspicion(lesion: Lesion) -> float:
    """Return how much a lesion looks like a false positive, 0 to 1; see :data:`DEFINITION`."""
    far = min(max((lesion.course_distance_mm - NEAR_MM) / (FAR_MM - NEAR_MM), 0.0), 1.0)
    probability = 1.0 if math.isnan(lesion.mean_probability) else lesion.mean_probability
    return 1 - (1 - lesion.bone_contact) * probability * (1 - far)
