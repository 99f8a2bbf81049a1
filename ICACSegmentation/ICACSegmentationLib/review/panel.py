"""The part of the panel in which lesions are looked at and decided on, one after the other."""

from __future__ import annotations

from slicer.i18n import tr as _

from ICACSegmentationLib.common.message import show_errors, tell
from ICACSegmentationLib.common.shortcuts import Shortcuts
from ICACSegmentationLib.result.figures import FiguresTable
from ICACSegmentationLib.review.model import ReviewModel
from ICACSegmentationLib.review.reviewer import Reviewer
from ICACSegmentationLib.review.rows import Row, after, describe, row_of, select, status_text
from ICACSegmentationLib.review.table import LesionTable
from ICACSegmentationLib.review.totals import amounts_of, progress_text

#: What can be chosen in the filters, as in :class:`ICACSegmentationLib.review.rows.Row`.
STATUSES = ("", "unreviewed", "accepted", "rejected", "flagged", "suggested")
SIDES = ("", "right", "left")


class ReviewPanel:
    """Connects the widgets of ``Review.ui`` with the review.

    Parameters
    ----------
    ui
        The widgets of ``Review.ui``, and ``reviewSection`` around them.
    model : ReviewModel
    reviewer : Reviewer
    shortcuts : Shortcuts
    figures : FiguresTable
        Shows the totals beside what was predicted.

    """

    def __init__(self, ui, model: ReviewModel, reviewer: Reviewer, shortcuts: Shortcuts,
                 figures: FiguresTable) -> None:
        self._ui, self._model, self._figures = ui, model, figures
        self._table = LesionTable(ui.lesionTable)
        self._table.chosen.connect(self._model.select)
        self._fill_filters()
        self._connect(shortcuts)
        reviewer.bind(ui.reviewerEdit)
        reviewer.changed.connect(model.set_reviewer)
        model.set_reviewer(reviewer.name)
        model.opened.connect(self._limit_suggestions)
        for signal in (model.opened, model.changed):
            signal.connect(self.update)
        model.selected.connect(self._show_selected)
        tell(ui.reviewMessage)
        self.update()

    def _fill_filters(self) -> None:
        for status in STATUSES:
            self._ui.statusFilter.addItem(status_text(status).capitalize() if status else _("All lesions"))
        for text in (_("Both sides"), _("Right"), _("Left")):
            self._ui.sideFilter.addItem(text)

    def _connect(self, shortcuts: Shortcuts) -> None:
        ui = self._ui
        clicks = {"accept": (ui.acceptButton, lambda: self._decide("accepted")),
                  "reject": (ui.rejectButton, lambda: self._decide("rejected")),
                  "flag": (ui.flagButton, lambda: self._decide("flagged")),
                  "reopen": (ui.reopenButton, lambda: self._decide("unreviewed")),
                  "next": (ui.nextButton, self.next),
                  "undo": (ui.undoButton, lambda: self._step(self._model.undo)),
                  "redo": (ui.redoButton, lambda: self._step(self._model.redo))}
        for name, (button, function) in clicks.items():
            button.connect("clicked()", function)
            shortcuts.bind(name, function)
        for box in (ui.statusFilter, ui.sideFilter):
            box.connect("currentIndexChanged(int)", self.update)
        ui.suggestionsCheckBox.connect("toggled(bool)", self.update)
        ui.limitSpinBox.connect("valueChanged(double)", self.update)
        ui.commentEdit.connect("editingFinished()", self._comment)

    # What is shown

    def update(self, *_event) -> None:
        """Show the review as it is now."""
        with show_errors(self._ui.reviewMessage):
            self._table.fill(self._shown_rows(), self._model.key)
        session = self._model.session
        self._show_totals(session.totals if session else None)
        self._update_history(session)
        self._show_selected()

    def _show_totals(self, totals) -> None:
        for count in ("standing", "accepted"):
            self._figures.show(count, amounts_of(getattr(totals, count)) if totals else None)
        self._ui.reviewSection.text = progress_text(totals) if totals else _("Review")

    def _shown_rows(self) -> list[Row]:
        if self._model.session is None:
            return []
        rows = [row_of(self._model.session.lesion(key)) for key in self._model.session.order()]
        return select([*rows, *map(row_of, self._suggestions())],
                      STATUSES[self._ui.statusFilter.currentIndex], SIDES[self._ui.sideFilter.currentIndex])

    def _suggestions(self) -> list:
        """Return the suggestions, and mark them in the views."""
        wanted = self._ui.suggestionsCheckBox.checked
        found = self._model.session.suggestions(self._ui.limitSpinBox.value) if wanted else []
        self._model.review.overlay.show("suggested", [lesion.part for lesion in found])
        return found

    def _limit_suggestions(self) -> None:
        """Begin half way below the threshold of the result on screen."""
        if self._model.session is not None:
            threshold = self._model.session.threshold
            self._ui.limitSpinBox.setMaximum(threshold)
            self._ui.limitSpinBox.setValue(threshold / 2)

    def _update_history(self, session) -> None:
        for button, possible, text, tip in (
                (self._ui.undoButton, "can_undo", "undo_text", _("Undo (U): {action}")),
                (self._ui.redoButton, "can_redo", "redo_text", _("Redo (Shift+U): {action}"))):
            button.setEnabled(bool(session and getattr(session, possible)))
            button.setToolTip(tip.format(action=(session and getattr(session, text)) or _("nothing yet")))

    def _show_selected(self) -> None:
        ui, lesion = self._ui, self._model.lesion
        self._table.select(self._model.key)
        ui.lesionLabel.setText(describe(lesion) if lesion else
                               _("Select a lesion to see it in every view.") if self._model.session else
                               _("Choose a result of ICACSegmentation above to review its lesions."))
        ui.commentEdit.setText(lesion.comment if lesion else "")
        for widget in (ui.acceptButton, ui.rejectButton, ui.flagButton, ui.reopenButton, ui.commentEdit):
            widget.setEnabled(lesion is not None)
        ui.nextButton.setEnabled(self._model.session is not None)

    # What is done

    def next(self) -> None:
        """Select the next lesion of the table that is to be reviewed."""
        if self._model.session is None:
            return
        number = after(self._table.rows, self._model.key)
        if number is None:
            tell(self._ui.reviewMessage, _("No other lesion in this list is to be reviewed."))
        else:
            self._model.select(number)

    def _decide(self, status: str) -> None:
        if self._model.lesion is None:
            return
        number = after(self._table.rows, self._model.key)       # before the row leaves a filtered table
        with show_errors(self._ui.reviewMessage):
            self._model.decide(status)
            if status != "unreviewed" and number is not None:
                self._model.select(number)

    def _step(self, function) -> None:
        with show_errors(self._ui.reviewMessage):
            function()

    def _comment(self) -> None:
        lesion, text = self._model.lesion, self._ui.commentEdit.text.strip()
        if lesion is not None and text != lesion.comment:
            with show_errors(self._ui.reviewMessage):
                self._model.review.show(self._model.session.comment(lesion.key, text))
