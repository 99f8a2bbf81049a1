"""What reviewers did, in order; every action is one step of undo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from icac.geometry.box import Box, span
from icac.review.lesion import ReviewedLesion

#: Words for the kinds of action that come with the library; ``{key}`` is the number of the lesion.
TEXTS = {
    "accepted": "Accept lesion {key}",
    "rejected": "Reject lesion {key}",
    "flagged": "Flag lesion {key}",
    "unreviewed": "Reopen lesion {key}",
    "comment": "Comment on lesion {key}",
    "split": "Split lesion {key}",
    "trim": "Trim bone from lesion {key}",
    "remove": "Remove lesion {key}",
    "add": "Add missed calcium",
    "brush": "Edit by brush",
    "take": "Take a reader's outline of lesion {key}",
}


@dataclass(frozen=True, eq=False)
class Change:
    """One lesion before and after an action; None where it does not exist."""

    before: ReviewedLesion | None
    after: ReviewedLesion | None


@dataclass(frozen=True, eq=False)
class Action:
    """One thing a reviewer did.

    Attributes
    ----------
    kind : str
        A status, ``comment``, ``split``, or what was given to :meth:`icac.review.ReviewSession.apply`.
    key : int or None
        The lesion it was done to; None if to none in particular.
    by : str
        Name of the reviewer.
    at : datetime.datetime
        In UTC.
    changes : mapping of int to Change
        Key of every lesion that changed, with it before and after.

    """

    kind: str
    key: int | None
    by: str
    at: datetime
    changes: Mapping[int, Change]

    @property
    def text(self) -> str:
        """The action in English words, e.g. ``Reject lesion 3``."""
        return TEXTS.get(self.kind, self.kind.capitalize()).format(key=self.key)

    @property
    def box(self) -> Box | None:
        """The block of the scan (slices for z, y, x) whose segmentation changed, or None if none did."""
        boxes = []
        for change in self.changes.values():
            states = [le for le in (change.before, change.after) if le is not None and le.stands]
            if len(states) == 2 and states[0].part is states[1].part:
                continue
            boxes += [le.part.box for le in states]
        return span(boxes) if boxes else None


@dataclass
class History:
    """Actions that are done, the latest last, and those that were undone, the next to redo last."""

    done: list[Action] = field(default_factory=list)
    undone: list[Action] = field(default_factory=list)

    def push(self, action: Action) -> None:
        """Add an action; what was undone cannot be redone any more."""
        self.done.append(action)
        self.undone.clear()

    def undo(self) -> Action:
        """Take the latest action back and return it; there must be one."""
        self.undone.append(self.done.pop())
        return self.undone[-1]

    def redo(self) -> Action:
        """Do again what was undone last and return it; there must be something."""
        self.done.append(self.undone.pop())
        return self.done[-1]
