"""The part of the panel that compares two scans of one person."""

from __future__ import annotations

from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.change.job import ChangeJob, Chosen, read_change
from ICACSegmentationLib.change.view import ChangeView
from ICACSegmentationLib.common.message import show_errors, tell
from ICACSegmentationLib.common.tables import FittedTable
from ICACSegmentationLib.common.ticker import Ticker
from ICACSegmentationLib.run.runner import ChildRun, Report
from ICACSegmentationLib.run.stages import stage_text
from ICACSegmentationLib.scene.jump import jump_to
from ICACSegmentationLib.scene.layouts import CHANGE_LAYOUT, Layouts
from ICACSegmentationLib.scene.nodes import ct_of, is_image


class ChangePanel:
    """Connects the widgets of the section "Compare two scans of one person".

    Parameters
    ----------
    ui
        The widgets ``changeFirstVolumeSelector``, ``changeFirstResultSelector``, both of the second scan,
        ``changeButton``, ``changeViewButton``, ``changeBar``, ``changeMessage``, ``changeTable`` in
        ``changeTableBox``.
    layouts : Layouts

    Attributes
    ----------
    job : ChangeJob
    record : dict or None
        What the program found.

    """

    def __init__(self, ui, layouts: Layouts) -> None:
        self._ui, self._view = ui, ChangeView(layouts)
        self.job, self.record = ChangeJob(ChildRun()), None
        self._ticker = Ticker(self.job.poll)
        self._volumes: dict[str, Any] = {}
        self._is_here = False
        self._selectors = [(getattr(ui, f"change{which}VolumeSelector"), getattr(ui, f"change{which}ResultSelector"))
                           for which in ("First", "Second")]
        for volume, result in self._selectors:
            volume.connect("currentNodeChanged(vtkMRMLNode*)", self.update)
            result.connect("currentNodeChanged(vtkMRMLNode*)",
                           lambda node, volume=volume: self._on_result(node, volume))
        ui.changeButton.connect("clicked(bool)", self._on_button)
        ui.changeViewButton.connect("toggled(bool)", self._on_view)
        ui.changeTable.connect("itemSelectionChanged()", self._on_selected)
        ui.changeTable.setColumnCount(len(_header()))
        ui.changeTable.setHorizontalHeaderLabels(_header())
        ui.changeTable.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        ui.changeTable.setSelectionMode(qt.QAbstractItemView.SingleSelection)
        self._fitted = FittedTable(ui.changeTable)
        ui.changeTableBox.setVisible(False)
        self.job.progressed.connect(self._on_progressed)
        self.job.finished.connect(self._on_finished)
        self.job.failed.connect(lambda message: tell(ui.changeMessage, message, error=True))
        self.job.ended.connect(self._on_ended)
        layouts.switched.connect(lambda number: number == CHANGE_LAYOUT or ui.changeViewButton.setChecked(False))
        ui.changeBar.setVisible(False)
        tell(ui.changeMessage)
        self.update()

    @property
    def _chosen(self) -> list[Chosen]:
        return [Chosen(volume.currentNode(), result.currentNode()) for volume, result in self._selectors]

    def update(self, *_event) -> None:
        """Enable and label the buttons as the choices and the run demand."""
        button, chosen = self._ui.changeButton, self._chosen
        button.text = _("Cancel") if self.job.is_running else _("Compare scans")
        button.enabled = self.job.is_running or (all(is_image(one.volume) for one in chosen)
                                                 and chosen[0].volume is not chosen[1].volume)
        self._ui.changeViewButton.setEnabled(self.record is not None)

    def enter(self) -> None:
        """Show what a run finds as soon as it ends: the user is here."""
        self._is_here = True

    def leave(self) -> None:
        """Bring the user's views back."""
        self._is_here = False
        self._ui.changeViewButton.setChecked(False)

    def close(self) -> None:
        """End a run and forget what was found, as the scene or the panel goes."""
        self.job.cancel()
        self.leave()
        self._view.clear()
        self.record = None
        self._ui.changeTable.setRowCount(0)
        self._ui.changeTableBox.setVisible(False)
        tell(self._ui.changeMessage)
        self.update()

    def _on_result(self, node, selector) -> None:
        """Choose the CT of a result with it."""
        if ct_of(node) is not None:
            selector.setCurrentNode(ct_of(node))
        self.update()

    def _on_button(self) -> None:
        if self.job.is_running:
            self.job.cancel()
            return
        with show_errors(self._ui.changeMessage):
            chosen = self._chosen
            self._volumes = dict(zip("AB", (one.volume.GetID() for one in chosen), strict=True))
            self.job.start(*chosen)
            self._ticker.start()
            self._ui.changeBar.setVisible(True)
        self.update()

    def _on_progressed(self, report: Report) -> None:
        self._ui.changeBar.setValue(round(100 * report.fraction))
        tell(self._ui.changeMessage, stage_text(report))

    def _on_ended(self) -> None:
        self._ticker.stop()
        self._ui.changeBar.setVisible(False)
        self.update()

    def _on_finished(self, folder) -> None:
        record = read_change(folder)
        volumes = [slicer.mrmlScene.GetNodeByID(self._volumes[record[which]["name"]]) for which in ("first", "second")]
        if None in volumes:
            tell(self._ui.changeMessage, _("A CT was removed from the scene."), error=True)
            return
        self._view.load(folder, record, *volumes)
        self.record = record
        self._show_rows()
        tell(self._ui.changeMessage, _sentence(record, *volumes))
        self.update()
        if self._is_here:
            self._ui.changeViewButton.setChecked(True)

    def _show_rows(self) -> None:
        rows = [_row(self.record["totals"][0], _("All"), ""), *(
            _row(row, f"{_('Right') if row['side'] == 'right' else _('Left')} {row['segment']}", _short(row))
            for row in self.record["lesions"])]
        table = self._ui.changeTable
        table.blockSignals(True)
        table.setRowCount(len(rows))
        for place, values in enumerate(rows):
            for column, text in enumerate(values):
                table.setItem(place, column, qt.QTableWidgetItem(text))
        for place, row in enumerate(self.record["lesions"], start=1):
            _paint(table.item(place, 1), row)
        table.clearSelection()
        table.blockSignals(False)
        self._ui.changeTableBox.setVisible(True)
        self._fitted.fit()

    def _on_view(self, on: bool) -> None:
        if not on:
            self._view.close()
        elif not self._view.open(self._place(max(self._ui.changeTable.currentRow(), 1))):
            self._ui.changeViewButton.setChecked(False)

    def _on_selected(self) -> None:
        row = self._ui.changeTable.currentRow()
        if self.record and row > 0:
            if not self._ui.changeViewButton.checked:
                self._ui.changeViewButton.setChecked(True)
            jump_to(self._place(row))

    def _place(self, row: int) -> tuple[float, ...]:
        """Return where a row of the table lies in the first scan, RAS mm; of none, the middle of the first lesion."""
        lesions = self.record["lesions"] if self.record else []
        if not lesions:
            return 0.0, 0.0, 0.0
        chosen = lesions[min(row, len(lesions)) - 1]
        return tuple(chosen[f"before_{axis}_mm"] for axis in ("right", "anterior", "superior"))


def _header() -> list[str]:
    return [_("Lesion"), _("State"), _("Before"), _("After"), _("Change"), _("Noise")]


def _short(row: dict[str, Any]) -> str:
    """Return the state of a lesion for a narrow column: ? where it may be noise, an arrow for the trend of several."""
    from icac.change.result import State

    if row["state"] in (State.MERGED.value, State.SPLIT.value):
        return row["state"] + {State.GROWN.value: " ↑", State.SHRUNK.value: " ↓"}.get(row["trend"], "")
    return f"{row['state']}?" if _words(row) != row["state"] else row["state"]


def _words(row: dict[str, Any]) -> str:
    from icac.change.result import State, state_words

    return state_words(State(row["state"]), bool(row["beyond_noise"]), State(row["trend"] or row["state"]))


def _paint(item, row: dict[str, Any]) -> None:
    """Give the cell of a state the colour of its outlines in the views, and its whole words as a hint."""
    from icac.change.colors import STATE_COLORS
    from icac.change.result import State

    item.setBackground(qt.QBrush(qt.QColor(*STATE_COLORS[State(row["state"])])))
    item.setForeground(qt.QBrush(qt.QColor(0, 0, 0)))
    item.setToolTip(_words(row))


def _row(values: dict[str, Any], name: str, state: str) -> tuple[str, ...]:
    """Return the cells of a row; no change stands beside what one of the scans does not show."""
    measured = name, state, f"{values['before_mm3']:.1f}", f"{values['after_mm3']:.1f}"
    if values["change_mm3"] is None:
        return *measured, "", ""
    return (*measured, f"{values['change_mm3']:+.1f}",
            f"{values['noise_low_mm3']:+.1f} … {values['noise_high_mm3']:+.1f}")


def _sentence(record: dict[str, Any], first, second) -> str:
    """Return what became of all ICAC, and the notes, in a few sentences."""
    total = record["totals"][0]
    became = _("From {first} to {second}: {change:+.1f} mm³, {verdict}.").format(
        first=first.GetName(), second=second.GetName(), change=total["change_mm3"],
        verdict=_("beyond noise") if total["beyond_noise"] else _("which noise explains"))
    return " ".join([became, *record["notes"]])
