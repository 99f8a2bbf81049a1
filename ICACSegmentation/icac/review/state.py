"""The lesions of a review, and the steps that led there: done, undone and done again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from icac.correct.block import Part
from icac.errors import InputError
from icac.geometry import Volume
from icac.review.edit import Drafts
from icac.review.history import Action, Change, History
from icac.review.lesion import Draft, ReviewedLesion
from icac.review.measuring import Measuring
from icac.review.status import Origin
from icac.review.totals import ReviewTotals


class ReviewState:
    """Lesions by key, and the history of their changes.

    Parameters
    ----------
    measuring : Measuring
        What lesions are measured on.
    predicted : mapping of int to Part
        The voxels of the predicted lesions by key.
    threshold : float
        Probability above which a voxel was predicted to be ICAC.
    reviewer : str
        Who is at work; may be set later.

    Attributes
    ----------
    predicted : mapping of int to ReviewedLesion
        The lesions of the prediction; never changes.
    threshold : float
    reviewer : str

    """

    def __init__(self, measuring: Measuring, predicted: Mapping[int, Part], threshold: float, reviewer: str) -> None:
        self._measuring = measuring
        self.threshold = threshold
        self.reviewer = reviewer
        self._history = History()
        self.predicted: Mapping[int, ReviewedLesion] = {
            key: measuring.measure(key, Draft(predicted[key], Origin.PREDICTED), ()) for key in sorted(predicted)}
        self._lesions = dict(self.predicted)
        self._suggested: dict[int, ReviewedLesion] = {}
        self._last_key = max(predicted, default=0)

    @property
    def ct(self) -> Volume:
        """The scan in HU."""
        return self._measuring.ct

    @property
    def totals(self) -> ReviewTotals:
        """The sums of the lesions as they are now."""
        return ReviewTotals.of(self.lesions)

    @property
    def lesions(self) -> list[ReviewedLesion]:
        """All lesions, by key; suggestions only once something was done to them."""
        return [self._lesions[key] for key in sorted(self._lesions)]

    def lesion(self, key: int) -> ReviewedLesion:
        """Return a lesion, or a suggestion that was made.

        Raises
        ------
        InputError
            There is none of this key.

        """
        found = self._lesions.get(key) or self._suggested.get(key)
        if found is None:
            raise InputError(f"There is no lesion {key} in this review (any more); select another one.")
        return found

    @property
    def history(self) -> tuple[Action, ...]:
        """Everything that was done and not undone, in order."""
        return tuple(self._history.done)

    @property
    def undone(self) -> tuple[Action, ...]:
        """What was undone and can be done again, the next to redo last."""
        return tuple(self._history.undone)

    @property
    def can_undo(self) -> bool:
        """True if there is something to undo."""
        return bool(self._history.done)

    @property
    def can_redo(self) -> bool:
        """True if there is something to redo."""
        return bool(self._history.undone)

    @property
    def undo_text(self) -> str:
        """What :meth:`undo` would take back, in English words; empty if nothing."""
        return self._history.done[-1].text if self.can_undo else ""

    @property
    def redo_text(self) -> str:
        """What :meth:`redo` would do again, in English words; empty if nothing."""
        return self._history.undone[-1].text if self.can_redo else ""

    def undo(self) -> Action | None:
        """Take the latest action back and return it; None if there is none."""
        if not self.can_undo:
            return None
        action = self._history.undo()
        self._set(action, forward=False)
        return action

    def redo(self) -> Action | None:
        """Do again what was undone last and return it; None if there is nothing."""
        if not self.can_redo:
            return None
        action = self._history.redo()
        self._set(action, forward=True)
        return action

    def do(self, kind: str, key: int | None, by: str, at: datetime, drafts: Drafts) -> Action:
        """Change lesions in one step.

        Parameters
        ----------
        kind : str
            As of :class:`icac.review.history.Action`, like the next three.
        key : int or None
        by : str
        at : datetime.datetime
        drafts : dict of int to (Draft or None)
            What the lesions become; None for one that vanishes. Only those whose voxels change are measured.

        """
        self._last_key = max(self._last_key, *drafts)
        later = {k: le.draft for k, le in self._lesions.items()} | drafts
        action = Action(kind, key, by, at, {k: self._change(k, draft, later) for k, draft in drafts.items()})
        self._history.push(action)
        self._set(action, forward=True)
        return action

    def _change(self, key: int, draft: Draft | None, later: Drafts) -> Change:
        before = self._lesions.get(key)
        if draft is None:
            return Change(before, None)
        if before is not None and draft.part is before.part:
            return Change(before, replace(before, draft=draft))
        others = [other for k, other in later.items() if k != key and other is not None]
        return Change(before, self._measuring.measure(key, draft, others))

    def _set(self, action: Action, forward: bool) -> None:
        for key, change in action.changes.items():
            state = change.after if forward else change.before
            if state is None:
                self._lesions.pop(key, None)
            else:
                self._lesions[key] = state

    def _new_keys(self) -> Iterator[int]:
        """Go on counting from the last key; no key is ever given twice."""
        while True:
            self._last_key += 1
            yield self._last_key
