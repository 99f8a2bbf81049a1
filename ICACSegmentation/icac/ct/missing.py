"""Scans of which slices are missing: measured if none is missing where the carotids are, otherwise refused.

Copies lose files, and many scans end with a few slices apart from the others. Where that is far from the intracranial
carotids it changes nothing that is measured; within their range it would hide calcium, or invent it. Where they lie is
known only once the head is aligned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from icac.anatomy import Course, Side
from icac.ct.scan import CTScan
from icac.errors import InputError

if TYPE_CHECKING:
    from icac.ct.dicom.gaps import Missing

#: The range of the carotids is this much longer than their courses at both ends, mm: what the network sees around them,
#: and a registration that is off by some millimetres.
MARGIN_MM = 12.0


def whole_part(scan: CTScan, courses: Mapping[Side, Course]) -> CTScan:
    """Return the part of a scan that holds the carotids and in which no slice is missing.

    Parameters
    ----------
    scan : CTScan
    courses : mapping of Side to Course
        Courses of the carotids in the scan, LPS mm.

    Returns
    -------
    CTScan
        The scan itself if nothing is missing; otherwise with a doubt for each range that was left out.

    Raises
    ------
    InputError
        Slices are missing where the carotids are.

    """
    if not scan.missing:
        return scan
    along = np.concatenate([course.points for course in courses.values()]) @ scan.missing[0].normal
    low, high = along.min() - MARGIN_MM, along.max() + MARGIN_MM
    for one in scan.missing:
        if one.low < high and one.high > low:
            raise refusal(scan, one)
    floor = max((one.high for one in scan.missing if one.high <= low), default=-np.inf)
    ceiling = min((one.low for one in scan.missing if one.low >= high), default=np.inf)
    reasons = dict.fromkeys(one.reason for one in scan.missing)
    doubts = [f"{reason}; none where the carotid arteries are, so the slices around them were measured."
              for reason in reasons]
    return replace(_between(scan, floor, ceiling), doubts=(*scan.doubts, *doubts), missing=())


def refusal(scan: CTScan, missing: Missing) -> InputError:
    """Return what is said of a scan that lacks slices where they matter, with the series that comes next, if any."""
    after = scan.choice.after if scan.choice else None
    return missing.error() if after is None else InputError(
        f"{missing.reason}; copy or export it again, whole, or choose another series with --series, of which the best "
        f"is {after.listed}.")


def _between(scan: CTScan, floor: float, ceiling: float) -> CTScan:
    """Return the slices of a scan from one position along their normal to another, mm."""
    frame, normal = scan.volume.frame, scan.missing[0].normal
    first, step = float(frame.origin @ normal), float(frame.affine[:3, 2] @ normal)
    count = frame.size[2]
    start = int(np.clip(np.ceil((floor - first) / step - 0.01), 0, count)) if np.isfinite(floor) else 0
    stop = int(np.clip(np.floor((ceiling - first) / step + 0.01) + 1, 0, count)) if np.isfinite(ceiling) else count
    if (start, stop) == (0, count):
        return scan
    return replace(scan, volume=scan.volume.crop((0, 0, start), (*frame.size[:2], stop - start)))
