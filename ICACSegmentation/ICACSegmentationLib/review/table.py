"""The table of lesions: fills the widget, sorts by a click on a heading, and says which lesion was chosen."""

from __future__ import annotations

from collections.abc import Sequence

import qt
from slicer.i18n import tr as _

from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.common.tables import FittedTable
from ICACSegmentationLib.review.rows import COLUMNS, Row, arrange

#: Background of the status, RGB: seen at a glance, also with red-green colour blindness by its words.
STATUS_COLORS = {"accepted": (190, 230, 190), "rejected": (215, 215, 215), "flagged": (255, 224, 150),
                 "suggested": (250, 245, 180)}

#: Columns that a narrow panel leaves out, in this order; the words below the table have them.
SPARE = ("mean_hu", "probability", "max_hu", "segment")


class LesionTable:
    """Shows rows and reports the chosen one.

    Parameters
    ----------
    table
        A ``QTableWidget``.

    Attributes
    ----------
    chosen : Signal
        Number of the lesion whose row the user chose.

    """

    def __init__(self, table) -> None:
        self.chosen = Signal()
        self._table, self._given, self._rows = table, [], []
        self._column, self._descending = "", False
        self._filling = False
        self._set_up()

    def _set_up(self) -> None:
        table = self._table
        table.setColumnCount(len(COLUMNS))
        for index, (title, tip) in enumerate(_headings()):
            item = qt.QTableWidgetItem(title)
            item.setToolTip(tip)
            table.setHorizontalHeaderItem(index, item)
        self._fitted = FittedTable(table, [COLUMNS.index(name) for name in SPARE])
        table.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        table.setSelectionMode(qt.QAbstractItemView.SingleSelection)
        table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        table.horizontalHeader().connect("sectionClicked(int)", self._on_heading)
        table.connect("itemSelectionChanged()", self._on_selection)

    @property
    def rows(self) -> list[Row]:
        """The rows as they are shown."""
        return self._rows

    def fill(self, rows: Sequence[Row], selected: int | None) -> None:
        """Show rows, sorted as the user chose; by default in the order given."""
        self._given = list(rows)
        self._rows = arrange(self._given, self._column, self._descending)
        self._filling = True
        try:
            self._table.setRowCount(len(self._rows))
            for index, row in enumerate(self._rows):
                self._fill_row(index, row)
        finally:
            self._filling = False
        self._fitted.fit()
        self.select(selected)

    def _fill_row(self, index: int, row: Row) -> None:
        for column, name in enumerate(COLUMNS):
            item = qt.QTableWidgetItem(row.text(name))
            if name == "status" and row.status in STATUS_COLORS:
                item.setBackground(qt.QBrush(qt.QColor(*STATUS_COLORS[row.status])))
                item.setForeground(qt.QBrush(qt.QColor(0, 0, 0)))
            self._table.setItem(index, column, item)

    def select(self, number: int | None) -> None:
        """Mark the row of a lesion without reporting it; none if it is not shown."""
        index = next((i for i, row in enumerate(self._rows) if row.number == number), -1)
        self._filling = True
        try:
            self._table.clearSelection()
            if index >= 0:
                self._table.setCurrentCell(index, 0)
        finally:
            self._filling = False

    def _on_selection(self) -> None:
        index = self._table.currentRow()
        if not self._filling and 0 <= index < len(self._rows):
            self.chosen.emit(self._rows[index].number)

    def _on_heading(self, index: int) -> None:
        """Sort by a column, large values first for figures; the other way round, then as at first, on more clicks."""
        number = self._chosen_number()
        first = COLUMNS[index] not in ("number", "status", "side", "segment")
        if self._column != COLUMNS[index]:
            self._column, self._descending = COLUMNS[index], first
        elif self._descending is first:
            self._descending = not first
        else:
            self._column = ""
        self._show_order(index)
        self.fill(self._given, number)

    def _show_order(self, index: int) -> None:
        header = self._table.horizontalHeader()
        header.setSortIndicatorShown(bool(self._column))
        header.setSortIndicator(index, qt.Qt.DescendingOrder if self._descending else qt.Qt.AscendingOrder)

    def _chosen_number(self) -> int | None:
        index = self._table.currentRow()
        return self._rows[index].number if 0 <= index < len(self._rows) else None


def _headings() -> list[tuple[str, str]]:
    """Return title and tooltip of each column of :data:`COLUMNS`."""
    return [
        (_("No."), _("Number of the lesion; it never changes.")),
        (_("Status"), _("Your decision.")),
        (_("Side"), _("Side of the patient.")),
        (_("Seg."), _("Segment of the internal carotid artery, C2 (petrous) to C7 (communicating).")),
        (_("mm³"), _("Volume.")),
        (_("Mean"), _("Mean CT number in HU.")),
        (_("Max"), _("Highest CT number in HU.")),
        (_("Prob."), _("Mean probability of being ICAC, as the network sees it.")),
        (_("Bone"), _("Share of the surface that touches dense tissue outside: the sign of a false positive.")),
    ]
