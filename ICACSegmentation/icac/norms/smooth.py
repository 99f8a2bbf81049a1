"""The distribution of a volume at each age: people near that age count, the nearer the more.

A person's weight falls with the distance of ages as a normal curve does (SD: the bandwidth). The curve is centred so
that the mean age of the weighted people is the age asked for, which keeps a trend with age from shifting the result at
the ends of the cohort. By how many people a figure is carried is Kish's effective number, (sum w)^2 / sum w^2; all
intervals are binomial ones of that number (Clopper and Pearson 1934), those of percentiles of volume by the order
statistics that they give. What smoothing itself does wrong is not in them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

#: SD of the weights in years.
BANDWIDTH_YEARS = 4.0

#: At an age that is carried by fewer people, effectively, nothing is said.
LEAST_PEOPLE = 30

#: Shares of people for which the volume is kept that they do not exceed.
SHARES = np.concatenate([[0.005], np.arange(1, 100) / 100, [0.995]])

_COVERAGE = 0.95


@dataclass(frozen=True)
class AtAge:
    """The distribution at one age.

    Attributes
    ----------
    age : float
    people : float
        By how many it is carried, effectively.
    none_share : float
        Share of people without ICAC.
    volumes_mm3 : tuple of float
        Volumes that the shares :data:`SHARES` of people do not exceed.

    """

    age: float
    people: float
    none_share: float
    volumes_mm3: tuple[float, ...]

    def share_below(self, volume_mm3: float) -> float:
        """Return the share of people with less than a volume above 0, those with the same counted half."""
        volumes = np.asarray(self.volumes_mm3)
        first, last = np.searchsorted(volumes, volume_mm3, "left"), np.searchsorted(volumes, volume_mm3, "right")
        if first < last:  # as much as some volumes that are kept
            found = float(SHARES[first:last].mean())
        else:
            found = float(np.interp(volume_mm3, volumes, SHARES, left=SHARES[0], right=SHARES[-1]))
        return max(found, self.none_share)

    def volume_at(self, share: float) -> float:
        """Return the volume that a share (0 to 1) of people do not exceed."""
        return float(np.interp(share, SHARES, self.volumes_mm3)) if share > self.none_share else 0.0


def binomial_interval(share: float, people: float) -> tuple[float, float]:
    """Return the 95 % interval of a share that was seen in so many people; ``people`` need not be whole."""
    seen, tail = share * people, (1 - _COVERAGE) / 2
    low = float(stats.beta.ppf(tail, seen, people - seen + 1)) if seen > 0 else 0.0
    high = float(stats.beta.ppf(1 - tail, seen + 1, people - seen)) if seen < people else 1.0
    return low, high


def smooth(ages: np.ndarray, volumes_mm3: np.ndarray, bandwidth: float = BANDWIDTH_YEARS,
           least: float = LEAST_PEOPLE) -> list[AtAge]:
    """Return the distribution at every whole age that enough people carry, without a gap between them.

    Parameters
    ----------
    ages : numpy.ndarray
        (n,), years.
    volumes_mm3 : numpy.ndarray
        (n,).
    bandwidth : float
        Years.
    least : float
        Effective number of people that must carry an age.

    """
    if len(ages) < least:
        return []
    wanted = range(int(np.ceil(ages.min())), int(np.floor(ages.max())) + 1)
    found = [at_age(ages, volumes_mm3, float(age), bandwidth) for age in wanted]
    return _longest_run([one if one is not None and one.people >= least else None for one in found])


def at_age(ages: np.ndarray, volumes_mm3: np.ndarray, age: float, bandwidth: float) -> AtAge | None:
    """Return the distribution at an age; None if nobody is as old or older, or as young or younger."""
    weights = _weights(ages, age, bandwidth)
    if weights is None:
        return None
    order = np.argsort(volumes_mm3, kind="stable")
    values, weight = volumes_mm3[order], weights[order]
    none_share = float(weight[values <= 0].sum())
    some, weight_some = values[values > 0], weight[values > 0]
    # The middle of each person's share stands for his volume.
    middle = none_share + np.cumsum(weight_some) - weight_some / 2
    volumes = np.interp(SHARES, middle, some) * (none_share < SHARES) if len(some) else np.zeros(len(SHARES))
    return AtAge(age, float(1 / (weights**2).sum()), none_share, tuple(float(v) for v in volumes))


def _weights(ages: np.ndarray, age: float, bandwidth: float) -> np.ndarray | None:
    """Return weights that sum to 1 and whose mean age is the one asked for."""
    if not ages.min() < age < ages.max():
        return None

    def of_center(center: float) -> np.ndarray:
        distance = -0.5 * ((ages - center) / bandwidth) ** 2
        weight = np.exp(distance - distance.max())
        return weight / weight.sum()

    reach = 12 * bandwidth
    low, high = age - reach, age + reach
    if not of_center(low) @ ages < age < of_center(high) @ ages:
        return None
    return of_center(optimize.brentq(lambda center: float(of_center(center) @ ages) - age, low, high, xtol=1e-6))


def _longest_run(found: list[AtAge | None]) -> list[AtAge]:
    runs: list[list[AtAge]] = [[]]
    for one in found:
        if one is None:
            runs.append([])
        else:
            runs[-1].append(one)
    return max(runs, key=len)
