"""Every scan is measured at one sharpness and noise: those of the definition, or less.

ICAC is defined by a threshold of 130 HU in scans of a soft kernel in slices of 1 mm every 0.5 mm (Bortsova et al.
2017). A sharper kernel or thinner slices show the same calcium brighter and larger, lift the noise of blood beyond
130 HU, and overshoot beside bone. So the sharpness of a scan is measured along each of its voxel axes, and where it is
sharper than the reference it is blurred by the Gaussian that makes it as sharp, before anything is sought or measured
in it. A scan that is not sharper is left as it is, bit for bit. The blur is linear: it turns the picture of one kernel
into that of another, keeps the amount of calcium, and makes no decision about what is a lesion.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from icac.ct.edges import FWHM_PER_SD, Edges, find_edges
from icac.ct.image_quality import noise_sd
from icac.geometry import Frame, Volume, covered_block, three, upright, upright_order
from icac.geometry.box import Box, box_of, relative, whole_box, widen
from icac.reference import MEASURED_REGION

#: Full width at half maximum of the blur of the reference conditions, along every axis, mm.
REFERENCE_FWHM_MM = 0.9

#: Blurs closer than this to none are none, standard deviation in mm: they change a scan less than its rounding.
SMALLEST_SD_MM = 0.12

#: Noise of the reference conditions, standard deviation in HU: the most that soft 1 mm slices have. More leaves small
#: lesions uncertain.
REFERENCE_NOISE_HU = 20.0

#: From this width on, mm, a scan is so little sharper than the reference that nobody need be told.
ORDINARY_FWHM_MM = 0.7

#: Words for reports.
DEFINITION = (f"HU are those of the scan at the reference conditions: where its edges are sharper than "
              f"{REFERENCE_FWHM_MM:g} mm (full width at half maximum) along a voxel axis, it is blurred to that width "
              "before ICAC is sought and before the threshold is applied. The scan itself is not changed.")

#: Slices in which noise is measured, about.
NOISE_SLICES = 40

#: The Gaussian ends at this many standard deviations.
TRUNCATE = 4.0

#: Halvings of the search for the blur: to 0.001 mm.
HALVINGS = 10


@dataclass(frozen=True)
class Harmonisation:
    """How sharp and noisy a scan is, and by what it is blurred.

    Attributes
    ----------
    fwhm_mm : tuple of float
        Measured full width at half maximum of the scan's blur along its voxel axes (x, y, z); NaN where nothing could
        be measured.
    noise_sd_hu : float
        Measured standard deviation of the noise of the scan; NaN where there is no even tissue.
    blur_sd_mm : tuple of float
        Standard deviation of the Gaussian that brings the scan to the reference conditions, along its voxel axes
        (x, y, z), mm; 0 where it needs none.

    """

    fwhm_mm: tuple[float, float, float] = (float("nan"),) * 3
    noise_sd_hu: float = float("nan")
    blur_sd_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def changes(self) -> bool:
        """Tell whether the scan is blurred at all."""
        return any(sd > 0 for sd in self.blur_sd_mm)

    @property
    def left_as_is(self) -> Harmonisation:
        """The same scan, to be taken as it is."""
        return replace(self, blur_sd_mm=(0.0, 0.0, 0.0))

    def grain_mm(self, frame: Frame) -> tuple[float, float, float]:
        """Return the full width at half maximum of the blur of the scan as it is measured, x, y, z; a voxel at least.

        Parameters
        ----------
        frame : Frame
            Of the scan; where nothing could be measured its voxels tell.

        """
        known = np.fmax(self.fwhm_mm, frame.spacing)
        return three(float(v) for v in np.hypot(known, FWHM_PER_SD * np.asarray(self.blur_sd_mm)))

    @property
    def statement(self) -> str:
        """What was found and done, in a sentence."""
        found = (f"Sharpness {_widths(self.fwhm_mm)} mm (x, y, z; reference {REFERENCE_FWHM_MM:g} mm), noise "
                 f"{self.noise_sd_hu:.0f} HU")
        if not self.changes:
            return f"{found}: measured as it is."
        return (f"{found}: measured after a Gaussian blur of {_widths(FWHM_PER_SD * np.asarray(self.blur_sd_mm))} mm "
                "that brings it to the reference conditions; the scan itself is unchanged.")

    def applied(self, volume: Volume, box: Box | None = None) -> Volume:
        """Blur a volume that has the voxel axes of the scan.

        Parameters
        ----------
        volume : Volume
            The scan, or anything on voxels like its own; integers are rounded.
        box : tuple of slice, optional
            The part (z, y, x) to blur, to save time; what lies in it comes out as without a box, the rest stays.

        Returns
        -------
        Volume
            The same object if there is nothing to do.

        """
        if not self.changes:
            return volume
        sd = np.array(self.blur_sd_mm[::-1]) / volume.frame.spacing[::-1]
        box = box or whole_box(volume.array.shape)
        out = volume.array.copy()
        out[box] = _blurred(volume.array, box, sd, [2 - axis for axis in upright_order(volume.frame)[::-1]])
        return volume.like(out)


#: A scan that is taken as it is.
UNCHANGED = Harmonisation()


def plan_harmonisation(ct: Volume, reference_to_scan: np.ndarray) -> Harmonisation:
    """Measure a scan around the skull base, and choose the blur that brings it to the reference conditions.

    Parameters
    ----------
    ct : Volume
        HU; its voxel axes may be of any order and sheared.
    reference_to_scan : numpy.ndarray
        4 x 4; maps reference LPS mm to scan LPS mm. A few millimetres do not matter.

    """
    part = measured_part(ct, reference_to_scan)
    spacing, hu = part.frame.spacing[::-1], np.ascontiguousarray(part.array)
    with ThreadPoolExecutor(2) as threads:
        edges = list(threads.map(lambda axis: find_edges(hu, axis, spacing), (2, 1, 0)))
    stored = [edges[row] for row in np.argsort(upright_order(ct.frame))]
    return Harmonisation(fwhm_mm=tuple(found.fwhm() for found in stored), noise_sd_hu=_noise(part),
                         blur_sd_mm=three(matching_blur(found) for found in stored))


def warnings_of(harmonisation: Harmonisation, remaining_noise_hu: float) -> list[str]:
    """Return what a user must know of the sharpness and the noise of a scan, one sentence each.

    Parameters
    ----------
    harmonisation : Harmonisation
        As it was applied.
    remaining_noise_hu : float
        Standard deviation of the noise of the scan as it is measured.

    """
    texts = []
    if np.nanmin([*harmonisation.fwhm_mm, np.inf]) < ORDINARY_FWHM_MM:
        done = "it was blurred for the measurement" if harmonisation.changes else "it was measured as it is"
        texts.append(f"The scan is sharper than the reference conditions (edges of {_widths(harmonisation.fwhm_mm)} mm "
                     f"along x, y and z, noise {harmonisation.noise_sd_hu:.0f} HU); {done}, but prefer a soft-tissue "
                     "reconstruction.")
    if remaining_noise_hu > REFERENCE_NOISE_HU:
        texts.append(f"The scan is noisier than the reference conditions ({remaining_noise_hu:.0f} HU where it is "
                     f"measured, up to {REFERENCE_NOISE_HU:g} HU are usual): small calcifications cannot be told from "
                     "noise.")
    return texts


def _widths(values: Sequence[float]) -> str:
    return " x ".join(f"{value:.2f}" if np.isfinite(value) else "?" for value in values)


def remaining_noise(ct: Volume, reference_to_scan: np.ndarray) -> float:
    """Return the standard deviation in HU of the noise of a scan as it is measured; NaN where nothing tells."""
    return _noise(measured_part(ct, reference_to_scan))


def _noise(part: Volume) -> float:
    """Return the noise of a part of a scan; some of its slices tell it."""
    return noise_sd(part.array[::max(1, len(part.array) // NOISE_SLICES)], part.frame.spacing[:2])


def measured_part(ct: Volume, reference_to_scan: np.ndarray) -> Volume:
    """Return the part of a scan in which its quality is measured, upright; it shares the voxels.

    Noise is measured in blocks of slices: how a scan is stored must not choose them.
    """
    ct = upright(ct)
    return ct.crop(*covered_block(MEASURED_REGION, ct.frame, reference_to_scan))


def measured_box(frame: Frame, reference_to_scan: np.ndarray, region: Frame = MEASURED_REGION) -> Box:
    """Return the part of a scan that holds a region of the reference head, slices (z, y, x)."""
    return box_of(*covered_block(region, frame, reference_to_scan))


def matching_blur(edges: Edges, wanted_mm: float = REFERENCE_FWHM_MM) -> float:
    """Return the standard deviation in mm of the Gaussian that makes edges as wide as wanted; 0 if they are.

    The edges themselves are blurred, not a formula of Gaussians: sharp kernels overshoot. Voxels as large as the
    wanted width hide all that is sharper.
    """
    if edges.step_mm >= wanted_mm or not edges.fwhm() < wanted_mm:
        return 0.0
    low, high = 0.0, wanted_mm
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if edges.fwhm(middle) < wanted_mm else (low, middle)
    return high if high >= SMALLEST_SD_MM else 0.0


def _blurred(array: np.ndarray, box: Box, sd: np.ndarray, order: Sequence[int]) -> np.ndarray:
    """Return the box of an array, blurred along its axes in an order, which decides how sums are rounded.

    What lies beyond the box is seen; beyond the array its border is repeated.
    """
    reach = np.where(sd > 0, np.ceil(TRUNCATE * sd), 0).astype(int)
    wide = widen(box, reach, array.shape)
    values = array[wide].astype(np.float32)
    for axis in (axis for axis in order if sd[axis] > 0):
        values = _blurred_along(values, axis, float(sd[axis]))
    inner = values[relative(box, wide)]
    return np.rint(inner).astype(array.dtype) if array.dtype.kind in "iu" else inner


def _blurred_along(values: np.ndarray, axis: int, sd: float) -> np.ndarray:
    """Blur along one axis, in two threads: SciPy lets go of the interpreter."""
    out = np.empty_like(values)
    across = 1 if axis == 0 else 0
    middle = values.shape[across] // 2
    halves = [(slice(None),) * across + (part,) for part in (slice(0, middle), slice(middle, None))]

    def blur(half: tuple[slice, ...]) -> None:
        ndimage.gaussian_filter1d(values[half], sd, axis=axis, output=out[half], mode="nearest", truncate=TRUNCATE)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(blur, halves))
    return out
