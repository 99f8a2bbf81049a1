"""A simulated scan in the form in which it is measured: what is done to every scan at intake is done to it too."""

from __future__ import annotations

import numpy as np

from icac.ct.harmonise import TRUNCATE, Harmonisation, plan_harmonisation
from icac.geometry import Volume, three
from icac.lesions.components import bounding_box
from icac.simulate.truth.lesion_image import LesionImage


def as_measured(ct: Volume, icac: Volume, lesions: LesionImage, reference_to_scan: np.ndarray
                ) -> tuple[Volume, Volume]:
    """Return a scan (int16) and its ICAC (uint8) as they are after intake, on the same voxels.

    Parameters
    ----------
    ct, icac : Volume
        The scan as read, and its truth.
    lesions : LesionImage
        What calcifications added to the scan as it was acquired; it may have other voxels.
    reference_to_scan : numpy.ndarray
        4 x 4; maps reference LPS mm to scan LPS mm.

    """
    harmonisation = plan_harmonisation(ct, reference_to_scan)
    if not harmonisation.changes:
        return ct, icac
    measured = harmonisation.applied(ct)
    if not len(lesions.points):
        return measured, icac
    excess = lesions.excess()
    if excess.frame != ct.frame:
        excess = excess.resample(ct.frame, outside=0.0)
    return measured, lesions.icac_in(measured, harmonisation.applied(excess, _seen_from(excess, harmonisation)))


def _seen_from(excess: Volume, harmonisation: Harmonisation) -> tuple[slice, slice, slice] | None:
    """Return the part (z, y, x) that the blur of what is not zero reaches, or None if all is zero."""
    box = bounding_box(excess.array != 0)
    if box is None:
        return None
    reach = np.ceil(TRUNCATE * np.array(harmonisation.blur_sd_mm) / excess.frame.spacing).astype(int)[::-1]
    return three(slice(max(part.start - r, 0), min(part.stop + r, n))
                 for part, r, n in zip(box, reach, excess.array.shape, strict=True))
