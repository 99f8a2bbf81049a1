"""Cases by how they were acquired: field of view, kernel, tube voltage and thickness of the slices."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from icac.evaluation.cases.acquisition import Acquisition
from icac.evaluation.measures.case_measures import CaseMeasures

#: Upper ends of the classes of the field of view and of the thickness, in mm; the last class is open.
FOV_MM, THICKNESS_MM = (200.0, 250.0), (1.0, 2.0, 4.0)

UNKNOWN = "not known"

#: Words for reports.
DEFINITION = ("By field of view (width of the scan), kernel, tube voltage and thickness of the slices, as the table of "
              "cases, the scans or the reports of the predictions tell. Small groups say little: read the intervals.")


class Stratum(NamedTuple):
    """Cases of one class of one property."""

    property: str
    label: str
    cases: list[CaseMeasures]


def strata(cases: Sequence[CaseMeasures]) -> list[Stratum]:
    """Return the cases by each property that is known of any of them; the unknown ones last."""
    found: list[Stratum] = []
    for name, label_of in _LABELS.items():
        groups: dict[tuple[float, str], list[CaseMeasures]] = {}
        for case in cases:
            groups.setdefault(label_of(case.acquisition), []).append(case)
        if any(label != UNKNOWN for _, label in groups):
            found += [Stratum(name, label, groups[order, label]) for order, label in sorted(groups)]
    return found


def _binned(value: float, ends: Sequence[float], unit: str) -> tuple[float, str]:
    if not math.isfinite(value):
        return math.inf, UNKNOWN
    above = [end for end in ends if value > end]
    if not above:
        return 0.0, f"up to {ends[0]:g} {unit}"
    index = len(above)
    return float(index), (f"above {ends[-1]:g} {unit}" if index == len(ends)
                          else f"above {ends[index - 1]:g} to {ends[index]:g} {unit}")


def _exact(value: float, unit: str) -> tuple[float, str]:
    return (value, f"{value:g} {unit}") if math.isfinite(value) else (math.inf, UNKNOWN)


#: How a case is put into a class of each property: an order, and words.
_LABELS: dict[str, Callable[[Acquisition], tuple[float, str]]] = {
    "field of view": lambda how: _binned(how.fov_mm, FOV_MM, "mm"),
    "kernel": lambda how: (0.0, how.kernel) if how.kernel else (math.inf, UNKNOWN),
    "tube voltage": lambda how: _exact(how.kvp, "kV"),
    "slice thickness": lambda how: _binned(how.slice_thickness_mm, THICKNESS_MM, "mm"),
}
