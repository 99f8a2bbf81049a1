"""The part of the panel that shows the figures of a result, never without the notice that belongs to them."""

from __future__ import annotations

from html import escape

from slicer.i18n import tr as _

from ICACSegmentationLib.result.among_others import AmongOthers
from ICACSegmentationLib.result.figures import FiguresTable
from ICACSegmentationLib.result.load import Summary, summary_of


class ResultPanel:
    """Fills the table and the notice from a segmentation node.

    Parameters
    ----------
    ui
        The widgets of the .ui file: ``resultTable``, ``noticeLabel``, and those of `AmongOthers`.

    Attributes
    ----------
    figures : FiguresTable
    others : AmongOthers

    """

    def __init__(self, ui) -> None:
        self.figures = FiguresTable(ui.resultTable)
        self.others = AmongOthers(ui)
        self._table, self._notice = ui.resultTable, ui.noticeLabel
        self._summary: Summary | None = None
        self._is_open = False
        self._notice.connect("linkActivated(QString)", self._on_link)

    def show(self, segmentation) -> None:
        """Show the figures of a segmentation node, or nothing if it is None or none of ours."""
        self._summary, self._is_open = summary_of(segmentation), False
        self._table.setVisible(self._summary is not None)
        self.others.show(segmentation)
        if self._summary is None:
            self.figures.show("predicted", None)
            self._notice.setText(_("No result yet.") if segmentation is None else
                                 _("This segmentation was not made by ICACSegmentation."))
            return
        predicted = {"right": self._summary.right, "left": self._summary.left, "both": self._summary.total}
        self.figures.show("predicted", None if self._summary.is_reading else predicted)
        self._show_notice()

    def _on_link(self, *_event) -> None:
        self._is_open = not self._is_open
        self._show_notice()

    def _show_notice(self) -> None:
        """Show the notice, and the warnings once they are asked for: they were told before the run as well."""
        notice, warnings = self._summary.notice, self._summary.warnings
        lines = [notice[:1].upper() + notice[1:]]
        if warnings:
            lines.insert(0, f'<a href="warnings">{_warnings_text(len(warnings))}</a>')
        if self._is_open:
            lines[1:1] = warnings
        self._notice.setText("<br>".join([line if line.startswith("<a ") else escape(line) for line in lines]))
        courses = [self._summary.courses] if self._summary.courses else []
        self._notice.setToolTip("\n".join([*warnings, *courses, notice]))


def _warnings_text(count: int) -> str:
    return _("1 warning") if count == 1 else _("{count} warnings").format(count=count)
