"""The form in which a scan was measured, from the report of its measurement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from icac.ct.harmonise import UNCHANGED, Harmonisation, measured_box
from icac.geometry import Volume, three
from icac.lesions.components import Box


def harmonisation_of_report(report: Mapping[str, Any]) -> Harmonisation:
    """Return what was measured and done, as ``report.json`` tells; older reports are of scans taken as they are.

    Raises
    ------
    KeyError, TypeError, ValueError
        The report is damaged.

    """
    found = report.get("image_quality")
    if not found:
        return UNCHANGED

    def known(value: float | None) -> float:
        return float("nan") if value is None else float(value)

    return Harmonisation(three(known(v) for v in found["edge_fwhm_xyz_mm"]), known(found["noise_sd_hu"]),
                         three(float(v) for v in found["blur_sd_xyz_mm"]))


def measured_ct(ct: Volume, report: Mapping[str, Any] | None, box: Box | None = None) -> Volume:
    """Return a scan in the form in which it was measured, around the carotids; beyond, and without a report, as it is.

    Parameters
    ----------
    ct : Volume
        HU, the scan that the report speaks of.
    report : mapping or None
    box : tuple of slice, optional
        The part (z, y, x) that is needed, if not all around the carotids.

    Raises
    ------
    KeyError, TypeError, ValueError
        The report is damaged.

    """
    if not report:
        return ct
    done = harmonisation_of_report(report)
    if not done.changes:
        return ct
    matrix = np.array(report["registration"]["reference_to_scan_lps_mm"], dtype=float)
    return done.applied(ct, box or measured_box(ct.frame, matrix))
