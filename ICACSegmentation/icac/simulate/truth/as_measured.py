"""A simulated scan in the form in which it is measured: what is done to every scan at intake is done to it too."""

from __future__ import annotations

import numpy as np

from icac.ct.harmonise import TRUNCATE, Harmonisation, plan_harmonisation
from icac.geometry import Frame, Volume
from icac.geometry.box import Box, bounding_box, widen
from icac.simulate.truth.lesion_image import LesionImage
from icac.simulate.truth.lesion_truth import LesionTruth, seen
from icac.simulate.truth.observers import draw_observers, drawn_by


def as_measured(ct: Volume, icac: Volume, lesions: LesionImage, reference_to_scan: np.ndarray
                ) -> tuple[Volume, Volume]:
    """Return a scan (int16) and its ICAC (uint8) as they are after intake, on the same voxels.

    Parameters
    ----------
    ct, icac : Volume
        The scan as read, and its truth.
    lesions : LesionImage
        What calcifications added to the scan as it was acquired; it may have other voxels.
    reference_to_scan : numpy.ndarray
        4 x 4; maps reference LPS mm to scan LPS mm.

    """
    form = measured_form(ct, lesions, reference_to_scan)
    return (ct, icac) if form is None else (form[0], lesions.icac_in(*form))


def observers_as_measured(observers: int, ct: Volume, lesions: LesionImage, reference_to_scan: np.ndarray,
                          rng: np.random.Generator) -> np.ndarray:
    """Return what so many observers draw on a scan as it is after intake, bool (observers, z, y, x).

    Parameters are those of :func:`as_measured`; the generator draws the observers, too.
    """
    form = measured_form(ct, lesions, reference_to_scan) or (ct, _excess_on(ct.frame, lesions))
    return drawn_by(draw_observers(rng, observers), *form, lesions, rng)


def truth_as_measured(ct: Volume, labels: Volume, rows: tuple[LesionTruth, ...], lesions: LesionImage,
                      reference_to_scan: np.ndarray) -> tuple[Volume, Volume, tuple[LesionTruth, ...]]:
    """Return a scan, the numbers of its lesions (uint8) and their rows as they are after intake.

    Parameters are those of :func:`as_measured`, with labels and rows in place of the ICAC.
    """
    form = measured_form(ct, lesions, reference_to_scan)
    if form is None:
        return ct, labels, rows
    numbers, shown = lesions.labels_in(*form)
    return form[0], ct.like(numbers), seen(rows, shown)


def measured_form(ct: Volume, lesions: LesionImage, reference_to_scan: np.ndarray) -> tuple[Volume, Volume] | None:
    """Return a scan and what calcifications add to it after intake; None if it is measured as it is."""
    harmonisation = plan_harmonisation(ct, reference_to_scan)
    if not harmonisation.changes:
        return None
    excess = _excess_on(ct.frame, lesions)
    return harmonisation.applied(ct), harmonisation.applied(excess, _seen_from(excess, harmonisation))


def _excess_on(frame: Frame, lesions: LesionImage) -> Volume:
    """Return what calcifications add to a scan on its voxels."""
    excess = lesions.excess()
    return excess if excess.frame == frame else excess.resample(frame, outside=0.0)


def _seen_from(excess: Volume, harmonisation: Harmonisation) -> Box | None:
    """Return the part (z, y, x) that the blur of what is not zero reaches, or None if all is zero."""
    box = bounding_box(excess.array != 0)
    if box is None:
        return None
    reach = np.ceil(TRUNCATE * np.array(harmonisation.blur_sd_mm) / excess.frame.spacing).astype(int)[::-1]
    return widen(box, reach, excess.array.shape)
