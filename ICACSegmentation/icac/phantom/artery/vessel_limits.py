"""What a vessel cannot do: bend tighter than its lumen allows, or run through its own wall or over the midline."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.spatial.distance import cdist

from icac.anatomy import Course, Segment

#: Smallest radius of a bend relative to the radius of the lumen.
TIGHTEST_BEND = 1.25
#: Two walls between parts of the lumen that lie side by side, mm.
WALLS_MM = 0.5
#: Least distance of the lumen from the midline, mm.
MIDLINE_MM = 3.5
#: Lateral limit of the siphon (the temporal lobe), mm from the midline.
LATERAL_MM = 17.5
#: Lowest and highest terminus above the centre of the sella, mm.
TERMINUS_MM = (6.0, 20.0)


def bend_radius_mm(points: np.ndarray) -> np.ndarray:
    """Return the radius of the bend at each of n samples (n, 3) of a curve, shape (n,)."""
    first = np.gradient(points, axis=0)
    across = np.cross(first, np.gradient(first, axis=0))
    return np.linalg.norm(first, axis=1) ** 3 / np.maximum(np.linalg.norm(across, axis=1), 1e-9)


def eased(points: np.ndarray, lumen_mm: np.ndarray, most: int = 150) -> np.ndarray:
    """Round the bends of a curve (n, 3) that are too tight for a lumen of radius (n,); the ends and the rest stay."""
    for _ in range(most):
        tight = bend_radius_mm(points) < TIGHTEST_BEND * lumen_mm
        tight[:4] = tight[-4:] = False
        if not tight.any():
            break
        weight = gaussian_filter1d(maximum_filter1d(tight.astype(float), 9), 3.0)[:, None]
        weight[[0, -1]] = 0
        points = points + weight * (gaussian_filter1d(points, 2.0, axis=0, mode="nearest") - points)
    return points


def _own_gap_mm(course: Course) -> float:
    """Return the least gap between parts of the lumen more than half a turn of the tightest bend apart, mm."""
    some = slice(None, None, 3)
    s, points, r = course.arc_length_mm[some], course.points[some], course.radius_mm[some]
    reach = np.pi * TIGHTEST_BEND * np.maximum(r[:, None], r)
    gap = cdist(points, points) - r[:, None] - r
    return float(gap[np.abs(s[:, None] - s) > reach].min())


def room_mm(course: Course) -> float:
    """Return by how much a course (RAS mm) keeps all limits; negative where it breaks one."""
    x, z = np.abs(course.points[:, 0]), course.points[-1, 2]
    siphon = course.segment >= int(Segment.C4)
    ratio = (bend_radius_mm(course.points) / course.radius_mm)[4:-4].min()
    return min(_own_gap_mm(course) - WALLS_MM, float((x - course.radius_mm).min()) - MIDLINE_MM,
               LATERAL_MM - float(x[siphon].max()), z - TERMINUS_MM[0], TERMINUS_MM[1] - z,
               4 * (float(ratio) - 0.96 * TIGHTEST_BEND))
