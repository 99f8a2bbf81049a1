"""The part of the panel that goes through many cases: open a list, next, previous, status, comment, time."""

from __future__ import annotations

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.message import show_errors, tell
from ICACSegmentationLib.review.model import ReviewModel
from ICACSegmentationLib.review.reviewer import Reviewer
from ICACSegmentationLib.worklist.activity import Activity
from ICACSegmentationLib.worklist.fields_panel import FieldsPanel
from ICACSegmentationLib.worklist.open_worklist import OpenWorklist
from ICACSegmentationLib.worklist.readers_panel import ReadersPanel

#: Statuses of ``icac.worklist.CaseStatus`` in the order of the box.
STATUSES = ("new", "started", "done", "flagged", "excluded")


class WorklistPanel:
    """Connects the widgets of ``Worklist.ui`` with a worklist.

    Parameters
    ----------
    ui
        The widgets of ``Worklist.ui``.
    opened : OpenWorklist
    reviewer : Reviewer
    model : ReviewModel

    """

    def __init__(self, ui, opened: OpenWorklist, reviewer: Reviewer, model: ReviewModel) -> None:
        self._ui, self._opened, self._reviewer = ui, opened, reviewer
        self._activity = Activity(self._on_second)
        reviewer.bind(ui.annotatorEdit)
        reviewer.changed.connect(self._on_reviewer)
        for status in STATUSES:
            ui.caseStatusBox.addItem(_status_text(status))
        self._connect()
        self._fields = FieldsPanel(ui, opened)
        self._readers = ReadersPanel(ui, opened, model, self._reopen)
        opened.changed.connect(self.update)
        tell(ui.worklistMessage)
        self.update()

    def _connect(self) -> None:
        ui = self._ui
        ui.openFolderButton.connect("clicked()", self._ask_folder)
        ui.openTableButton.connect("clicked()", self._ask_table)
        ui.closeButton.connect("clicked()", self._showing_errors(self._opened.close))
        ui.previousButton.connect("clicked()", lambda: self._go("previous"))
        ui.nextCaseButton.connect("clicked()", lambda: self._go("next"))
        ui.unfinishedButton.connect("clicked()", lambda: self._go("next_unfinished"))
        ui.caseBox.connect("activated(int)", self._go_to)
        ui.doneButton.connect("clicked()", self._showing_errors(self._opened.finish))
        ui.caseStatusBox.connect("activated(int)", self._set_status)
        ui.caseCommentEdit.connect("editingFinished()", self._set_comment)
        ui.manifestButton.connect("clicked()", self._ask_manifest)

    def _showing_errors(self, function):
        """Return a function that shows errors of icac in the panel."""
        def run():
            with show_errors(self._ui.worklistMessage):
                function()
        return run

    # Opening

    def _ask_folder(self) -> None:
        folder = qt.QFileDialog.getExistingDirectory(self._ui.Worklist, _("Folder of cases"))
        if folder:
            self.open(Path(folder))

    def _ask_table(self) -> None:
        table = qt.QFileDialog.getOpenFileName(self._ui.Worklist, _("Table of cases"), "", "CSV (*.csv)")
        if table:
            self.open(Path(table))

    def open(self, source: Path) -> None:
        """Open a folder or a table of cases; whoever has something unsaved in the scene is asked first."""
        if not _may_close_scene():
            return
        self._open(source, False)

    def _reopen(self, adjudicate: bool) -> None:
        """Open the same list as another reader, or for the third reading; if that cannot be, as it was."""
        source, before = self._opened.source, self._opened.worklist
        if before is None or self._open(source, adjudicate):
            return
        reason = self._ui.worklistMessage.text
        self._open(source, before.is_adjudication)
        tell(self._ui.worklistMessage, reason)

    def _open(self, source: Path, adjudicate: bool) -> bool:
        """Open a list; tell whether it is open."""
        from icac.worklist import LockedError

        with show_errors(self._ui.worklistMessage):
            try:
                self._opened.open(source, self._reviewer.name, adjudicate=adjudicate)
            except LockedError as error:
                if not slicer.util.confirmOkCancelDisplay(_("{error} Take it over?").format(error=error)):
                    raise
                self._opened.open(source, self._reviewer.name, take_over=True, adjudicate=adjudicate)
            if self._opened.worklist.notes:
                tell(self._ui.worklistMessage, "\n".join(self._opened.worklist.notes))
        return self._opened.worklist is not None

    # Going through the list

    def _go(self, step: str) -> None:
        with show_errors(self._ui.worklistMessage):
            before = self._opened.worklist.current
            self._opened.go(getattr(self._opened.worklist, step))
            if self._opened.worklist.current is before:
                tell(self._ui.worklistMessage, _("There is no other case in this direction."))

    def _go_to(self, index: int) -> None:
        worklist = self._opened.worklist
        with show_errors(self._ui.worklistMessage):
            self._opened.go(lambda: worklist.go(worklist.cases[index].name))

    def _set_status(self, index: int) -> None:
        from icac.worklist import CaseStatus

        with show_errors(self._ui.worklistMessage):
            status = CaseStatus(STATUSES[index])
            if status is CaseStatus.DONE:
                self._opened.save_mask()
            self._opened.worklist.set_status(status)
        self._opened.changed.emit()

    def _set_comment(self) -> None:
        if self._opened.worklist is not None:
            with show_errors(self._ui.worklistMessage):
                self._opened.worklist.set_comment(self._ui.caseCommentEdit.text.strip())

    def _on_reviewer(self, name: str) -> None:
        """Show the records of who is at work now: each reader has his own."""
        worklist = self._opened.worklist
        if worklist is not None and name and (worklist.is_adjudication
                                              or name.casefold() != worklist.annotator.casefold()):
            self._reopen(worklist.is_adjudication)

    def _ask_manifest(self) -> None:
        path = qt.QFileDialog.getSaveFileName(self._ui.Worklist, _("Training manifest"), "manifest.csv",
                                              "CSV (*.csv)")
        if path:
            self.export_manifest(Path(path))

    def export_manifest(self, path: Path) -> None:
        """Write the cases that are done as a manifest for ``icac train``."""
        from icac.worklist import export_manifest

        with show_errors(self._ui.worklistMessage):
            exported = export_manifest(self._opened.worklist, path)
            left_out = [f"{name}: {why}" for name, why in exported.left_out.items()]
            tell(self._ui.worklistMessage, "\n".join(
                [_("{count} cases written to {path}.").format(count=len(exported.cases), path=exported.path),
                 *([_("Left out: {cases}.").format(cases="; ".join(left_out))] if left_out else [])]))

    # What is shown

    def update(self) -> None:
        """Show the list and the open case as they are now."""
        ui, worklist = self._ui, self._opened.worklist
        for widget in (ui.closeButton, ui.manifestButton, ui.blindedButton):
            widget.setEnabled(worklist is not None)
        for widget in (ui.caseBox, ui.previousButton, ui.nextCaseButton, ui.unfinishedButton, ui.caseStatusBox,
                       ui.doneButton, ui.caseCommentEdit):
            widget.setEnabled(worklist is not None and not ui.blindedButton.checked)
        self._activity.watch(worklist)
        ui.caseBox.clear()
        if worklist is None:
            ui.progressLabel.setText(_("Open a folder or a table of cases."))
            ui.timeLabel.setText("")
            return
        ui.caseBox.addItems([f"{n}  {case.name}  ({_status_text(worklist.state(case.name).status.value)})"
                             for n, case in enumerate(worklist.cases, start=1)])
        ui.caseBox.setCurrentIndex(worklist.position)
        counts = {status.value: count for status, count in worklist.counts().items()}
        text = _("Case {number} of {all}; {done} done, {flagged} flagged, {excluded} excluded.")
        ui.progressLabel.setText(text.format(number=worklist.position + 1, all=len(worklist.cases), **counts))
        ui.caseStatusBox.setCurrentIndex(STATUSES.index(worklist.state().status.value))
        ui.caseCommentEdit.setText(worklist.state().comment)
        self._show_time()

    def _on_second(self) -> None:
        with show_errors(self._ui.worklistMessage, clear=False):
            self._opened.worklist.active()
        self._show_time()

    def _show_time(self) -> None:
        minutes, seconds = divmod(round(self._opened.worklist.state().total_seconds), 60)
        self._ui.timeLabel.setText(f"{minutes}:{seconds:02d} min")

    def stop(self) -> None:
        """Count no time while the user is elsewhere."""
        self._activity.watch(None)
        if self._opened.worklist is not None:
            with show_errors(self._ui.worklistMessage, clear=False):
                self._opened.worklist.pause()


def _status_text(status: str) -> str:
    return {"new": _("new"), "started": _("started"), "done": _("done"), "flagged": _("flagged"),
            "excluded": _("excluded")}[status]


def _may_close_scene() -> bool:
    """Ask before the scene of the user gives way to the cases, unless there is nothing to lose."""
    nodes = [node for name in ("vtkMRMLVolumeNode", "vtkMRMLSegmentationNode", "vtkMRMLMarkupsNode")
             for node in slicer.util.getNodesByClass(name) if not node.GetHideFromEditors()]
    return not any(node.GetModifiedSinceRead() for node in nodes) or slicer.util.confirmOkCancelDisplay(
        _("The cases of the list take the place of what is in the scene now, which is not saved. Go on?"))
