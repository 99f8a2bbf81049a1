"""Tables that use the width they have: nothing is cut off, and what there is no room for is left out as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import qt

#: Pixels above and below the text of a row together: many rows at a glance.
ROW_MARGIN = 5


class FittedTable:
    """Gives the columns of a ``QTableWidget`` the width of their contents, and each a share of what remains.

    Parameters
    ----------
    table
        A ``QTableWidget`` with its columns.
    spare : sequence of int
        Columns that are hidden where the table is too narrow, in this order.

    """

    def __init__(self, table, spare: Sequence[int] = ()) -> None:
        self._table, self._spare = table, tuple(spare)
        self._width = 0
        self._timer = qt.QTimer(table)      # of the table, so that it goes with it
        self._timer.setSingleShot(True)
        self._timer.connect("timeout()", self._fit_if_resized)
        table.verticalHeader().setVisible(False)
        self._row_height = table.fontMetrics().height() + ROW_MARGIN
        table.verticalHeader().setMinimumSectionSize(self._row_height)
        table.verticalHeader().setDefaultSectionSize(self._row_height)
        table.setWordWrap(False)
        header = table.horizontalHeader()
        header.setFixedHeight(self._row_height)
        header.setMinimumSectionSize(1)
        header.setHighlightSections(False)      # bold headings would need more room than the panel has
        header.setStretchLastSection(True)
        # A wider table stretches its last section, a narrower one has to scroll; both is told before it has its width.
        header.connect("sectionResized(int,int,int)", self._on_resized)
        table.horizontalScrollBar().connect("rangeChanged(int,int)", self._on_resized)

    def _on_resized(self, *_event) -> None:
        self._timer.start(0)

    def _fit_if_resized(self) -> None:
        if self._table.viewport().width != self._width:
            self.fit()

    def fit(self) -> None:
        """Use the width there is now; to be called when the contents have changed."""
        table, self._width = self._table, self._table.viewport().width
        table.horizontalHeader().setStretchLastSection(False)
        for column in self._spare:
            table.setColumnHidden(column, False)
        table.resizeColumnsToContents()
        free = self._width - sum(table.columnWidth(column) for column in range(table.columnCount))
        for column in self._spare:
            if free < 0:
                free += table.columnWidth(column)
                table.setColumnHidden(column, True)
        self._share(free)
        table.horizontalHeader().setStretchLastSection(True)

    def _share(self, free: int) -> None:
        """Make all columns wider by as much."""
        shown = [column for column in range(self._table.columnCount) if not self._table.isColumnHidden(column)]
        for column in shown if free > 0 else ():
            self._table.setColumnWidth(column, self._table.columnWidth(column) + free // len(shown))

    def show_all_rows(self) -> None:
        """Make the table as high as its rows are; it does not scroll."""
        self._table.setFixedHeight(self._row_height * (1 + self._table.rowCount) + 2 * self._table.frameWidth)
