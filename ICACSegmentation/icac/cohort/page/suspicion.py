"""Which scans a reader should look at first, and why."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from icac.lesions.contact import is_doubtful

#: Reasons, as the page for review shows and filters them.
IMPLAUSIBLE, FAILED, REGISTRATION, BONE, OUTLIER, UNSURE, COPY, WARNING = (
    "implausible", "failed", "poor registration", "bone contact", "outlying volume", "low confidence",
    "same voxels as another", "warning")

#: Quality of registration below which it is a reason; the warning of the registration itself is another.
GOOD_QUALITY = 0.8

#: Robust standard deviations of log(1 + volume) from the median of the cohort, and scans needed to judge them.
OUTLIER_SD, OUTLIER_SCANS = 2.5, 20

#: Mean probability of the lesions (by volume) below which it is a reason; so is an interval of the expected volume
#: that is wider than twice the volume itself, if that is more than a speck.
SURE_PROBABILITY, SPECK_MM3 = 0.5, 10.0


@dataclass(frozen=True)
class Suspicion:
    """How much a scan should be looked at.

    Attributes
    ----------
    score : float
        0 for nothing to be seen from outside, up to 100 for a failure, and more for a result that is implausible: a
        wrong number does more harm than none. Weights are a choice, not fitted to data.
    reasons : tuple of str

    """

    score: float
    reasons: tuple[str, ...]


#: A scan that failed.
OF_FAILURE = Suspicion(100.0, (FAILED,))


def suspicions(rows: Sequence[Mapping[str, Any]]) -> list[Suspicion]:
    """Judge the scans of a cohort by their rows; what a row does not have is not judged."""
    middle, spread = _log_volumes(rows)
    return [_suspicion_of(row, middle, spread) for row in rows]


def _suspicion_of(row: Mapping[str, Any], middle: float, spread: float) -> Suspicion:
    names = ("registration_quality", "bone_contact_share", "mean_probability")
    quality, bone, sure = (_number(row, name) for name in names)
    found = {}
    if row.get("registration_warning"):
        found[REGISTRATION] = 40.0
    if quality is not None and quality < GOOD_QUALITY:
        found[REGISTRATION] = found.get(REGISTRATION, 0.0) + 60.0 * (GOOD_QUALITY - quality)
    if bone is not None and is_doubtful(bone):
        found[BONE] = 25.0 * bone
    deviation = abs(_log_volume(row) - middle) / spread if spread else 0.0
    if deviation > OUTLIER_SD:
        found[OUTLIER] = min(30.0, 10.0 + 5.0 * (deviation - OUTLIER_SD))
    if (sure is not None and sure < SURE_PROBABILITY) or _uncertain(row):
        found[UNSURE] = 20.0 * (1.0 - (sure or 0.0))
    if row.get("same_voxels_as"):
        found[COPY] = 15.0
    if row.get("warnings") and row["warnings"] != row.get("registration_warning"):
        found[WARNING] = 10.0
    reasons = sorted(found, key=lambda reason: -found[reason])
    score = round(min(99.0, sum(found.values())), 2)
    if row.get("implausible"):
        return Suspicion(OF_FAILURE.score + 1.0 + score, (IMPLAUSIBLE, *reasons))
    return Suspicion(score, tuple(reasons))


def _uncertain(row: Mapping[str, Any]) -> bool:
    low, high, expected = (_number(row, f"expected_{name}_mm3") for name in ("low", "high", "volume"))
    if low is None or high is None or expected is None:
        return False
    return expected > SPECK_MM3 and high - low > 2 * expected


def _log_volumes(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """Return median and robust standard deviation of log(1 + volume in mm3); 0, 0 where there are too few scans."""
    if len(rows) < OUTLIER_SCANS:
        return 0.0, 0.0
    logs = [_log_volume(row) for row in rows]
    middle = statistics.median(logs)
    return middle, 1.4826 * statistics.median(abs(value - middle) for value in logs)


def _log_volume(row: Mapping[str, Any]) -> float:
    return math.log1p(max(_number(row, "volume_mm3") or 0.0, 0.0))


def _number(row: Mapping[str, Any], name: str) -> float | None:
    """Return a value if it is a number; records of other programs may hold anything."""
    value = row.get(name)
    return value if isinstance(value, (int, float)) else None
