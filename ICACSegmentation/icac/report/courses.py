"""The courses of the carotids in a scan, as a report keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from icac.anatomy import SEGMENTS, Course, Side
from icac.course import CourseFit
from icac.result import SegmentedScan

#: No place in a scan, and no radius, is larger than this, mm.
MOST_MM = 1e5


def courses_record(result: SegmentedScan) -> dict[str, Any]:
    """Return the course of each side and how it was found, as JSON-ready values."""
    return {side.value: _record(result.course_fits.get(side) or CourseFit(course))
            for side, course in result.courses.items()}


def _record(fit: CourseFit) -> dict[str, Any]:
    course = fit.course
    return {"fitted": fit.fitted, "moved_mm": round(fit.moved_mm, 2),
            "evidence": None if fit.evidence is None else round(fit.evidence, 3),
            "points_lps_mm": _rounded(course.points), "radius_mm": _rounded(course.radius_mm),
            "segment": course.segment.tolist()}


def _rounded(values: np.ndarray) -> list:
    return (np.round(values.astype(float), 3) + 0.0).tolist()  # + 0.0: no minus zero


def courses_statement(record: Mapping[str, Any]) -> str | None:
    """Return what the fit of the courses did, in a sentence; None if the model does not look for the arteries.

    Parameters
    ----------
    record : mapping
        As of :func:`courses_record`, or ``courses`` of a report.

    """
    sides = [_side_statement(side, kept) for side, kept in record.items() if kept.get("evidence") is not None]
    return f"Courses of the carotids: {', '.join(sides)}." if sides else None


def _side_statement(side: str, kept: Mapping[str, Any]) -> str:
    done = f"moved by {kept['moved_mm']:.1f} mm" if kept["fitted"] else "as registered"
    return f"{side} {done} ({kept['evidence']:.0%} of the artery seen)"


def courses_from(record: Mapping[str, Any]) -> dict[Side, Course]:
    """Return the courses by which a scan was measured, in its space, LPS mm.

    Parameters
    ----------
    record : mapping
        As of :func:`courses_record`, or ``courses`` of a report.

    Raises
    ------
    KeyError, TypeError, ValueError
        It is damaged, or its numbers make no sense.

    """
    return {Side(side): _course(Side(side), kept) for side, kept in record.items()}


def _course(side: Side, kept: Mapping[str, Any]) -> Course:
    points, radius = np.array(kept["points_lps_mm"], float), np.array(kept["radius_mm"], float)
    segment = np.array(kept["segment"], int)
    if points.ndim != 2 or points.shape[1] != 3 or not len(points) == len(radius) == len(segment) > 0:
        raise ValueError("The course of a carotid is not a line of points.")
    largest = max(np.abs(points).max(), np.abs(radius).max())
    if not largest <= MOST_MM or not np.isin(segment, SEGMENTS).all():  # nor if it is NaN
        raise ValueError("The course of a carotid has a number that is none.")
    return Course(side, points, radius, segment)
