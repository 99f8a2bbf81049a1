"""What makes two scans of one person hard to compare: sentences for the reader."""

from __future__ import annotations

from collections.abc import Iterator

from icac.change.limits import Limits
from icac.change.scan import MeasuredScan

#: Slices count as alike if their thickness differs by less than this factor.
ALIKE = 1.2

#: Days between scans below which a rate a year says little.
SHORT_DAYS = 180


def notes_on(first: MeasuredScan, second: MeasuredScan, limits: Limits) -> list[str]:
    """Return what a reader must know of a comparison, one sentence each."""
    return [*_same(first, second), *_scanned_otherwise(first, second), *_measured_otherwise(first, second),
            *_days(first, second), *_uncovered(first, second, limits),
            *(f"{which} scan: {note}" for which, scan in (("First", first), ("Second", second)) for note in scan.notes)]


def _same(first: MeasuredScan, second: MeasuredScan) -> Iterator[str]:
    if first.voxels_sha256 == second.voxels_sha256:
        yield "Both have the same voxels: they are one scan."


def _scanned_otherwise(first: MeasuredScan, second: MeasuredScan) -> Iterator[str]:
    one, other = first.protocol, second.protocol
    thin, thick = sorted((one.thickness_mm, other.thickness_mm))
    if thick > ALIKE * thin:
        yield (f"The slices are {one.thickness_mm:g} mm thick in the first scan and {other.thickness_mm:g} mm in the "
               "second: the limits allow for it, but scans made alike show smaller changes.")
    if one.kernel and other.kernel and one.kernel != other.kernel:
        yield f"The scans were reconstructed by different kernels ({one.kernel} and {other.kernel})."
    if one.kv and other.kv and one.kv != other.kv:
        yield (f"The tube voltages differ ({one.kv} and {other.kv} kV): calcium measures more HU, and more of it is "
               "counted, at the lower one; the limits do not allow for it.")


def _measured_otherwise(first: MeasuredScan, second: MeasuredScan) -> Iterator[str]:
    if first.method != second.method:
        yield ("The scans were measured by different models or settings; segment both with the same before changes are "
               "believed.")


def _days(first: MeasuredScan, second: MeasuredScan) -> Iterator[str]:
    dates = first.examination.date, second.examination.date
    if not dates[0] or not dates[1]:
        yield "A date is unknown, so no rate a year is given."
    elif (dates[1] - dates[0]).days < SHORT_DAYS:
        yield f"Only {(dates[1] - dates[0]).days} days lie between the scans; rates a year say little."


def _uncovered(first: MeasuredScan, second: MeasuredScan, limits: Limits) -> Iterator[str]:
    for which, scan in (("first", first), ("second", second)):
        if not limits.covers(scan.protocol):
            yield (f"The limits were not measured at slices as thick, or noise as high, as those of the {which} scan: "
                   "its true limits are wider.")
