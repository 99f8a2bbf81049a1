"""A look at few slices of a series: whether they show the part of the head in which the siphon lies."""

from __future__ import annotations

import numpy as np

from icac.ct import check, ct_numbers
from icac.ct.dicom.headers import Slice
from icac.ct.dicom.pixels import read_hu
from icac.ct.dicom.series_description import image_kind
from icac.ct.regularize import regularize
from icac.ct.series.limits import AXIAL_COSINE, MIN_HEIGHT_MM
from icac.errors import InputError
from icac.geometry import Volume

#: Distance between the slices that are looked at, mm.
STEP_MM = 4.0

#: Lowest head that is whole from the skull base to the vertex, mm: of an infant 90, of adults 104 to 134. One that is
#: cut off below and lower than this lacks its base.
WHOLE_HEAD_MM = 80.0


def no_siphon(slices: list[Slice]) -> str:
    """Say why the slices of a series do not show the siphon; empty if they may, or cannot be read."""
    try:
        return lacks_siphon(_sparse(slices))
    except (InputError, ValueError):
        return ""  # reading it says what is wrong


def lacks_siphon(volume: Volume) -> str:
    """Say why a CT does not show the siphon; empty if it may.

    The siphon lies in the lowest 50 mm of what is as wide and long as a skull. So that must be high enough, and where
    its top is seen and its bottom is cut off, a whole head must be left.

    Parameters
    ----------
    volume : Volume
        HU, of slices up to some 5 mm apart.

    """
    coarse = ct_numbers.coarse_copy(volume)
    fits = np.flatnonzero(ct_numbers.shown_head(coarse, check.MIN_HEAD_MM)[0])
    height = ct_numbers.COARSE_MM * len(fits)
    if height < check.MIN_HEAD_MM:
        return f"shows no head ({height:.0f} mm of it)"
    if height < MIN_HEIGHT_MM:
        return f"shows too little of the head ({height:.0f} mm)"
    edge = round(STEP_MM / ct_numbers.COARSE_MM)
    cut_below, top_seen = fits[0] <= edge, fits[-1] < len(coarse.array) - 1 - edge
    return "lacks the skull base" if cut_below and top_seen and height < WHOLE_HEAD_MM else ""


def _sparse(slices: list[Slice]) -> Volume:
    """Return a volume of slices some millimetres apart."""
    usable = [one for one in slices if one.has_geometry and image_kind(one) in ("", "reformatted")]
    axial = [one for one in usable if abs(one.normal[2]) >= AXIAL_COSINE]
    form = (axial[0].file.pixels.rows, axial[0].file.pixels.columns)
    alike = [one for one in axial if (one.file.pixels.rows, one.file.pixels.columns) == form]
    depths = np.array([one.position for one in alike]) @ alike[0].normal
    order = np.argsort(depths, kind="stable")
    picked: list[int] = []
    for n in order:
        if not picked or depths[n] - depths[picked[-1]] >= min(STEP_MM, np.ptp(depths)) - 1e-3:
            picked.append(int(n))
    pixels = read_hu([alike[n] for n in picked])
    read = pixels.slices
    if len(read) < 2:
        raise ValueError("too few slices")
    return regularize(pixels.hu, np.array([one.position for one in read]), read[0].geometry.orientation,
                      read[0].geometry.spacing, np.full(len(read), np.nan)).volume
