"""Below which limit a change is noise: what repeats of simulated scans differ by, at the protocols of both scans.

Differences are judged on the scale of the square root of the volume, on which their spread hardly depends on the
volume itself (Hokanson et al. 2004, "Evaluating changes in coronary artery calcium: an analytic approach that accounts
for interscan variability", AJR 182:1327-1332). On it every protocol has three figures, by volume:

``sd``
    standard deviation of one measurement, from repeats by this protocol;
``bias``
    mean difference from the first protocol of the table;
``own_sd``
    standard deviation of what the protocol makes of each lesion in its own way, repeatably: thick slices show one
    larger and another smaller than thin slices do. Between two scans made alike it falls out.

They are interpolated by slice thickness and noise. Two measurements differ by no more than 1.96 standard deviations of
their difference in 95 of 100 repeats: the repeatability coefficient of Bland and Altman.

The table is made by ``Testing/benchmarks/change_limits.py``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from icac.change.scan import Protocol
from icac.files import load_json

#: The committed table.
TABLE_PATH = Path(__file__).with_name("limits.json")

#: Quantile of the normal distribution for 95 of 100.
Z95 = 1.96

#: Beyond the measured protocols by this factor the limits are said to be those of others.
_BEYOND = 1.25

#: What limits there are: of single lesions, and of sums over lesions (a side, all).
KINDS = ("lesion", "total")

#: Figures of each protocol, in the order in which they are handled.
FIGURES = ("sd", "bias", "own_sd")

#: Words for reports.
DEFINITION = ("Changes between noise_low_mm3 and noise_high_mm3 are what 95 of 100 repeated scans without any change "
              "show (simulated repeats at the slice thickness and noise of both scans, on the scale of the square root "
              "of the volume). Where both scans were made alike the limits are equal; otherwise they allow for the "
              "bias between the protocols.")


@dataclass(frozen=True)
class Noise:
    """Changes in mm3 that need no other reason than noise."""

    low_mm3: float
    high_mm3: float

    def holds(self, change_mm3: float) -> bool:
        """Tell whether a change can be noise."""
        return self.low_mm3 <= change_mm3 <= self.high_mm3


@dataclass(frozen=True)
class _Row:
    """One protocol: its figures on the scale of the root, at volumes in mm3, for each kind."""

    thickness_mm: float
    noise_sd_hu: float
    values: Mapping[str, Mapping[str, Sequence[float]]]

    def at(self, kind: str, mm3: float) -> np.ndarray:
        """Return the :data:`FIGURES` at a volume; beyond the smallest and the largest, those of these."""
        found = self.values[kind]
        where = math.log(max(mm3, 1e-3))
        return np.array([np.interp(where, np.log(found["mm3"]), found[name]) for name in FIGURES])


@dataclass(frozen=True)
class Limits:
    """The table of limits.

    Attributes
    ----------
    record : mapping
        What the file holds.

    """

    record: Mapping[str, Any]

    @cached_property
    def _rows(self) -> list[_Row]:
        return sorted((_Row(row["thickness_mm"], row["noise_sd_hu"], {kind: row[kind] for kind in KINDS})
                       for row in self.record["protocols"]), key=lambda row: (row.thickness_mm, row.noise_sd_hu))

    def noise(self, kind: str, before_mm3: float, after_mm3: float, first: Protocol, second: Protocol) -> Noise:
        """Return which changes are noise between two measurements of one thing.

        Parameters
        ----------
        kind : str
            One of :data:`KINDS`.
        before_mm3, after_mm3 : float
            What was measured in the first and the second scan; 0 where nothing was found.
        first, second : Protocol
            How they were scanned.

        """
        roots = math.sqrt(before_mm3) + math.sqrt(after_mm3)
        (sd, bias, own), (other_sd, other_bias, other_own) = (self._at(kind, (roots / 2)**2, one)
                                                              for one in (first, second))
        width, shift = Z95 * math.hypot(sd, other_sd, other_own - own), other_bias - bias
        return Noise(float((shift - width) * roots), float((shift + width) * roots))

    def _at(self, kind: str, mm3: float, protocol: Protocol) -> np.ndarray:
        """Interpolate by noise among protocols of one thickness, then by the logarithm of the thickness."""
        noise = protocol.noise_sd_hu if math.isfinite(protocol.noise_sd_hu) else math.inf
        thicknesses, found = [], []
        for thickness, rows in groupby(self._rows, key=lambda row: row.thickness_mm):
            alike = list(rows)
            thicknesses.append(math.log(thickness))
            found.append(_between([row.noise_sd_hu for row in alike], [row.at(kind, mm3) for row in alike], noise))
        return _between(thicknesses, found, math.log(protocol.thickness_mm))

    def covers(self, protocol: Protocol) -> bool:
        """Tell whether the table was made at protocols about like this one."""
        thickest, noisiest = (max(values) for values in zip(*((row.thickness_mm, row.noise_sd_hu)
                                                              for row in self._rows), strict=True))
        return not (protocol.thickness_mm > thickest * _BEYOND or protocol.noise_sd_hu > noisiest * _BEYOND)


def _between(places: Sequence[float], values: Sequence[np.ndarray], place: float) -> np.ndarray:
    """Interpolate rows of values between rising places; beyond these, the first or the last."""
    return np.array([np.interp(place, places, column) for column in np.array(values).T])


@lru_cache(maxsize=1)
def load_limits() -> Limits:
    """Return the committed table."""
    return Limits(load_json(TABLE_PATH))
