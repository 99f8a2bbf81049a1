"""The part of the panel for several readers: reading blind, seeing the model afterwards, and the third reading."""

from __future__ import annotations

from collections.abc import Callable

import slicer
from slicer.i18n import tr as _

from ICACSegmentationLib.common.message import show_errors
from ICACSegmentationLib.review.model import ReviewModel
from ICACSegmentationLib.worklist.open_worklist import OpenWorklist


class ReadersPanel:
    """Connects the widgets of the group ``readersBox``.

    Parameters
    ----------
    ui
        The widgets of ``Worklist.ui``.
    opened : OpenWorklist
    model : ReviewModel
        Knows the selected lesion.
    reopen : callable
        Opens the list again, as the third reading (True) or as that of this reader (False).

    """

    def __init__(self, ui, opened: OpenWorklist, model: ReviewModel, reopen: Callable[[bool], None]) -> None:
        self._ui, self._opened, self._model, self._reopen = ui, opened, model, reopen
        ui.blindModelBox.connect("clicked(bool)", self._set_blind)
        ui.revealButton.connect("clicked()", self._reveal)
        ui.adjudicateButton.connect("clicked(bool)", self._adjudicate)
        ui.takeButton.connect("clicked()", self._take)
        opened.changed.connect(self.update)
        for signal in (model.opened, model.selected):
            signal.connect(self._update_take)
        self.update()

    def update(self) -> None:
        """Show how the open case is read."""
        ui, worklist = self._ui, self._opened.worklist
        on = worklist is not None and not ui.blindedButton.checked
        ui.blindModelBox.setEnabled(on and not worklist.is_adjudication)
        ui.blindModelBox.setChecked(bool(worklist and worklist.design.blind_to_model))
        ui.revealButton.setEnabled(bool(on and worklist.is_blind() and worklist.state().status.value == "done"))
        ui.adjudicateButton.setEnabled(on)
        ui.adjudicateButton.setChecked(bool(worklist and worklist.is_adjudication))
        ui.readersLabel.setText(how_read(worklist) if worklist else _("Each reader has a mask of his own."))
        self._fill_readers()

    def _fill_readers(self) -> None:
        """Offer the readers whose outlines can be taken; damage is told where the case is opened."""
        ui, worklist = self._ui, self._opened.worklist
        ui.takeBox.clear()
        if worklist is not None and worklist.is_adjudication:
            with show_errors(ui.worklistMessage, clear=False):
                ui.takeBox.addItems([one.reader for one in worklist.readings()])
        self._update_take()

    def _update_take(self) -> None:
        can_take = self._ui.takeBox.count > 0 and self._model.lesion is not None
        self._ui.takeBox.setEnabled(self._ui.takeBox.count > 0)
        self._ui.takeButton.setEnabled(can_take)

    def _set_blind(self, wanted: bool) -> None:
        with show_errors(self._ui.worklistMessage):
            self._opened.set_blind(wanted)
        self.update()

    def _reveal(self) -> None:
        if slicer.util.confirmOkCancelDisplay(
                _("From now on your mask, lesions and fields of this case stay as they are. Show the model's result?")):
            with show_errors(self._ui.worklistMessage):
                self._opened.reveal()

    def _adjudicate(self, wanted: bool) -> None:
        self._reopen(wanted)
        self.update()

    def _take(self) -> None:
        with show_errors(self._ui.worklistMessage):
            self._opened.take(self._ui.takeBox.currentText)


def how_read(worklist) -> str:
    """Return in words what the reader sees of the open case, and what he can still do."""
    if worklist.is_adjudication:
        return _("Third reading: grey is what all readers marked, each colour what only one did. It is kept apart from "
                 "theirs.")
    if worklist.is_blind():
        return _("You read this case blind: neither the model's result nor regions of others are loaded.")
    if worklist.is_frozen():
        return _("You saw what the model or others made of this case; your reading stays as it was.")
    return _("Your mask, fields and times are your own; other readers do not see them.")
