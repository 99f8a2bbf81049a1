"""What became of the calcium of one person between two scans: lesion by lesion, and in all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from icac.anatomy import Segment, Side
from icac.change.limits import Noise
from icac.change.scan import MeasuredScan
from icac.change.seen import SOFT_HU
from icac.geometry import three
from icac.lesions import Lesion
from icac.registration.same_head import HeadAlignment

#: Days of a year, for rates.
DAYS_A_YEAR = 365.25


class State(str, Enum):
    """What happened to a lesion, or to several that belong together."""

    NEW = "new"
    GROWN = "grown"
    STABLE = "stable"
    SHRUNK = "shrunk"
    GONE = "gone"
    MERGED = "merged"
    SPLIT = "split"
    UNSURE = "unsure"
    OUTSIDE = "outside"

    @property
    def mirrored(self) -> State:
        """What it is when the scans change places."""
        return _MIRRORED.get(self, self)


_MIRRORED = {State.NEW: State.GONE, State.GONE: State.NEW, State.GROWN: State.SHRUNK, State.SHRUNK: State.GROWN,
             State.MERGED: State.SPLIT, State.SPLIT: State.MERGED}

#: Words for reports.
DEFINITIONS = {
    State.NEW: "No lesion of the first scan lies there, and no more than soft tissue.",
    State.GROWN: "One lesion in each scan; it grew by more than noise explains.",
    State.STABLE: "One lesion in each scan; noise explains its change.",
    State.SHRUNK: "One lesion in each scan; it shrank by more than noise explains.",
    State.GONE: "No lesion of the second scan lies there, and no more than soft tissue.",
    State.MERGED: "Several lesions of the first scan are one in the second; the trend tells of their sum.",
    State.SPLIT: "One lesion of the first scan is several in the second; the trend tells of their sum.",
    State.UNSURE: ("It was found in one scan only, but the other shows more than soft tissue there (a median of at "
                   f"least {SOFT_HU:g} HU): calcium that its slices blur below 130 HU or that was missed, or something "
                   "else that was taken for calcium."),
    State.OUTSIDE: "It lies, whole or in part, where the other scan shows nothing, so nothing can be said of it.",
}


def state_words(state: State, is_beyond_noise: bool, trend: State) -> str:
    """Return what happened to a lesion as people are told: with the trend of several, and whether it may be noise."""
    if state in (State.MERGED, State.SPLIT):
        return f"{state.value}, {trend.value}"
    return f"{state.value}, may be noise" if state in (State.NEW, State.GONE) and not is_beyond_noise else state.value


@dataclass(frozen=True)
class Amounts:
    """How much there was, how much there is, and which changes noise explains; all in mm3."""

    before_mm3: float
    after_mm3: float
    noise: Noise

    @property
    def change_mm3(self) -> float:
        """After minus before."""
        return self.after_mm3 - self.before_mm3

    @property
    def percent(self) -> float | None:
        """Change in percent of what there was; None if there was nothing."""
        return 100.0 * self.change_mm3 / self.before_mm3 if self.before_mm3 > 0 else None

    @property
    def is_beyond_noise(self) -> bool:
        """Tell whether noise does not explain the change."""
        return not self.noise.holds(self.change_mm3)

    @property
    def trend(self) -> State:
        """Grown, stable or shrunk."""
        if not self.is_beyond_noise:
            return State.STABLE
        return State.GROWN if self.change_mm3 > self.noise.high_mm3 else State.SHRUNK

    def annual_mm3(self, years: float | None) -> float | None:
        """Return the change in mm3 a year; None if the time between the scans is unknown."""
        return self.change_mm3 / years if years else None

    def annual_percent(self, years: float | None) -> float | None:
        """Return the change a year in percent of what there was; None if that or the time is unknown or nothing."""
        return self.percent / years if years and self.percent is not None else None


@dataclass(frozen=True)
class LesionChange:
    """A lesion, or lesions that belong together, in both scans.

    Attributes
    ----------
    number : int
        From 1, by falling volume of the larger of both.
    state : State
    before, after : tuple of Lesion
        Of the first and the second scan.
    amounts : Amounts
    centers_lps_mm : tuple of tuple of float
        Where it lies in the first and in the second scan, (x, y, z) in the space of each.
    there_hu : float or None
        Of what was found in one scan only: the median HU of the other scan at its place.

    """

    number: int
    state: State
    before: tuple[Lesion, ...]
    after: tuple[Lesion, ...]
    amounts: Amounts
    centers_lps_mm: tuple[tuple[float, float, float], tuple[float, float, float]]
    there_hu: float | None = None

    @property
    def _main(self) -> Lesion:
        return max((*self.after, *self.before), key=lambda lesion: (lesion.volume_mm3, -lesion.id))

    @property
    def side(self) -> Side:
        """Side of its largest lesion."""
        return self._main.side

    @property
    def segment(self) -> Segment:
        """Segment of its largest lesion."""
        return self._main.segment

    @property
    def is_shown(self) -> bool:
        """Tell whether both scans show its whole place: otherwise nothing can be said of its change."""
        return self.state is not State.OUTSIDE

    @property
    def hu(self) -> tuple[float | None, float | None]:
        """Mean HU in the first and the second scan; None where there is nothing."""
        return mean_hu(self.before), mean_hu(self.after)

    @property
    def hu_change(self) -> float | None:
        """Change of the mean HU; None if it is in one scan only, or one does not show all of it."""
        before, after = self.hu
        return None if before is None or after is None or not self.is_shown else after - before


@dataclass(frozen=True, eq=False)
class Change:
    """Two scans of one person, compared.

    Attributes
    ----------
    first, second : MeasuredScan
        The earlier and the later scan; as they were given if their dates are unknown.
    alignment : HeadAlignment
        Maps LPS mm of the second scan to LPS mm of the first.
    lesions : tuple of LesionChange
    total : Amounts
        Without lesions that one of the scans does not show, as all that follows.
    by_side : mapping of Side to Amounts
    by_segment : mapping of Segment to Amounts
        Both sides together.
    agatston : tuple of float
        Agatston-type score of the first and the second scan.
    notes : tuple of str
        Sentences on what a reader must know.

    """

    first: MeasuredScan
    second: MeasuredScan
    alignment: HeadAlignment
    lesions: tuple[LesionChange, ...]
    total: Amounts
    by_side: Mapping[Side, Amounts]
    by_segment: Mapping[Segment, Amounts]
    agatston: tuple[float, float]
    notes: tuple[str, ...] = ()

    @property
    def years(self) -> float | None:
        """Time between the scans in years; None if a date is unknown or both are the same."""
        dates = self.first.examination.date, self.second.examination.date
        return (dates[1] - dates[0]).days / DAYS_A_YEAR or None if dates[0] and dates[1] else None

    def count(self, state: State) -> int:
        """Return how many rows have a state."""
        return sum(lesion.state is state for lesion in self.lesions)

    def rows_of(self, second: bool) -> np.ndarray:
        """Return the row, as its place in ``lesions`` from 0, of each lesion of a scan by its number; -1 for 0."""
        scan = self.second if second else self.first
        rows = np.full(len(scan.lesions) + 1, -1)
        for place, change in enumerate(self.lesions):
            rows[[lesion.id for lesion in (change.after if second else change.before)]] = place
        return rows


def mean_hu(lesions: tuple[Lesion, ...]) -> float | None:
    """Return the mean HU of all voxels of lesions; None without any."""
    voxels = sum(lesion.voxels for lesion in lesions)
    return sum(lesion.mean_hu * lesion.voxels for lesion in lesions) / voxels if voxels else None


def center_of(lesions: tuple[Lesion, ...]) -> tuple[float, float, float]:
    """Return the mean position (x, y, z) of all voxels of lesions, LPS mm; at least one lesion."""
    points, voxels = np.array([lesion.center_lps_mm for lesion in lesions]), [lesion.voxels for lesion in lesions]
    return three(float(v) for v in np.average(points, axis=0, weights=voxels))
