"""Is there contrast agent in the blood beside the siphon?

The carotid siphon runs through the cavernous sinus, a pool of venous blood. Blood without contrast agent has 30 to 60
HU, and never more than some 80 however thick it is; with it, artery or sinus or both stand higher, long after the
arteries of the brain have paled.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import ndimage

from icac.air import OUTSIDE_HU
from icac.anatomy import Course, Segment, Side
from icac.geometry import Frame, Volume

#: HU of the blood from which contrast agent is suspected.
ENHANCED_HU = 95.0

#: Distance in mm from the centreline within which blood is measured, and the segments along which. The artery has a
#: radius of 2.3 mm; farther out brain and its fluid outnumber the blood of the sinus and hide its contrast agent.
REACH_MM, SEGMENTS = 3.0, (Segment.C3, Segment.C4, Segment.C5)

#: HU of what is no blood, dense or not (calcium, bone, air, fat), and the distance kept from it, mm.
NO_BLOOD_HU, KEPT_MM = (-50.0, 230.0), 1.5

#: Blur in mm (standard deviation) that averages noise, and voxel size of the copy in which blood is measured.
BLUR_MM, STEP_MM = 0.8, 1.0

#: Fewest mm3 of blood that tell.
LEAST_MM3 = 150.0


def blood_hu(ct: Volume, courses: Mapping[Side, Course]) -> float:
    """Return the median HU of the blood beside the siphons; NaN where bone and calcium leave too little of it.

    Parameters
    ----------
    ct : Volume
        HU, (z, y, x).
    courses : mapping of Side to Course
        In the scan, LPS mm.

    """
    values = np.concatenate([_blood_along(ct, course) for course in courses.values()])
    return float(np.median(values)) if len(values) * STEP_MM**3 >= LEAST_MM3 else float("nan")


def contrast_warning(blood: float) -> str:
    """Return one sentence for the user if blood is denser than it can be without contrast agent, else nothing."""
    if not blood >= ENHANCED_HU:
        return ""
    return (f"The scan seems to be contrast-enhanced (the blood beside the carotid siphon has {blood:.0f} HU, without "
            "contrast agent it has less than 80): enhanced blood is as dense as calcium, so ICAC cannot be measured "
            "reliably; use a non-contrast CT.")


def _blood_along(ct: Volume, course: Course) -> np.ndarray:
    """Return the HU, blurred, around the siphon of one side, away from bone, calcium, air and fat."""
    line = np.concatenate([course.of_segment(segment) for segment in SEGMENTS])
    low, high = line.min(axis=0) - REACH_MM, line.max(axis=0) + REACH_MM
    frame = Frame.regular((STEP_MM,) * 3, tuple(np.ceil((high - low) / STEP_MM).astype(int) + 1), origin=tuple(low))
    hu = ct.resample(frame, outside=OUTSIDE_HU).array.astype(np.float32)
    hu = ndimage.gaussian_filter(hu, BLUR_MM / STEP_MM)
    other = (hu < NO_BLOOD_HU[0]) | (hu > NO_BLOOD_HU[1])
    pure = ndimage.distance_transform_edt(~other) * STEP_MM > KEPT_MM if other.any() else ~other
    index = np.argwhere(pure)[:, ::-1]
    near = course.nearest(frame.to_lps(index)).distance_mm <= REACH_MM
    return hu[tuple(index[near][:, ::-1].T)]
