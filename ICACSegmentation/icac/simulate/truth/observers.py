"""What several observers draw on one simulated scan: most of it alike, and not what is at the border of visibility.

The truth is one (:mod:`icac.simulate.truth.rule`); those who draw differ in what they see and in how they outline it.
An observer draws a calcification if enough of its voxels stand out for him, if it is not too small for him, both with
some chance each time, and if he does not overlook it; what he draws are voxels of at least 130 HU which calcification
brightens as much as all else does, times a factor of his own: where a plaque touches bone, or noise is strong, one
draws a wider line than the other. Voxels on which observers do not agree are truly uncertain: their mean is what a
network that is calibrated would say of them (Bertels et al. 2019, arXiv 1911.02278).

The spreads are set so that two of them agree about as two people do who read scans of patients: of the voxels that the
one draws the other draws 74 %, and of his 90 % are those of the one (Bortsova et al. 2021, 47 scans), a Dice of 0.81
over all voxels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from icac.calcium import is_calcium_dense
from icac.errors import InputError
from icac.geometry import Volume
from icac.simulate.truth.lesion_image import LesionImage
from icac.simulate.truth.rule import TISSUE_HU, VISIBLE_SHARE, voxels_that_stand_out

#: As many at most: what each drew is one bit of a byte.
MOST = 8

#: Spread among observers, and of one observer from lesion to lesion, of the share of a lesion that must stand out.
_SHARE_SD, _SHARE_EACH_SD = 0.15, 0.1

#: Smallest lesion that is drawn, mm3: median, spread of the logarithm among observers, and from lesion to lesion.
_SMALLEST_MM3, _SMALLEST_LN_SD, _SMALLEST_EACH_LN_SD = 1.0, 0.6, 0.6

#: Spread of the logarithm of the factor of the outline among observers, and from lesion to lesion.
_OUTLINE_LN_SD, _OUTLINE_EACH_LN_SD = 0.3, 0.5

#: Volume at which a lesion is overlooked half as often as a small one, mm3.
_PLAIN_MM3 = 20.0

#: Probability of overlooking a small lesion: median, and spread of the logarithm among observers.
_OVERLOOKED, _OVERLOOKED_LN_SD = 0.3, 0.4

#: Factors beyond these are not drawn.
_OUTLINES = (0.33, 3.0)


@dataclass(frozen=True)
class Observer:
    """How one observer draws; the rule of the truth is an observer of the usual values.

    Attributes
    ----------
    share : float
        Of a lesion's voxels that must stand out for it to be seen.
    smallest_mm3 : float
        Volume below which a lesion is not drawn.
    outline : float
        How many times as much as all else calcification must brighten a voxel for it to be drawn.
    overlooked : float
        Probability with which a small lesion is not drawn; of a larger one it is less.

    """

    share: float = VISIBLE_SHARE
    smallest_mm3: float = 0.0
    outline: float = 1.0
    overlooked: float = 0.0

    def at_a_lesion(self, rng: np.random.Generator) -> Observer:
        """Return how this observer draws one lesion, which is never quite the same."""
        share, smallest, outline = rng.standard_normal(3)
        return Observer(self.share + _SHARE_EACH_SD * share,
                        self.smallest_mm3 * float(np.exp(_SMALLEST_EACH_LN_SD * smallest)),
                        _outline(self.outline * np.exp(_OUTLINE_EACH_LN_SD * outline)), self.overlooked)

    def draws(self, volume_mm3: float, share: float, luck: float) -> bool:
        """Tell whether a lesion is drawn, by its volume, the share that stands out, and a random number of 0 to 1."""
        missed = luck < self.overlooked / (1 + volume_mm3 / _PLAIN_MM3)
        return not missed and share >= self.share and volume_mm3 >= self.smallest_mm3


def draw_observers(rng: np.random.Generator, count: int) -> tuple[Observer, ...]:
    """Draw observers, as they differ from each other; raises InputError if there are too many or none."""
    check_count(count)
    return tuple(Observer(VISIBLE_SHARE + _SHARE_SD * share, _SMALLEST_MM3 * float(np.exp(_SMALLEST_LN_SD * smallest)),
                          _outline(np.exp(_OUTLINE_LN_SD * outline)),
                          float(_OVERLOOKED * np.exp(_OVERLOOKED_LN_SD * missed)))
                 for share, smallest, outline, missed in rng.standard_normal((count, 4)))


def check_count(count: int) -> None:
    """Raise InputError if there cannot be so many observers."""
    if not 1 <= count <= MOST:
        raise InputError(f"Of a case 1 to {MOST} observers are simulated, not {count}.")


def _outline(factor: float) -> float:
    return float(np.clip(factor, *_OUTLINES))


def drawn_by(observers: Sequence[Observer], ct: Volume, excess: Volume, lesions: LesionImage,
             rng: np.random.Generator) -> np.ndarray:
    """Return what observers draw on a scan, bool (observers, z, y, x).

    Parameters
    ----------
    observers : sequence of Observer
    ct, excess : Volume
        The scan and what calcifications add to it, HU, on the same voxels, both as measured.
    lesions : LesionImage
        Where each of them lies.
    rng : numpy.random.Generator
        Of it come, lesion by lesion, the chances of each observer: the same generator, the same drawings.

    """
    drawn = np.zeros((len(observers), *ct.array.shape), bool)
    place = np.nonzero(is_calcium_dense(ct.array) & (excess.array > 0)
                       & (excess.array >= _OUTLINES[0] * (ct.array - excess.array - TISSUE_HU)))
    if not len(lesions.points) or not len(place[0]):
        return drawn
    nearest = cKDTree(lesions.points).query(ct.frame.to_lps(np.stack(place[::-1], axis=1)))[1]
    seen = _Voxels(lesions.owner[nearest].astype(int), ct.array[place].astype(float), excess.array[place].astype(float))
    for number, observer in enumerate(observers):
        drawn[number][place] = seen.drawn_by(observer, ct.frame.voxel_volume_mm3, rng)
    return drawn


@dataclass(frozen=True, eq=False)
class _Voxels:
    """The voxels that anybody might draw, (n,): lesion from 0, HU, and what calcification added."""

    owner: np.ndarray
    hu: np.ndarray
    excess: np.ndarray

    def drawn_by(self, observer: Observer, voxel_mm3: float, rng: np.random.Generator) -> np.ndarray:
        """Return which voxels an observer draws, bool (n,)."""
        count = int(self.owner.max()) + 1
        each = [observer.at_a_lesion(rng) for _ in range(count)]
        outline = np.array([one.outline for one in each])[self.owner]
        inside = self.excess >= outline * (self.hu - self.excess - TISSUE_HU)
        labels = np.where(inside, self.owner + 1, 0)
        voxels = np.bincount(labels, minlength=count + 1)[1:]
        standing_out = voxels_that_stand_out(labels, self.hu, self.excess, count)
        shown = [n > 0 and one.draws(n * voxel_mm3, out / n, luck)
                 for one, n, out, luck in zip(each, voxels, standing_out, rng.random(count), strict=True)]
        return inside & np.array(shown)[self.owner]


def as_bits(drawn: np.ndarray) -> np.ndarray:
    """Return what observers drew, bool (observers, z, y, x), as uint8 (z, y, x): the first is the lowest bit."""
    return np.packbits(drawn, axis=0, bitorder="little")[0]
