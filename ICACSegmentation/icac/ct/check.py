"""Whether a scan is a head CT in which ICAC can be measured, and what speaks against trusting the result."""

from __future__ import annotations

import numpy as np

from icac.ct import ct_numbers
from icac.ct.scan import CTScan
from icac.ct.series.limits import (
    MAX_IN_PLANE_MM,
    MAX_SLICE_DISTANCE_MM,
    MIN_HEIGHT_MM,
    MIN_SLICES,
    MIN_WIDTH_MM,
)
from icac.ct.series.words import contrast, is_agent, is_sharp_kernel
from icac.ct.tube_voltage import UNKNOWN, voltage_warning
from icac.errors import InputError
from icac.geometry import Volume

#: Thickest slice that needs no warning, mm.
THIN_SLICE_MM = 2.5

#: Least fraction of voxels below -700 HU (air around and in the head) in a CT in HU.
MIN_AIR = 0.002

#: Least height of head-sized bone, mm.
MIN_HEAD_MM = 24.0

#: Least volume of soft tissue in a head, ml. A phantom has less.
MIN_SOFT_TISSUE_ML = 250.0

#: Dense vessels inside the skull from this volume on are taken for contrast agent, ml.
CONTRAST_ML = 2.0

#: Soft tissue of most heads lies between these, HU: brain has 25 to 40, whatever the scanner.
BRAIN_HU = (15.0, 50.0)

#: Largest step between values that needs no warning, HU.
LARGEST_STEP_HU = 4.0

#: Bone of every head is denser than this, HU, and so few of its voxels have the largest value of all.
LOWEST_TOP_HU, SHARE_AT_TOP = 1400.0, 1e-4

#: Share of the voxels that have one value only where it was put there; of noisy tissue it is at most a tenth of that.
SHARE_BLANKED = 0.1

#: CT number that only metal reaches, and the volume of it that is worth a warning, mm3.
METAL_HU = 3000
METAL_MM3 = 20.0


def check_ct(scan: CTScan) -> list[str]:
    """Check that a scan can be used.

    Parameters
    ----------
    scan : CTScan

    Returns
    -------
    list of str
        Warnings, one sentence each: the scan is usable, but the result is less certain for this reason.

    Raises
    ------
    InputError
        The scan cannot be used: not a CT, not in HU, too coarse or too small, or no head in it. The first reason
        found is given.

    """
    _check_modality(scan)
    _check_size(scan)
    values = _check_values(scan)
    coarse = ct_numbers.coarse_copy(scan.volume)
    findings = (_cut_head(scan, coarse), _coarse_steps(values), _cut_off(values), _blanked(values), _shifted(coarse),
                _contrast(scan, ct_numbers.enhanced_ml(coarse)), _thick_slices(scan), _sharp_kernel(scan),
                _voltage(scan), _metal(scan, values), _no_tissue(ct_numbers.soft_tissue_ml(coarse)))
    return [*scan.doubts, *(text for text in findings if text)]


def _cut_head(scan: CTScan, coarse: Volume) -> str:
    """Say that the field of view cuts the head; refuse a scan in which there is none."""
    slices, cut = ct_numbers.shown_head(coarse, MIN_HEAD_MM)
    height = ct_numbers.COARSE_MM * int(slices.sum())
    if height < MIN_HEAD_MM:
        raise InputError(f"{scan.path} shows no head: bone as wide and long as a skull is found over {height:.0f} mm; "
                         "give a CT of the head that includes the skull base.")
    return ("The field of view cuts the head, so the alignment rests on a part of the skull; check where the carotid "
            "courses lie.") if cut else ""


def _check_modality(scan: CTScan) -> None:
    modality = scan.identity.get("modality", "CT")
    if modality != "CT":
        raise InputError(f"{scan.path} is not a CT but {modality}; give a non-contrast CT of the head.")


def _check_size(scan: CTScan) -> None:
    """Refuse scans with too few or too distant slices, too large voxels or too small a field of view."""
    frame = scan.volume.frame
    distance, in_plane, count = slice_geometry(scan)
    if count < MIN_SLICES:
        raise InputError(f"{scan.path} has {count} slices; ICAC needs at least {MIN_SLICES} through the skull base.")
    if distance > MAX_SLICE_DISTANCE_MM:
        raise InputError(f"The slices of {scan.path} are {distance:.1f} mm apart; ICAC needs "
                         f"{MAX_SLICE_DISTANCE_MM:g} mm or less, so give a finer reconstruction.")
    if in_plane > MAX_IN_PLANE_MM:
        raise InputError(f"The voxels of {scan.path} are {in_plane:.2f} mm wide; ICAC needs {MAX_IN_PLANE_MM:g} mm or "
                         "less, so give the original reconstruction.")
    height, width, _ = sorted(np.multiply(frame.size, frame.spacing))
    if height < MIN_HEIGHT_MM or width < MIN_WIDTH_MM:
        raise InputError(f"{scan.path} covers only {height:.0f} x {width:.0f} mm; the intracranial carotids need "
                         f"{MIN_HEIGHT_MM:g} mm of height and {MIN_WIDTH_MM:g} mm of width, so give the whole head.")


def slice_geometry(scan: CTScan) -> tuple[float, float, int]:
    """Return distance between slices, largest voxel size in their plane (mm), and their number.

    The slices lie along the axis of the largest voxel size, since files may be stored in any order of axes.
    """
    frame = scan.volume.frame
    axis = 2 if np.ptp(frame.spacing) < 1e-3 else int(np.argmax(frame.spacing))
    others = np.delete(frame.spacing, axis)
    # In a sheared frame the step from slice to slice is longer than their distance.
    area = float(np.linalg.norm(np.cross(*np.delete(frame.affine[:3, :3], axis, axis=1).T)))
    return frame.voxel_volume_mm3 / area, float(others.max()), frame.size[axis]


def _check_values(scan: CTScan) -> ct_numbers.ValueRange:
    """Refuse values that are no HU."""
    array = scan.volume.array
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        count = int((~np.isfinite(array)).sum())
        raise InputError(f"{scan.path} has {count} voxels that are not numbers (NaN or infinite); export the CT again.")
    values = ct_numbers.value_range(array)
    if values.air >= MIN_AIR and not values.is_offset:
        return values
    shown = f"The values of {scan.path} run from {values.low:g} to {values.high:g}"
    if values.low >= 0 and values.high <= 255:
        raise InputError(f"{shown}: it is a picture of a CT, not CT numbers in HU; give the original CT.")
    if values.is_offset:
        raise InputError(f"{shown}: they seem to be stored values from which 1024 was not subtracted; "
                         "convert the DICOM series again with its rescale intercept, so that air is -1000 HU.")
    raise InputError(f"{shown} without air near -1000, so they are not HU, or all but the brain was removed; "
                     "give the original CT of the whole head.")


def _coarse_steps(values: ct_numbers.ValueRange) -> str:
    if not values.step > LARGEST_STEP_HU:
        return ""
    return (f"The values come in steps of about {values.step:.0f} HU (they were stored in too few bits), so that "
            "voxels near 130 HU lie on the wrong side of it; take the original CT.")


def _cut_off(values: ct_numbers.ValueRange) -> str:
    if values.high >= LOWEST_TOP_HU or values.at_high < SHARE_AT_TOP:
        return ""
    return (f"The values end at {values.high:g} HU, which many voxels have: what was denser was cut off, so densities "
            "and scores are too low; take the original CT.")


def _blanked(values: ct_numbers.ValueRange) -> str:
    if values.at_commonest < SHARE_BLANKED or _coarse_steps(values):
        return ""
    return (f"{values.at_commonest:.0%} of the voxels have exactly {values.commonest:g} HU, so air or tissue was "
            "blanked; where that meets what is left, sharpness and densities are not those of the scan, so take the "
            "original CT.")


def _shifted(coarse: Volume) -> str:
    """Say that soft tissue is not as dense as brain: a scale that is wrong moves the limit of calcium, too."""
    if ct_numbers.soft_tissue_ml(coarse) < MIN_SOFT_TISSUE_ML:
        return ""
    low, high = BRAIN_HU
    if low <= ct_numbers.commonest_tissue_hu(coarse) <= high:
        return ""
    brain = ct_numbers.commonest_tissue_hu(coarse, in_skull=True)
    if not (brain < low or brain > high):  # it was the muscle of shoulders, or nothing is enclosed
        return ""
    return (f"Most soft tissue has about {brain:.0f} HU where brain has 25 to 40: the values may not be HU (another "
            "rescale intercept or slope), and then calcium is measured from another density on; check the conversion.")


def _contrast(scan: CTScan, enhanced_ml: float) -> str:
    agent = scan.identity.get("contrast_agent", "")
    seen, named = enhanced_ml >= CONTRAST_ML, is_agent(agent)
    described = not named and bool(contrast("", scan.identity.get("series_description", "")))
    if not (seen or named or described):
        return ""
    reasons = [f"its header names the agent '{agent}'"] * named
    reasons += ["its description says so"] * described
    reasons += [f"{enhanced_ml:.0f} ml of dense vessels are seen in the brain"] * seen
    return (f"The scan seems to be contrast-enhanced ({' and '.join(reasons)}): enhanced blood is as dense as calcium, "
            "so ICAC cannot be measured reliably; use a non-contrast CT.")


def _thick_slices(scan: CTScan) -> str:
    thickness = scan.thickness_mm or slice_geometry(scan)[0]
    if thickness <= THIN_SLICE_MM:
        return ""
    return (f"The slices are up to {thickness:.1f} mm thick: small calcifications are blurred with their surroundings, "
            f"so volumes and scores are less exact than from slices of {THIN_SLICE_MM:g} mm or less.")


def _sharp_kernel(scan: CTScan) -> str:
    kernel = scan.identity.get("kernel", "").split("\\")[0].strip()
    if not is_sharp_kernel(kernel):
        return ""
    return (f"The scan was reconstructed with the sharp kernel {kernel}: noise and overshoot beside bone can reach "
            "130 HU, so prefer a soft-tissue reconstruction.")


def _voltage(scan: CTScan) -> str:
    stated = [scan.identity.get(key, "") for key in ("kvp", "image_type", "series_description")]
    return voltage_warning(*stated) or (UNKNOWN if scan.kind == "dicom" and not stated[0] else "")


def _metal(scan: CTScan, values: ct_numbers.ValueRange) -> str:
    if values.high <= METAL_HU:
        return ""
    volume = float(np.count_nonzero(scan.volume.array > METAL_HU)) * scan.volume.frame.voxel_volume_mm3
    if volume < METAL_MM3:
        return ""
    return (f"{volume:.0f} mm3 are denser than {METAL_HU} HU (metal): streaks from it can look like calcium; "
            "check the lesions near it.")


def _no_tissue(soft_tissue_ml: float) -> str:
    if soft_tissue_ml >= MIN_SOFT_TISSUE_ML:
        return ""
    return f"There is little soft tissue ({soft_tissue_ml:.0f} ml): this may be a phantom or a dry skull."
