"""The part of the panel that compares a result with manual regions."""

from __future__ import annotations

import qt
from slicer.i18n import tr as _

from ICACSegmentationLib.common.colors import BOTH, MANUAL, PREDICTED
from ICACSegmentationLib.common.message import show_errors, tell
from ICACSegmentationLib.common.tables import FittedTable
from ICACSegmentationLib.compare.comparison import compare_in_scene
from ICACSegmentationLib.compare.manual import observe_changes, segment_names
from ICACSegmentationLib.compare.rows import Row, header, point_of, rows_of, sentence_of
from ICACSegmentationLib.compare.view import CompareView, Mode
from ICACSegmentationLib.result.data import courses_of, report_of
from ICACSegmentationLib.scene.jump import jump_to
from ICACSegmentationLib.scene.layouts import COMPARE_LAYOUT, Layouts
from ICACSegmentationLib.scene.nodes import ct_of
from ICACSegmentationLib.show.bone_model import bone_model
from ICACSegmentationLib.show.course_model import course_model
from ICACSegmentationLib.show.panel import prepare_3d_view


class ComparePanel:
    """Connects the widgets of the section "Compare".

    Parameters
    ----------
    ui
        The widgets ``manualSegmentBox``, ``compareButton``, ``compareModeBox``, ``compareLegend``, ``compareTable``,
        ``compareMessage``.
    layouts : Layouts

    Attributes
    ----------
    agreement : icac.compare.Agreement or None
        Of the comparison on screen.
    node
        Its segmentation node, or None.

    """

    def __init__(self, ui, layouts: Layouts) -> None:
        self.agreement = self.node = None
        self._ui, self._view = ui, CompareView(layouts)
        self._segmentation = self._manual = None
        self._rows: list[Row] = []
        self._observed: list[tuple] = []
        self._is_due = False
        ui.compareButton.connect("toggled(bool)", self._on_toggled)
        ui.compareModeBox.connect("currentIndexChanged(int)", self._on_mode)
        ui.manualSegmentBox.connect("currentIndexChanged(int)", self._on_segment)
        ui.compareTable.connect("itemSelectionChanged()", self._on_selected)
        ui.compareTable.setColumnCount(len(header()))
        ui.compareTable.setHorizontalHeaderLabels(header())
        self._fitted = FittedTable(ui.compareTable)
        ui.compareTable.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        ui.compareTable.setSelectionMode(qt.QAbstractItemView.SingleSelection)
        self._show_figures()
        layouts.switched.connect(lambda number: number == COMPARE_LAYOUT or ui.compareButton.setChecked(False))

    @property
    def mode(self) -> Mode:
        """How the comparison is shown."""
        return list(Mode)[self._ui.compareModeBox.currentIndex]

    def set_nodes(self, segmentation, manual) -> None:
        """Compare these from now on; nodes may be None."""
        if segmentation is self._segmentation and manual is self._manual:
            return
        self.leave()
        self._segmentation, self._manual = segmentation, manual
        self._ui.compareButton.setEnabled(segmentation is not None and manual is not None)
        self._list_segments()
        tell(self._ui.compareMessage)

    def leave(self) -> None:
        """Bring the user's views back."""
        self._ui.compareButton.setChecked(False)

    def _list_segments(self) -> None:
        names = segment_names(self._manual)
        box = self._ui.manualSegmentBox
        box.blockSignals(True)
        box.clear()
        box.addItems([_("All segments"), *names.values()])
        box.blockSignals(False)
        for widget in (box, self._ui.manualSegmentLabel):
            widget.setVisible(len(names) > 1)

    @property
    def _segment_id(self) -> str:
        index = self._ui.manualSegmentBox.currentIndex
        return ["", *segment_names(self._manual)][index] if index > 0 else ""

    def _on_toggled(self, on: bool) -> None:
        if on:
            self._open()
        else:
            self._close()
        self._ui.compareButton.text = _("Leave the comparison") if self.node else _("Compare")

    def _open(self) -> None:
        self._compare()
        if self.node is None:
            self._ui.compareButton.setChecked(False)
            return
        rows = self._rows[1:] or self._rows
        point = point_of(rows[0], self.agreement)
        if not self._view.open(self.node, ct_of(self._segmentation), point, self.mode):
            return
        if report_of(self._segmentation):
            course_model(self._segmentation)
            bone_model(self._segmentation)
            prepare_3d_view(courses_of(self._segmentation))
        self._observe()

    def _compare(self) -> None:
        with show_errors(self._ui.compareMessage):
            self.agreement, self.node = compare_in_scene(self._segmentation, self._manual, self._segment_id)
            self._show_figures()

    def _close(self) -> None:
        if self.node is None:
            return
        for caller, tag in self._observed:
            caller.RemoveObserver(tag)
        self._observed = []
        self._view.close(self.node)
        self.agreement = self.node = None
        self._show_figures()

    def _observe(self) -> None:
        for node in (self._segmentation, self._manual):
            self._observed += observe_changes(node, self._on_changed)

    def _on_changed(self, caller=None, event=None) -> None:
        """Compare again, once, when all that belongs to a correction is done."""
        if not self._is_due:
            self._is_due = True
            qt.QTimer.singleShot(0, self._compare_again)

    def _compare_again(self) -> None:
        self._is_due = False
        if self.node and self._segmentation.GetScene() and self._manual.GetScene():
            self._compare()
            self._view.draw(self.node, self.mode)

    def _on_mode(self, index: int) -> None:
        if self.node:
            self._view.draw(self.node, self.mode)
        self._show_legend()

    def _on_segment(self, index: int) -> None:
        if self.node:
            self._compare_again()

    def _on_selected(self) -> None:
        row = self._ui.compareTable.currentRow()
        if self.node and 0 < row < len(self._rows):
            jump_to(point_of(self._rows[row], self.agreement))

    def _show_figures(self) -> None:
        self._rows = rows_of(self.agreement) if self.agreement else []
        table = self._ui.compareTable
        self._ui.compareTableBox.setVisible(bool(self._rows))
        table.setRowCount(len(self._rows))
        for number, row in enumerate(self._rows):
            for column, text in enumerate(row.cells):
                item = qt.QTableWidgetItem(text)
                item.setFlags(qt.Qt.ItemIsEnabled | qt.Qt.ItemIsSelectable)
                table.setItem(number, column, item)
        self._fitted.fit()
        tell(self._ui.compareMessage, sentence_of(self.agreement) if self.agreement else "")
        self._show_legend()

    def _show_legend(self) -> None:
        parts = [(PREDICTED, _("predicted")), (MANUAL, _("manual"))]
        if self.mode is Mode.AGREEMENT:
            parts = [(BOTH, _("both")), (PREDICTED, _("predicted only")), (MANUAL, _("manual only"))]
        text = " &nbsp; ".join('<span style="color:#{:02x}{:02x}{:02x}">■</span> {}'.format(
            *(round(255 * channel) for channel in color), name) for color, name in parts)
        self._ui.compareLegend.setText(text)
        self._ui.compareLegend.setVisible(self.node is not None)
