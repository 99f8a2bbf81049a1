"""The part of the panel that shows the figures of a result, never without the notice that belongs to them."""

from __future__ import annotations

import qt
from slicer.i18n import tr as _

from ICACSegmentationLib.result.load import Amount, Summary, summary_of

#: Height of the rows of the table, pixels.
ROW_HEIGHT = 22


class ResultPanel:
    """Fills the table and the notice from a segmentation node.

    Parameters
    ----------
    ui
        The widgets of the .ui file: ``resultTable``, ``noticeLabel``.

    """

    def __init__(self, ui) -> None:
        self._table, self._notice = ui.resultTable, ui.noticeLabel
        self._table.setHorizontalHeaderLabels([_("Side"), _("Volume (mm³)"), _("Lesions")])
        self._table.horizontalHeader().setStretchLastSection(True)
        self._table.verticalHeader().setVisible(False)
        self._table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)

    def show(self, segmentation) -> None:
        """Show the figures of a segmentation node, or nothing if it is None or none of ours."""
        summary = summary_of(segmentation)
        self._table.setVisible(summary is not None)
        self._table.setRowCount(0)
        if summary is None:
            self._notice.setText(_("No result yet.") if segmentation is None else
                                 _("This segmentation was not made by ICACSegmentation."))
            return
        for name, amount in ((_("Right"), summary.right), (_("Left"), summary.left), (_("Both"), summary.total)):
            self._add_row(name, amount)
        self._notice.setText(_text(summary))

    def _add_row(self, name: str, amount: Amount) -> None:
        row = self._table.rowCount
        self._table.setRowCount(row + 1)
        for column, text in enumerate((name, f"{amount.volume_mm3:.1f}", str(amount.lesions))):
            item = qt.QTableWidgetItem(text)
            item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
            self._table.setItem(row, column, item)


def _text(summary: Summary) -> str:
    warnings = [_("Warning: {text}").format(text=text) for text in summary.warnings]
    return "\n".join([*warnings, summary.notice])
