"""The figures of a result in one small table: what was found, and what remains of it as the review goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import qt
from slicer.i18n import tr as _

from ICACSegmentationLib.common.tables import FittedTable


class Amount(NamedTuple):
    """How much ICAC there is on one side, or on both."""

    volume_mm3: float
    lesions: int


#: The rows, and the columns: all lesions that were found, those not rejected, and those accepted.
SIDES, COUNTS = ("right", "left", "both"), ("predicted", "standing", "accepted")


class FiguresTable:
    """Fills the table; cells hold the volume and, in brackets, the number of lesions.

    Parameters
    ----------
    table
        A ``QTableWidget``.

    """

    def __init__(self, table) -> None:
        self._table = table
        table.setColumnCount(1 + len(COUNTS))
        table.setRowCount(len(SIDES))
        for index, (title, tip) in enumerate(_headings()):
            item = qt.QTableWidgetItem(title)
            item.setToolTip(tip)
            table.setHorizontalHeaderItem(index, item)
        for row, title in enumerate((_("Right"), _("Left"), _("Both"))):
            self._write(row, 0, title)
        table.setFocusPolicy(qt.Qt.NoFocus)
        self._fitted = FittedTable(table)
        self._fitted.show_all_rows()
        for count in COUNTS:
            self.show(count, None)

    def show(self, count: str, amounts: Mapping[str, Amount] | None) -> None:
        """Show the amounts by side of one of :data:`COUNTS`, or that they are not known."""
        for row, side in enumerate(SIDES):
            amount = amounts[side] if amounts else None
            self._write(row, 1 + COUNTS.index(count), _text(amount) if amount else "–")
        self._fitted.fit()

    def _write(self, row: int, column: int, text: str) -> None:
        item = qt.QTableWidgetItem(text)
        item.setFlags(qt.Qt.ItemIsEnabled)
        self._table.setItem(row, column, item)


def _text(amount: Amount) -> str:
    return f"{amount.volume_mm3:.1f} ({amount.lesions})"


def _headings() -> list[tuple[str, str]]:
    return [(_("mm³"), _("Volume, and in brackets the number of lesions.")),
            (_("Predicted"), _("All lesions as the program found them.")),
            (_("Not rejected"), _("Lesions that were accepted or flagged, or are not reviewed yet.")),
            (_("Accepted"), _("Lesions that were accepted in the review."))]
