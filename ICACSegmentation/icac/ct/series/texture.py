"""Whether all slices of a stack come from one reconstruction, by the fine texture of their noise.

Soft and sharp, or thin and thick, reconstructions of one scan show the same head at the same places; put together slice
by slice they make an even stack in which nothing moves. But each has noise of its own size and grain, so that the
texture goes up and down from slice to slice, again and again. Within one reconstruction it changes slowly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

#: So many rows and at most so many columns, from the middle of each slice, are looked at.
ROWS, COLUMNS, MIDDLE = 24, 256, 0.6

#: Soft tissue and its noise, HU; and the largest curvature that is texture and no edge.
TISSUE_HU, LARGEST_CURVATURE_HU = (-150, 250), 400

#: Fewest pixels of a slice that tell its texture.
FEWEST_PIXELS = 200

#: Every so many-th slice may be of the other reconstruction; so many of them in a row have to be, but for one.
PERIODS, MEMBERS = (2, 3, 4, 5), 6

#: Texture is so many times as strong in some slices as in those beside them, or more: surely two reconstructions, and
#: perhaps. In 8 real and 297 simulated scans it is at most 1.08 times; where neighbouring kernels alternate it is 1.25
#: to 1.35, soft and sharp ones of the same noise 1.6, of the same dose 4.
CLEAR, DOUBTFUL = 1.42, 1.18

#: Slices whose fine texture their neighbours explain but for this share were interpolated between them.
INTERPOLATED, NEIGHBOURS = 0.05, (-2, -1, 1, 2)

#: Mean square of the curvature that rounding to whole HU makes: 1 + 1 + 4 twelfths.
_ROUNDING = 0.5

_ORDINALS = {2: "second", 3: "third", 4: "fourth", 5: "fifth"}


@dataclass(frozen=True)
class Alternation:
    """Slices of another texture that come back regularly.

    Attributes
    ----------
    period : int
        Every so many-th slice is of the other texture.
    first : int
        Number of the first of these slices.
    ratio : float
        How many times as strong the texture of the one kind is as that of the other, above 1.

    """

    period: int
    first: int
    ratio: float

    @property
    def is_clear(self) -> bool:
        """Tell whether the slices surely are of two reconstructions."""
        return self.ratio >= CLEAR

    @property
    def text(self) -> str:
        """What is seen: the end of a sentence."""
        return f"the texture of every {_ORDINALS[self.period]} one is {self.ratio:.1f} times that of those beside it"


def alternation(hu: np.ndarray) -> Alternation | None:
    """Find slices of another texture among the others; None if all seem to be of one reconstruction.

    Parameters
    ----------
    hu : numpy.ndarray
        Shape (slices, rows, columns), in their order.

    """
    curvature, is_tissue = _curvature(hu)
    strength = _strength(curvature, is_tissue)
    best = [max(_most_different(strength, period), key=lambda one: one.ratio, default=None) for period in PERIODS]
    seen = [one for one in best if one and one.ratio >= DOUBTFUL]
    found = next((one for one in seen if one.is_clear), seen[0] if seen else None)
    if found is None or _are_interpolated(curvature, is_tissue, found, strength):
        return None
    return found


def _curvature(hu: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the second difference along rows in a sample of each slice, and where it is that of tissue."""
    _, height, width = hu.shape
    rows = np.unique(np.linspace(height * (1 - MIDDLE) / 2, height * (1 + MIDDLE) / 2 - 1, ROWS).astype(int))
    columns = min(COLUMNS, int(width * MIDDLE))
    first = (width - columns) // 2
    sample = hu[:, rows, first:first + columns].astype(np.float32)
    middle = sample[:, :, 1:-1]
    with np.errstate(invalid="ignore"):  # infinite values are refused elsewhere
        curvature = sample[:, :, :-2] + sample[:, :, 2:] - 2 * middle
    low, high = TISSUE_HU
    return curvature, (middle > low) & (middle < high) & (np.abs(curvature) < LARGEST_CURVATURE_HU)


def _strength(curvature: np.ndarray, is_tissue: np.ndarray) -> np.ndarray:
    """Return the logarithm of the mean size of the curvature in tissue, one a slice; NaN where there is too little."""
    pixels = is_tissue.sum(axis=(1, 2))
    sizes = np.where(is_tissue, np.abs(curvature), 0).sum(axis=(1, 2))
    return np.log(np.where(pixels >= FEWEST_PIXELS, sizes / np.maximum(pixels, 1), np.nan) + _ROUNDING)


def _most_different(strength: np.ndarray, period: int) -> Iterator[Alternation]:
    """Yield, for each slice to begin with, where every so many-th slice differs most from those beside it."""
    apart = strength[1:-1] - 0.5 * (strength[:-2] + strength[2:])
    for first in range(period):
        members = apart[first::period]
        if len(members) < MEMBERS:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(members, MEMBERS)
        least = np.maximum(*(np.sort(np.nan_to_num(sign * windows, nan=-1.0), axis=1)[:, 1] for sign in (1, -1)))
        place = int(least.argmax())
        yield Alternation(period, 1 + first + period * place, float(np.exp(least[place])))


def _are_interpolated(curvature: np.ndarray, is_tissue: np.ndarray, found: Alternation, strength: np.ndarray) -> bool:
    """Tell whether the slices of less texture follow from those around them: a stack that was resampled."""
    window = range(max(found.first - 1, 2), min(found.first + found.period * MEMBERS, len(strength) - 2))
    shares = [_unexplained(curvature, is_tissue, n) for n in window
              if strength[n] < min(strength[n - 1], strength[n + 1])]
    return bool(shares) and float(np.median(shares)) < INTERPOLATED


def _unexplained(curvature: np.ndarray, is_tissue: np.ndarray, number: int) -> float:
    """Return the share of the texture of a slice that is no weighted sum of that of its neighbours."""
    near = [number + step for step in NEIGHBOURS]
    both = is_tissue[[number, *near]].all(axis=0)
    own, others = curvature[number][both], curvature[near][:, both].T
    if own.size < FEWEST_PIXELS:
        return 1.0
    rest = own - others @ np.linalg.lstsq(others, own, rcond=None)[0]
    power = float(np.square(own).mean())
    return max(float(np.square(rest).mean()) - _ROUNDING, 0.0) / max(power - _ROUNDING, _ROUNDING)
