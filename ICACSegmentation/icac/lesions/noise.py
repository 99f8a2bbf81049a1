"""Lesions that do not stand out from the noise of their scan: they are not called ICAC.

Where blood has 50 HU and noise a standard deviation of 40, one voxel in forty reaches 130 HU by noise alone, singly and
in clusters. Whether a lesion may be such a cluster is asked as in brain mapping, with the theory of Gaussian random
fields: what is the chance that noise, anywhere in the tissue that was searched, makes a peak as high as the lesion's
(Worsley et al. 1996, doi 10.1002/(SICI)1097-0193(1996)4:1<58::AID-HBM4>3.0.CO;2-O), or a cluster above 130 HU as large
(Friston et al. 1994, doi 10.1002/hbm.460010306)? A lesion counts if one of the two is unlikely; so a small lesion must
be bright, and a faint one large. The theory's noise is as smooth as the scan is blurred; that of filtered
back-projection is less so, makes smaller clusters, and is told from lesions more surely.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, special

from icac.calcium import CALCIUM_HU
from icac.geometry import Volume
from icac.geometry.box import Box, bounding_box, placed, widen
from icac.lesions.components import TOUCHING

#: Chance that noise somewhere in a scan without ICAC passes for a lesion, shared by the questions of height and size.
CHANCE = 0.05

#: Surroundings of a lesion that tell the mean without it: within this distance, mm, soft tissue only (HU).
SURROUNDINGS_MM, TISSUE_HU = 3.0, (-50, CALCIUM_HU)

#: Fewest voxels of soft tissue around a lesion that can tell it; a lesion in bone is not judged.
FEWEST = 8

#: Below this many standard deviations the theory of clusters does not hold.
LEAST_HEIGHT = 1.5

#: Words for reports.
DEFINITION = (f"A lesion counts if noise would make a peak as high, or a cluster of at least {CALCIUM_HU} HU as large, "
              f"with a chance below {CHANCE:g} anywhere in the searched tissue (Gaussian random fields, height by "
              "Worsley et al. 1996, size by Friston et al. 1994), given the noise that was measured in the scan and "
              "the mean of the soft tissue around the lesion.")


@dataclass(frozen=True)
class NoiseField:
    """The noise of a scan as it is measured.

    Attributes
    ----------
    sd_hu : float
        Standard deviation; NaN if it is not known, and nothing is judged.
    grain_mm : tuple of float
        Full width at half maximum of its grain along three axes.
    searched_mm3 : float
        Volume of the tissue in which ICAC is sought.

    """

    sd_hu: float
    grain_mm: tuple[float, float, float]
    searched_mm3: float

    @property
    def resels(self) -> float:
        """Number of grains in the searched tissue."""
        return self.searched_mm3 / float(np.prod(self.grain_mm))

    def peaks(self, height: np.ndarray | float) -> np.ndarray | float:
        """Return the expected number of peaks above a height in standard deviations (a large one)."""
        return (self.resels * (4 * np.log(2)) ** 1.5 / (2 * np.pi) ** 2 * (height**2 - 1)
                * np.exp(-0.5 * height**2))

    def chance_of_peak(self, height: float) -> float:
        """Return the chance of a peak above a height in standard deviations."""
        return 1.0 if height < LEAST_HEIGHT else float(-np.expm1(-self.peaks(height)))

    def chance_of_cluster(self, height: float, volume_mm3: float) -> float:
        """Return the chance of a cluster above a height in standard deviations that is at least as large."""
        if height < LEAST_HEIGHT:
            return 1.0
        clusters = self.peaks(height)
        if clusters == 0:  # so high that no number is as small as the chance
            return 0.0
        mean_mm3 = self.searched_mm3 * special.ndtr(-height) / clusters
        if mean_mm3 == 0:  # higher still: a cluster of any size is larger than noise makes them
            return 0.0
        larger = np.exp(-(special.gamma(2.5) * volume_mm3 / mean_mm3) ** (2 / 3))
        return float(-np.expm1(-clusters * larger))


@dataclass(frozen=True, eq=False)
class Supported:
    """A segmentation without what noise explains.

    Attributes
    ----------
    mask : numpy.ndarray of bool
        (z, y, x).
    rejected : int
        Lesions that were taken out.
    rejected_mm3 : float
        Their volume.

    """

    mask: np.ndarray
    rejected: int = 0
    rejected_mm3: float = 0.0


def without_noise(mask: np.ndarray, ct: Volume, noise: NoiseField) -> Supported:
    """Take the lesions out of a segmentation that noise may have made.

    Parameters
    ----------
    mask : numpy.ndarray of bool
        (z, y, x), voxels of at least 130 HU.
    ct : Volume
        HU, in the form in which it is measured.
    noise : NoiseField
        Of this form.

    """
    box = bounding_box(mask)
    if box is None or not noise.sd_hu > 0:
        return Supported(mask)
    groups = ndimage.label(mask[box], structure=TOUCHING)[0]
    noisy = [number for number, part in enumerate(ndimage.find_objects(groups), start=1)
             if _may_be_noise(placed(part, box), groups[part] == number, mask, ct, noise)]
    if not noisy:
        return Supported(mask)
    out = mask.copy()
    taken = np.isin(groups, noisy)
    out[box] &= ~taken
    return Supported(out, len(noisy), float(np.count_nonzero(taken)) * ct.frame.voxel_volume_mm3)


def _may_be_noise(box: Box, lesion: np.ndarray, mask: np.ndarray, ct: Volume, noise: NoiseField) -> bool:
    mean = _mean_around(box, mask, ct)
    if not np.isfinite(mean):
        return False
    peak = (float(ct.array[box][lesion].max()) - mean) / noise.sd_hu
    base = (CALCIUM_HU - mean) / noise.sd_hu
    volume = float(np.count_nonzero(lesion)) * ct.frame.voxel_volume_mm3
    return min(noise.chance_of_peak(peak), noise.chance_of_cluster(base, volume)) > CHANCE / 2


def _mean_around(box: Box, mask: np.ndarray, ct: Volume) -> float:
    """Median of the soft tissue around a lesion, HU; NaN if there is too little."""
    reach = np.ceil(SURROUNDINGS_MM / np.asarray(ct.frame.spacing[::-1])).astype(int)
    wide = widen(box, reach, mask.shape)
    hu = ct.array[wide]
    tissue = hu[~mask[wide] & (hu > TISSUE_HU[0]) & (hu < TISSUE_HU[1])]
    return float(np.median(tissue)) if len(tissue) >= FEWEST else float("nan")
