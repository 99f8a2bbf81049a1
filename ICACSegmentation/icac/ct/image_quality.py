"""How sharp and how noisy a CT is, measured in the image itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from icac.ct.edges import UNEVEN

#: An edge counts if its profile runs from air to tissue or bone: CT numbers on both sides.
AIR_BELOW_HU, TISSUE_ABOVE_HU = -850.0, -50.0

#: Half length in mm of the profile over which an edge has to be complete, and length of its flat ends.
REACH_MM, PLATEAU_MM = 3.5, 1.2

#: Quantile of the widths of all edges: most are wider than the blur, being oblique to the profile or to the slice.
SHARPEST_QUANTILE = 0.1

#: Blocks for noise, mm; soft tissue, HU; and the quantile of the standard deviations of blocks: the most even ones.
BLOCK_MM, TISSUE_HU, EVEN_QUANTILE = 6.0, (0.0, 80.0), 0.1

#: Air counts for noise only where it is not cut off at the end of the scale.
AIR_HU = (-1015.0, -900.0)


@dataclass(frozen=True)
class ImageQuality:
    """Measured quality of a CT.

    Attributes
    ----------
    edge_fwhm_mm : float
        Full width at half maximum of the in-plane blur, as a Gaussian.
    noise_sd_hu : float
        Standard deviation of the noise within slices in even soft tissue (or air, where there is none).

    """

    edge_fwhm_mm: float
    noise_sd_hu: float


def measure_quality(hu: np.ndarray, spacing: tuple[float, float]) -> ImageQuality:
    """Measure sharpness and noise.

    Parameters
    ----------
    hu : numpy.ndarray
        (slices, rows, columns).
    spacing : tuple of float
        Distance between columns and between rows (x, y), mm.

    Returns
    -------
    ImageQuality
        NaN where there is nothing to measure.

    """
    return ImageQuality(edge_fwhm(hu, spacing), noise_sd(hu, spacing))


def edge_fwhm(hu: np.ndarray, spacing: tuple[float, float]) -> float:
    """Width of the in-plane blur in mm from edges between air and tissue or bone; NaN where there are none.

    Along rows and columns every complete edge gives a width: a Gaussian blur of standard deviation s turns a step of
    height A into a slope of at most A / (s sqrt(2 pi)). The width is corrected for the voxel over which the slope is
    taken, and for the angle of the edge in the slice. Edges oblique to the slice are blurred by its thickness, so the
    sharpest tenth counts.
    """
    step = max(1, len(hu) // 40)
    widths = [w for plane in hu[::step].astype(np.float32)
              for w in (*_edge_widths(plane, spacing), *_edge_widths(plane.T, spacing[::-1]))]
    return float(np.quantile(widths, SHARPEST_QUANTILE)) if len(widths) >= 30 else float("nan")


def _edge_widths(plane: np.ndarray, spacing: tuple[float, float]) -> np.ndarray:
    """FWHM in mm of the edges along the rows of one slice."""
    dx, dy = spacing
    reach, flat = max(3, round(REACH_MM / dx)), max(2, round(PLATEAU_MM / dx))
    if plane.shape[1] < 2 * reach + 2:
        return np.zeros(0)
    slope = np.abs(np.diff(plane, axis=1))
    steepest = (slope == ndimage.maximum_filter1d(slope, 2 * reach - 1, axis=1)) & (slope > 60)
    rows, columns = np.nonzero(steepest)
    inside = (columns >= reach) & (columns + 1 + reach < plane.shape[1]) & (rows > 0) & (rows + 1 < len(plane))
    rows, columns = rows[inside], columns[inside]
    if not len(rows):
        return np.zeros(0)
    profile = plane[rows[:, None], columns[:, None] + np.arange(-reach, reach + 2)]
    ends = np.stack([profile[:, :flat], profile[:, -flat:]])
    low, high = np.sort(ends.mean(axis=2), axis=0)
    height = high - low
    excess = np.maximum(np.ptp(ends, axis=2).max(axis=0),
                        np.maximum(profile.max(axis=1) - high, low - profile.min(axis=1)))
    complete = (low < AIR_BELOW_HU) & (high > TISSUE_ABOVE_HU) & (excess < UNEVEN * height)
    # The edge's angle in the slice, from the slope across rows at the same place.
    across = np.abs(plane[rows + 1, columns] - plane[rows - 1, columns]) / (2 * dy)
    along = slope[rows, columns] / dx
    sd = (height / (np.hypot(along, across) * np.sqrt(2 * np.pi)))[complete & (across < 0.3 * along)]
    # The slope over one voxel is that of an edge blurred by the voxel too: variance dx^2 / 12.
    return 2.3548 * np.sqrt(np.maximum(sd**2 - dx**2 / 12, (0.2 * dx) ** 2))


def noise_sd(hu: np.ndarray, spacing: tuple[float, float]) -> float:
    """Standard deviation of the noise in HU: of the most even blocks of soft tissue, or else of air; NaN if none."""
    blocks = even_blocks(hu, spacing)
    return float(np.sqrt(np.mean(blocks.var(axis=(1, 2), dtype=np.float64)))) if len(blocks) else float("nan")


def even_blocks(hu: np.ndarray, spacing: tuple[float, float], block_mm: float = BLOCK_MM) -> np.ndarray:
    """Cut the most even square blocks of soft tissue (or else of air) out of slices, without their linear trend.

    Parameters
    ----------
    hu : numpy.ndarray
        (slices, rows, columns).
    spacing : tuple of float
        (x, y), mm.
    block_mm : float
        Edge length.

    Returns
    -------
    numpy.ndarray of float32
        (blocks, n, n); possibly none.

    """
    n = max(8, round(block_mm / spacing[0]))
    rows, columns = hu.shape[1] // n, hu.shape[2] // n
    tiles = hu[:, :rows * n, :columns * n].reshape(len(hu), rows, n, columns, n)
    tiles = tiles.transpose(0, 1, 3, 2, 4).reshape(-1, n, n).astype(np.float32)
    means, lowest, highest = tiles.mean(axis=(1, 2)), tiles.min(axis=(1, 2)), tiles.max(axis=(1, 2))
    for (low, high), kept in ((TISSUE_HU, (-150, 200)), (AIR_HU, (-1023, -700))):
        found = tiles[(means > low) & (means < high) & (lowest > kept[0]) & (highest < kept[1])]
        if len(found) >= 10:
            flat = _without_trend(found)
            sd = flat.std(axis=(1, 2))
            return flat[sd <= np.quantile(sd, EVEN_QUANTILE) * 1.15]
    return np.zeros((0, n, n), dtype=np.float32)


def _without_trend(blocks: np.ndarray) -> np.ndarray:
    """Subtract the plane that fits each block (blocks, n, n) best."""
    n = blocks.shape[1]
    ramp = np.arange(n, dtype=np.float32) - np.float32((n - 1) / 2)
    basis = np.stack([np.ones((n, n), np.float32), np.broadcast_to(ramp, (n, n)), np.broadcast_to(ramp[:, None],
                                                                                                  (n, n))])
    basis /= np.sqrt((basis**2).sum(axis=(1, 2), keepdims=True))
    weights = np.tensordot(blocks, basis, axes=([1, 2], [1, 2]))
    return blocks - np.tensordot(weights, basis, axes=1)
