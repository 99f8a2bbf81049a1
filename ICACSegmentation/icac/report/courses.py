"""The courses of the carotids in a scan, from the report of its measurement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from icac.anatomy import Course, Side
from icac.phantom import mean_head


def courses_of_report(report: Mapping[str, Any]) -> dict[Side, Course]:
    """Return the courses of the reference head, laid into the scan as ``report.json`` tells.

    Parameters
    ----------
    report : mapping
        As of :func:`icac.report.record.build_record`.

    Returns
    -------
    dict of Side to Course
        In the space of the scan, LPS mm.

    Raises
    ------
    KeyError, TypeError, ValueError
        The report has no alignment of the scan.

    """
    matrix = np.array(report["registration"]["reference_to_scan_lps_mm"], dtype=float)
    if matrix.shape != (4, 4):
        raise ValueError("The alignment is not a 4 x 4 matrix.")
    # The reference head is the mean head; without rendering it the courses are there at once.
    return {side: course.transformed(matrix) for side, course in mean_head().courses.items()}
