"""The table of a comparison: one row for all ICAC, and one for each lesion of either segmentation."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from slicer.i18n import tr as _


@dataclass(frozen=True)
class Row:
    """One row; volumes in mm3; ``center_lps_mm`` is None for the row of all ICAC."""

    name: str
    finding: str
    predicted_mm3: float
    manual_mm3: float
    dice: float
    center_lps_mm: tuple[float, float, float] | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        difference = self.predicted_mm3 - self.manual_mm3
        return (self.name, self.finding, f"{self.predicted_mm3:.1f}", f"{self.manual_mm3:.1f}", f"{difference:+.1f}",
                f"{self.dice:.2f}")


def header() -> tuple[str, ...]:
    """Return the titles of the columns."""
    return _("Lesion"), _("Finding"), _("Pred."), _("Man."), _("Diff."), _("Dice")


def rows_of(agreement) -> list[Row]:
    """Return the rows of an :class:`icac.compare.Agreement`: all, missed and found manual lesions, false lesions."""
    found = [Row(_name(lesion), _("found") if lesion.matched else _("missed"), lesion.partners_mm3, lesion.volume_mm3,
                 lesion.dice, lesion.center_lps_mm) for lesion in agreement.manual]
    false = [Row(_name(lesion), _("extra"), lesion.volume_mm3, 0.0, 0.0, lesion.center_lps_mm)
             for lesion in agreement.predicted if not lesion.matched]
    total = Row(_("All"), "", agreement.predicted_mm3, agreement.manual_mm3, agreement.dice)
    return [total, *sorted(found + false, key=lambda row: -max(row.predicted_mm3, row.manual_mm3))]


def point_of(row: Row, agreement) -> np.ndarray:
    """Return the voxel to look at for a row, RAS mm: in a lesion that both have where both have it.

    Means of lesions may lie outside them, as in a crescent along the wall of the artery.
    """
    from icac.geometry import lps_to_ras

    is_found = row.predicted_mm3 > 0 and row.manual_mm3 > 0
    index = np.argwhere(agreement.both if is_found else agreement.labels > 0)[:, ::-1]
    points = agreement.frame.to_lps(index)
    if row.center_lps_mm is None or not len(points):
        return lps_to_ras(points.mean(axis=0) if len(points) else agreement.frame.to_lps((0, 0, 0)))
    return lps_to_ras(points[np.linalg.norm(points - row.center_lps_mm, axis=1).argmin()])


def _name(lesion) -> str:
    if lesion.side is None:
        return _("Lesion {number}").format(number=lesion.id)
    return f"{_('Right') if lesion.side.value == 'right' else _('Left')} {lesion.segment.name}"


def sentence_of(agreement) -> str:
    """Return the figures of all ICAC in one line."""
    return _("Dice {dice}, sensitivity {sensitivity}, PPV {ppv}. Predicted {predicted:.1f} mm³, manual {manual:.1f} "
             "mm³, difference {difference:+.1f} mm³.").format(
        dice=_share(agreement.dice), sensitivity=_share(agreement.sensitivity), ppv=_share(agreement.ppv),
        predicted=agreement.predicted_mm3, manual=agreement.manual_mm3, difference=agreement.difference_mm3)


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.2f}"
