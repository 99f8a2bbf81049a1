"""What the CT numbers themselves tell: are they HU, is there a head, is there contrast agent or metal?

All but the HU scale is judged on a coarse copy of the scan (2 mm, axes along LPS), in which noise is averaged away
and every scan has the same axes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icac.air import OUTSIDE_HU
from icac.ct.head import BONE_HU, TISSUE_HU, enclosed_by_bone, find_head
from icac.geometry import Frame, Volume, averaged_blocks, three
from icac.geometry.neighbours import without_holes

#: Voxel size of the coarse copy, mm.
COARSE_MM = 2.0

#: Width (left to right) and length (front to back) of the bone in a slice through a head, mm: from a small child's
#: skull to more than the largest adult's (about 165 x 210). Chest, pelvis and both legs are wider, necks narrower.
HEAD_WIDTH_MM = (85.0, 200.0)
HEAD_LENGTH_MM = (90.0, 260.0)

#: Bone of a skull in the coarse copy: thin vaults, and those that slope through thick slices, are no denser, HU.
THIN_BONE_HU = 200.0

#: A head is cut by the field of view where tissue meets the end of what was measured over this length in a slice, mm:
#: nose, ears and the skin on a holder meet it over less.
CUT_MM = 60.0

#: Contrast agent makes vessels at least this dense in the coarse copy; blood clots stay below 100 HU.
VESSEL_HU = 130.0

#: Skull, in HU of the coarse copy, where contrast is looked for: dense enough to leave out the enhanced carotids and
#: their branches, which are connected to the skull base.
SKULL_HU = 450.0

#: Distance from bone (mm) at which dense voxels are no longer its partial volume or meninges.
FROM_BONE_MM = 8.0


#: Share of voxels that soft tissue has at least in a CT of a head.
OFFSET_TISSUE = 0.05


#: Range of HU in which steps between values are looked for, and fewest voxels there that show them.
STEP_RANGE_HU, FEWEST_TISSUE = 100, 10_000

#: Values that are neither those of air nor of dense bone, HU.
_BETWEEN_HU = (-700, 700)

#: Where the commonest soft tissue is looked for, HU: brain and muscle, but no fat.
_SOFT_HU = (-40, 160)


@dataclass(frozen=True)
class ValueRange:
    """Which CT numbers occur.

    Attributes
    ----------
    low, high : float
        Smallest and largest value.
    air : float
        Fraction of voxels below -700 HU.
    offset_tissue : float
        Fraction of voxels from 950 to 1150, where soft tissue lies if 1024 was not subtracted.
    bone : float
        Fraction of voxels from 250 to 950, where most bone lies, but only skin and the rims of air if 1024 was not
        subtracted.
    step : float
        HU between the values that occur in soft tissue, from 0 to 100 HU; NaN if there are too few.
    at_high : float
        Fraction of voxels that have the largest value.
    commonest, at_commonest : float
        Value that most voxels between air and bone have, and the fraction of all that have it.

    """

    low: float
    high: float
    air: float
    offset_tissue: float
    bone: float
    step: float
    at_high: float
    commonest: float
    at_commonest: float

    @property
    def is_offset(self) -> bool:
        """Tell whether 1024 was not subtracted: soft tissue where there is bone, and little bone below it."""
        return self.offset_tissue > max(OFFSET_TISSUE, self.bone)


def value_range(array: np.ndarray) -> ValueRange:
    """Sum up the values of a CT of shape (z, y, x); the fractions from a regular sample of its voxels."""
    sample = np.ascontiguousarray(array.reshape(-1)[:: max(array.size // 2_000_000, 1)])
    high = float(array.max())
    return ValueRange(float(array.min()), high, float((sample < -700).mean()),
                      float(((sample >= 950) & (sample <= 1150)).mean()),
                      float(((sample >= 250) & (sample < 950)).mean()), _step(sample), float((sample == high).mean()),
                      *_commonest(sample))


def _commonest(sample: np.ndarray) -> tuple[float, float]:
    """Return the commonest value between air and bone, and which share of the voxels have it."""
    low, high = _BETWEEN_HU
    values = sample[(sample > low) & (sample < high)]
    if not values.size:
        return 0.0, 0.0
    counts = np.bincount((values - low).astype(int))
    commonest = low + int(counts.argmax())
    return float(commonest), float((values == commonest).sum() / sample.size)


def _step(sample: np.ndarray) -> float:
    tissue = sample[(sample >= 0) & (sample < STEP_RANGE_HU)]
    if tissue.size < FEWEST_TISSUE:
        return float("nan")
    steps = np.diff(np.flatnonzero(np.bincount(tissue.astype(int))))
    return float(np.median(steps)) if steps.size else STEP_RANGE_HU


def coarse_copy(volume: Volume) -> Volume:
    """Return the scan in float32 on a 2 mm grid along LPS that holds all of it; -1024 outside."""
    small = averaged_blocks(volume, three(int(np.clip(np.floor(COARSE_MM / s), 1, n)) for s, n in
                                          zip(volume.frame.spacing, volume.frame.size, strict=True)))
    size = small.frame.size
    corners = small.frame.to_lps(np.array(np.meshgrid(*[(0, n - 1) for n in size])).reshape(3, -1).T)
    low, high = corners.min(axis=0), corners.max(axis=0)
    count = np.floor((high - low) / COARSE_MM).astype(int) + 1
    frame = Frame.regular((COARSE_MM,) * 3, tuple(count), origin=tuple(low))
    return Volume(small.array.astype(np.float32), small.frame).resample(frame, outside=OUTSIDE_HU)


def head_slices(coarse: Volume) -> np.ndarray:
    """Tell in which slices the bone of the head is as wide and as long as a skull.

    Parameters
    ----------
    coarse : Volume
        From `coarse_copy`. Only the head counts (:func:`icac.ct.head.find_head`), in every slice the largest area that
        bone encloses: no table, rails, arms or shoulders.

    Returns
    -------
    numpy.ndarray of bool
        One value a slice, from below.

    """
    enclosed = enclosed_by_bone(coarse.array, COARSE_MM, THIN_BONE_HU) & find_head(coarse.array, COARSE_MM)
    return np.array([_is_as_large_as_a_skull(_largest(plane[None])[0]) for plane in enclosed])


def shown_head(coarse: Volume, least_mm: float) -> tuple[np.ndarray, bool]:
    """Tell in which slices there is a head, and whether a small field of view cuts it.

    Parameters
    ----------
    coarse : Volume
        From `coarse_copy`.
    least_mm : float
        A whole head of less height is none, and a cut one is looked for.

    Returns
    -------
    numpy.ndarray of bool, bool
        One value a slice, from below, as of :func:`head_slices`; and whether they are of a cut head.

    """
    whole = head_slices(coarse)
    if COARSE_MM * whole.sum() >= least_mm:
        return whole, False
    cut = _cut_slices(coarse)
    return (cut, True) if COARSE_MM * cut.sum() >= least_mm else (whole, False)


def _cut_slices(coarse: Volume) -> np.ndarray:
    """Tell in which slices tissue meets the end of what was measured, and bone goes from side to side and to the front.

    Bone encloses nothing there. That it is a head, and not another part that fills a small field, is for the alignment
    to tell.
    """
    return np.array([_cut_mm(plane) >= CUT_MM and _is_as_large_as_a_skull(plane >= BONE_HU) for plane in coarse.array])


def _cut_mm(plane: np.ndarray) -> float:
    """Return over which length tissue meets the end of what was measured in a slice, mm."""
    from scipy import ndimage

    unseen = np.pad(plane < OUTSIDE_HU + 1, 1, constant_values=True)
    at_end = ndimage.binary_dilation(unseen)[1:-1, 1:-1] & ~unseen[1:-1, 1:-1]
    return COARSE_MM * float(np.count_nonzero(at_end & (plane > TISSUE_HU)))


def _is_as_large_as_a_skull(plane: np.ndarray) -> bool:
    across, along = (np.asarray(plane.any(axis=axis)) for axis in (0, 1))
    return _extent(across, HEAD_WIDTH_MM) and _extent(along, HEAD_LENGTH_MM)


def _extent(line: np.ndarray, limits: tuple[float, float]) -> bool:
    """Tell whether the distance from the first to the last true voxel lies within limits (mm)."""
    hits = np.flatnonzero(line)
    return hits.size > 0 and limits[0] <= (hits[-1] - hits[0] + 1) * COARSE_MM <= limits[1]


def enhanced_ml(coarse: Volume) -> float:
    """Return the volume in ml of dense vessels deep inside the skull; 0 unless they spread as only contrast does.

    Voxels count if they have at least 130 HU, lie inside a closed ring of bone in their axial slice and 8 mm or more
    from bone along every axis. Calcified pineal gland and choroid plexus are that dense too, but small or confined;
    so the dense voxels must also be found over 30 mm or more of height.

    Parameters
    ----------
    coarse : Volume
        From `coarse_copy`.

    """
    from scipy import ndimage

    # Closing bridges gaps of up to 8 mm, where the temporal bone is too thin for the coarse copy.
    skull = _largest(ndimage.binary_closing(coarse.array >= SKULL_HU, iterations=2))
    inside = without_holes(skull) & ~skull
    reach = 2 * round(FROM_BONE_MM / COARSE_MM) + 1
    deep = inside & ~ndimage.maximum_filter(skull, reach)
    dense = deep & (coarse.array >= VESSEL_HU)
    heights = np.flatnonzero(dense.any(axis=(1, 2)))
    if heights.size * COARSE_MM < 30.0:
        return 0.0
    return float(dense.sum() * coarse.frame.voxel_volume_mm3 / 1000.0)


def _largest(mask: np.ndarray) -> np.ndarray:
    """Return the largest 26-connected part of a mask."""
    from scipy import ndimage

    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    if count == 0:
        return mask
    return labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])


def commonest_tissue_hu(coarse: Volume, in_skull: bool = False) -> float:
    """Return the HU that most soft tissue has: of the brain, which fills most of a head, if no shoulders are shown.

    Parameters
    ----------
    coarse : Volume
        From `coarse_copy`.
    in_skull : bool
        Only what bone encloses counts, which takes longer; NaN if that is little.

    """
    values = coarse.array[enclosed_by_bone(coarse.array, COARSE_MM, THIN_BONE_HU)] if in_skull else coarse.array
    tissue = values[(values >= _SOFT_HU[0]) & (values < _SOFT_HU[1])]
    if tissue.size < FEWEST_TISSUE:
        return float("nan")
    counts = np.bincount((tissue - _SOFT_HU[0]).astype(int), minlength=_SOFT_HU[1] - _SOFT_HU[0])
    return float(_SOFT_HU[0] + np.convolve(counts, np.ones(5), "same").argmax())


def soft_tissue_ml(coarse: Volume) -> float:
    """Return the volume in ml of soft tissue (0 to 100 HU) in the coarse copy."""
    tissue = (coarse.array >= 0) & (coarse.array <= 100)
    return float(tissue.sum() * coarse.frame.voxel_volume_mm3 / 1000.0)
