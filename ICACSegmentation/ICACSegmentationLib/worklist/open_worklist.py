"""Working through a worklist: cases come into the scene, and all that is done with them goes to the disk at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import slicer

from ICACSegmentationLib.common.signals import Signal
from ICACSegmentationLib.review.model import ReviewModel
from ICACSegmentationLib.worklist.case import CaseNodes, load_case
from ICACSegmentationLib.worklist.reading import readings_of, take_reading


class OpenWorklist:
    """An open worklist, or none.

    Parameters
    ----------
    model : ReviewModel
        The review on screen, which is saved at every change.
    choose : callable
        Makes the panel show the nodes of a case.

    Attributes
    ----------
    changed : Signal
        No arguments; another list or case is open, or its state has changed.
    worklist : icac.worklist.Worklist or None
    source : Path or None
        Folder or table of the cases.

    """

    def __init__(self, model: ReviewModel, choose: Callable[[CaseNodes], None]) -> None:
        self.changed = Signal()
        self.worklist, self.source = None, None
        self._model, self._choose = model, choose
        self._shown = ""        # name of the case that is in the scene
        model.changed.connect(self._on_review_changed)
        model.selected.connect(self._on_selected)

    def open(self, source: Path, annotator: str, take_over: bool = False, adjudicate: bool = False) -> None:
        """Open a folder or table of cases, where this reader left it, or the third reading of what was read.

        Raises
        ------
        icac.errors.IcacError
            It cannot be opened; ``icac.worklist.LockedError`` if somebody else has it open.

        """
        from icac.worklist import open_worklist

        self.close()
        self.worklist = open_worklist(source, annotator, take_over=take_over, adjudicate=adjudicate)
        self.source = source
        self.show_current()

    def close(self) -> None:
        """Save and close the list; the case stays in the scene."""
        if self.worklist is None:
            return
        self._leave()
        worklist, self.worklist, self._shown = self.worklist, None, ""
        worklist.close()
        self.changed.emit()

    def go(self, step: Callable) -> None:
        """Open another case; ``step`` is a method of the worklist that returns it, or None if there is none."""
        self._leave()
        if step() is not None:
            self.show_current()

    def show_current(self) -> None:
        """Load the open case instead of what is in the scene, at the lesion where it was left, else at the siphons."""
        self._shown = ""
        slicer.mrmlScene.Clear(0)
        try:
            with slicer.util.WaitCursor():
                self._choose(load_case(self.worklist))
            self._shown = self.worklist.current.name
            self._select_last_lesion()
        finally:
            self.changed.emit()

    def _select_last_lesion(self) -> None:
        lesion = self.worklist.state().lesion
        keys = [reviewed.key for reviewed in self._model.session.lesions] if self._model.session else []
        if lesion and lesion.isdigit() and int(lesion) in keys:
            self._model.select(int(lesion))
        else:
            self._model.show_siphons()

    def finish(self) -> None:
        """Mark the open case as done, with its mask as it is now, and open the next one that is not."""
        from icac.worklist import CaseStatus

        self.save_mask()
        self.worklist.set_status(CaseStatus.DONE)
        self.changed.emit()
        self.go(self.worklist.next_unfinished)

    def save_mask(self) -> None:
        """Keep the mask of the case on screen as corrected."""
        if self._is_on_screen:
            session = self._model.session
            self.worklist.save_mask(session.ct.like(session.mask))

    def set_blind(self, wanted: bool) -> None:
        """Read the cases of the list without the model's result in sight, or with it; the open one at once."""
        self._leave()
        self.worklist.set_design(blind_to_model=wanted)
        self.show_current()

    def reveal(self) -> None:
        """Show what the model made of the open case, which was read blind, beside what the reader made of it."""
        self.save_mask()
        self.worklist.reveal()
        self.show_current()

    def take(self, reader: str) -> None:
        """Give the selected lesion the outline that one of the readers drew there."""
        session, key = self._model.session, self._model.key
        if not self._is_on_screen or key is None:
            return
        patch = take_reading(session, key, readings_of(self.worklist, session.ct.frame)[reader])
        if patch is not None:
            self._model.review.show(session.apply(patch, "take", key))

    @property
    def _is_on_screen(self) -> bool:
        """Whether what is done in the review belongs to the open case, and may still change."""
        return bool(self.worklist and self._model.session and self._shown == self.worklist.current.name
                    and not self.worklist.is_frozen())

    def case_folder(self) -> Path | None:
        """Return the folder of the case on screen, where its mask is kept; None if no case is."""
        return self.worklist.case_folder() if self._is_on_screen else None

    def _leave(self) -> None:
        """Keep the mask of a case on which something was done."""
        if self._is_on_screen and self._model.session.can_undo:
            self.save_mask()

    def leave_scene(self) -> None:
        """Save before the scene closes; what follows in it is not the open case."""
        self._leave()
        self._shown = ""

    def _on_review_changed(self) -> None:
        if self._is_on_screen:
            self.worklist.save_review(self._model.review.record)
            self.worklist.active()

    def _on_selected(self) -> None:
        if self._is_on_screen and self._model.key is not None:
            self.worklist.set_lesion(str(self._model.key))
            self.worklist.active()
