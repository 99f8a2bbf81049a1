"""A simulated scan in the form in which it is measured: what is done to every scan at intake is done to it too."""

from __future__ import annotations

from icac.geometry import Volume
from icac.simulate.lesion_image import LesionImage


def as_measured(ct: Volume, icac: Volume, lesions: LesionImage) -> tuple[Volume, Volume]:
    """Return a scan (int16) and its ICAC (uint8) as they are after intake, on the same voxels.

    Parameters
    ----------
    ct, icac : Volume
        The scan as read, and its truth.
    lesions : LesionImage
        What calcifications added to the scan as it was acquired.

    """
    return ct, icac
