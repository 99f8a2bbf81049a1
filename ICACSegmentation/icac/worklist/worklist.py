"""A list of cases that annotators work through; everything is on the disk as soon as it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from icac.errors import InputError
from icac.files.revisions import Loaded
from icac.geometry import Volume
from icac.worklist.blinded.comparison import BlindedComparison
from icac.worklist.case import CaseState, CaseStatus, Change, FoundCases, WorklistCase
from icac.worklist.clock import ActivityClock
from icac.worklist.folder import WorklistFolder, safe_name
from icac.worklist.lock import Lock

#: Counted time is written at the latest when it is this much more than what is on the disk.
SAVE_TIME_EVERY_S = 10.0


class Worklist:
    """Cases, what was done with each, and which one is open.

    Use :func:`icac.worklist.open_worklist` to make one, and close it (or use it in a ``with`` statement).

    Parameters
    ----------
    found : FoundCases
    folder : WorklistFolder
    lock : Lock
    annotator : str
    clock : ActivityClock, optional

    """

    def __init__(self, found: FoundCases, folder: WorklistFolder, lock: Lock, annotator: str,
                 clock: ActivityClock | None = None) -> None:
        self._annotator = annotator
        self._cases = {case.name: case for case in found.cases}
        self._names = list(self._cases)
        self._folder = folder
        self._lock = lock
        self._clock = clock or ActivityClock()
        current, self._states, notes = folder.load(self._names)
        self._notes = (*notes, *found.notes)
        self._current = current if current in self._cases else self._first_unfinished()

    # What there is

    @property
    def annotator(self) -> str:
        """Who is working; time and changes are theirs. Raises InputError when set to nothing."""
        return self._annotator

    @annotator.setter
    def annotator(self, name: str) -> None:
        name = checked_name(name)
        if name != self._annotator:
            self._save_time()
            self._lock.rename(name)
            self._annotator = name

    @property
    def cases(self) -> tuple[WorklistCase, ...]:
        """All cases, in their order."""
        return tuple(self._cases.values())

    @property
    def folder(self) -> Path:
        """Where everything is kept."""
        return self._folder.path

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that users should see once: files that were restored, cases that are gone."""
        return self._notes

    @property
    def current(self) -> WorklistCase:
        """The open case."""
        return self._cases[self._current]

    @property
    def position(self) -> int:
        """Index of the open case."""
        return self._names.index(self._current)

    def case(self, name: str) -> WorklistCase:
        """Return a case by name; raises InputError if there is none."""
        if name not in self._cases:
            raise InputError(f"The worklist has no case '{name}'; open it again if its files changed.")
        return self._cases[name]

    def state(self, name: str | None = None) -> CaseState:
        """Return what was done with a case (the open one if no name is given)."""
        return self._states.get(self.case(name or self._current).name, CaseState())

    def counts(self) -> dict[CaseStatus, int]:
        """Return how many cases have each status."""
        count = Counter(self.state(name).status for name in self._names)
        return {status: count[status] for status in CaseStatus}

    # Which case is open

    def go(self, name: str) -> WorklistCase:
        """Open a case."""
        case = self.case(name)
        self._save_time()
        self._lock.check()
        self._current = case.name
        self._folder.save_current(case.name)
        self._clock.touch()
        return case

    def next(self) -> WorklistCase | None:
        """Open the next case; None at the end."""
        return self._step(range(self.position + 1, len(self._names)))

    def previous(self) -> WorklistCase | None:
        """Open the case before; None at the beginning."""
        return self._step(range(self.position - 1, -1, -1))

    def next_unfinished(self) -> WorklistCase | None:
        """Open the next case that is neither done nor excluded, from the beginning again after the last one.

        None if there is no other.
        """
        order = [*range(self.position + 1, len(self._names)), *range(self.position)]
        return self._step([index for index in order if not self.state(self._names[index]).status.is_finished])

    # What is done with the open case

    def set_status(self, status: CaseStatus) -> None:
        """Give the open case a status."""
        self._change("status", CaseStatus(status).value, status=CaseStatus(status))

    def set_comment(self, text: str) -> None:
        """Replace the comment on the open case."""
        self._change("comment", text, comment=text)

    def set_lesion(self, key: str | None) -> None:
        """Remember the selected lesion of the open case, to go on there; a new case is started by it."""
        state = self.state()
        if key != state.lesion:
            status = CaseStatus.STARTED if state.status is CaseStatus.NEW else state.status
            self._save(lesion=key, status=status, annotator=self.annotator)

    def save_mask(self, mask: Volume) -> Path:
        """Keep the corrected mask of the open case; voxels above 0 are ICAC. Returns the file.

        The one before it stays until the next save, so that no crash can leave the case without a mask.
        """
        self._lock.check()
        path = self._folder.write_mask(self._current, mask, self.state().mask)
        self._change("mask", path.name, mask=path.name)
        return path

    def save_review(self, record: dict[str, Any]) -> None:
        """Keep the review of the lesions of the open case, as JSON-ready values (``ReviewSession.record()``)."""
        self._lock.check()
        self._folder.review_file(self._current).save(record)

    def review(self, name: str | None = None) -> Loaded | None:
        """Return the review of a case that was saved last and is whole; None if there is none.

        Raises
        ------
        InputError
            The file and the copy beside it are damaged.

        """
        return self._folder.review_file(self.case(name or self._current).name).load()

    def mask_path(self, name: str | None = None) -> Path | None:
        """Return the corrected mask of a case, None if there is none."""
        mask = self.state(name).mask
        return self.case_folder(name) / mask if mask else None

    def case_folder(self, name: str | None = None) -> Path:
        """Return the folder in which a case keeps its mask and its review; it may not exist yet."""
        return self._folder.case_folder(self.case(name or self._current).name)

    def blinded(self, seed: str | None = None) -> BlindedComparison:
        """Return this annotator's blinded comparison of the cases with region and result that are not excluded."""
        names = [case.name for case in self.cases
                 if case.roi and case.result and self.state(case.name).status is not CaseStatus.EXCLUDED]
        return BlindedComparison(self.folder / f"blinded-{safe_name(self.annotator)}.json", names, self.annotator, seed)

    # Time

    def active(self) -> None:
        """Take note of a sign of life of the annotator: a key, a click, a scroll."""
        self._clock.touch()
        if self._clock.seconds >= SAVE_TIME_EVERY_S:
            self._save_time()

    def pause(self) -> None:
        """Stop counting time until the next sign of life."""
        self._clock.pause()
        self._save_time()

    def close(self) -> None:
        """Save the time and let others open the worklist; it must not be used afterwards."""
        self._clock.pause()
        try:
            self._save_time()
        finally:
            self._lock.release()

    def __enter__(self) -> Worklist:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _step(self, indices: Sequence[int]) -> WorklistCase | None:
        return self.go(self._names[indices[0]]) if len(indices) else None

    def _first_unfinished(self) -> str:
        return next((name for name in self._names if not self.state(name).status.is_finished), self._names[0])

    def _change(self, what: str, value: str, **fields: Any) -> None:
        """Save new values and note who changed them; a new case is started by it."""
        state = self.state()
        if what != "mask" and getattr(state, what) == value:
            return
        if state.status is CaseStatus.NEW:
            fields.setdefault("status", CaseStatus.STARTED)
        change = Change(datetime.now(timezone.utc).isoformat(timespec="seconds"), self.annotator, what, value)
        self._save(changes=(*state.changes, change), annotator=self.annotator, **fields)

    def _save(self, **fields: Any) -> None:
        self._lock.check()
        state = self.state()
        seconds = dict(state.seconds)
        seconds[self.annotator] = seconds.get(self.annotator, 0.0) + self._clock.take()
        state = replace(state, seconds=seconds, **fields)
        self._folder.save_state(self._current, state)
        self._states[self._current] = state

    def _save_time(self) -> None:
        self._clock.touch_if_running()
        if self._clock.seconds > 0:
            self._save()


def checked_name(annotator: str) -> str:
    """Return the name of an annotator without spaces around it; raises InputError if nothing is left."""
    if not annotator.strip():
        raise InputError("The worklist needs the name of the annotator; enter it before opening the list.")
    return annotator.strip()
