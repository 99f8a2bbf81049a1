"""What is measured in a skull base to tell how real it looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.calcium import CALCIUM_HU, is_calcium_dense
from icac.ct.image_quality import edge_fwhm, even_blocks
from icac.realism.deceiving_bone import deceiving_bone
from icac.realism.skull_base import SkullBase

#: Edges of the histogram, HU.
BIN_EDGES = np.arange(-1050.0, 2551.0, 25.0)

#: Classes of CT numbers whose shares are reported, HU.
CLASSES = {"air": (-1100, -500), "fat and partial air": (-500, -20), "soft tissue": (-20, CALCIUM_HU),
           "130 to 300 HU": (CALCIUM_HU, 300), "300 to 700 HU": (300, 700), "above 700 HU": (700, 5000)}

#: Blocks of the noise power spectrum, mm; and its bins, cycles per mm.
SPECTRUM_BLOCK_MM = 8.0
FREQUENCIES = np.arange(0.0, 1.21, 0.08)


@dataclass(frozen=True, eq=False)
class Measures:
    """Numbers of one skull base.

    Attributes
    ----------
    shares : dict of str to float
        Share of the box in each of :data:`CLASSES`, 0 to 1.
    dense_share : float
        Share of at least 130 HU.
    dense_median_hu, dense_p95_hu : float
        Of the voxels of at least 130 HU.
    outline_per_mm : float
        Length of the outline of the dense voxels in the slices per their area: how intricate bone is, 1/mm.
    edge_fwhm_mm : float
        Blur of edges between air and tissue; NaN if there are none.
    noise_sd_hu : float
        NaN if there is no even tissue.
    noise_frequency : float
        Mean frequency of the noise power, cycles per mm.
    contact : float or None
        Share of the surface of ICAC that touches bone.
    deceiving : dict of str to float
        Bone that could be taken for ICAC, see :func:`icac.realism.deceiving_bone.deceiving_bone`, mm3 per side.
    histogram : numpy.ndarray
        Share of the box in each bin of :data:`BIN_EDGES`.
    spectrum : numpy.ndarray
        Noise power in bins of :data:`FREQUENCIES`, HU^2 mm^2; NaN where there is none.

    """

    shares: dict[str, float]
    dense_share: float
    dense_median_hu: float
    dense_p95_hu: float
    outline_per_mm: float
    edge_fwhm_mm: float
    noise_sd_hu: float
    noise_frequency: float
    contact: float | None
    deceiving: dict[str, float]
    histogram: np.ndarray
    spectrum: np.ndarray


def measure(base: SkullBase) -> Measures:
    """Measure a skull base."""
    values = base.values
    dense = values[is_calcium_dense(values)]
    blocks = even_blocks(base.hu, base.spacing, SPECTRUM_BLOCK_MM)
    spectrum = noise_spectrum(blocks, base.spacing[0])
    centers = (FREQUENCIES[1:] + FREQUENCIES[:-1]) / 2
    # Power in a ring of frequencies: density times circumference.
    weight = np.nan_to_num(spectrum) * centers
    median, p95 = np.percentile(dense, [50, 95]) if len(dense) else (np.nan, np.nan)
    return Measures(
        {name: float(np.mean((values >= low) & (values < high))) for name, (low, high) in CLASSES.items()},
        float(len(dense) / len(values)), float(median), float(p95), outline_per_mm(base),
        edge_fwhm(base.hu, base.spacing), float(np.sqrt(np.mean(blocks**2))) if len(blocks) else float("nan"),
        float((weight * centers).sum() / weight.sum()) if weight.sum() else float("nan"), base.contact,
        deceiving_bone(base),
        np.histogram(np.clip(values, BIN_EDGES[0], BIN_EDGES[-1] - 1), BIN_EDGES)[0] / len(values), spectrum)


def outline_per_mm(base: SkullBase) -> float:
    """Length of the outline of voxels of at least 130 HU in the slices, per their area, 1/mm; NaN if none."""
    dense = is_calcium_dense(base.hu) & base.inside
    area = dense.sum() * np.prod(base.spacing)
    across = (dense[:, :, 1:] != dense[:, :, :-1]).sum() * base.spacing[1]
    down = (dense[:, 1:] != dense[:, :-1]).sum() * base.spacing[0]
    return float((across + down) / area) if area else float("nan")


def noise_spectrum(blocks: np.ndarray, pixel_mm: float) -> np.ndarray:
    """Return the radial noise power spectrum in HU^2 mm^2 of blocks (k, n, n); NaN in bins without frequencies."""
    out = np.full(len(FREQUENCIES) - 1, np.nan)
    if not len(blocks):
        return out
    n = blocks.shape[1]
    power = (np.abs(np.fft.fft2(blocks)) ** 2).mean(axis=0) * pixel_mm**2 / n**2
    frequency = np.hypot(*np.meshgrid(*[np.fft.fftfreq(n, pixel_mm)] * 2))
    number = np.digitize(frequency, FREQUENCIES) - 1
    for k in range(len(out)):
        in_ring = (number == k) & (frequency > 0)
        if in_ring.any():
            out[k] = power[in_ring].mean()
    return out


def histogram_distance(first: np.ndarray, second: np.ndarray, from_hu: float = BIN_EDGES[0]) -> float:
    """Earth mover's distance in HU between two histograms on :data:`BIN_EDGES`, of what is above ``from_hu``."""
    kept = BIN_EDGES[:-1] >= from_hu
    parts = [h[kept] / h[kept].sum() if h[kept].sum() else h[kept] for h in (first, second)]
    return float(np.abs(np.cumsum(parts[0]) - np.cumsum(parts[1])).sum() * np.diff(BIN_EDGES)[0])
