"""A list of cases that a reader works through; everything is on the disk as soon as it is done.

Each reader has records of his own, in which nobody else writes; of the others this list only knows how many finished
a case, never what they made of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from icac.errors import InputError
from icac.files.revisions import Loaded
from icac.geometry import Volume
from icac.text import one_line
from icac.worklist.adjudication import Reading, keep_readings
from icac.worklist.blinded.comparison import BlindedComparison
from icac.worklist.freeze import freeze_own, revealed
from icac.worklist.reader import list_readers
from icac.worklist.records.case import CaseState, CaseStatus, Change, FoundCases, WorklistCase
from icac.worklist.records.clock import ActivityClock
from icac.worklist.records.design import Design, change_design, read_design
from icac.worklist.records.fields import CaseField, all_fields, field_named
from icac.worklist.records.folder import WorklistFolder, safe_name
from icac.worklist.records.lock import Lock

#: Counted time is written at the latest when it is this much more than what is on the disk.
SAVE_TIME_EVERY_S = 10.0


class Worklist:
    """Cases, what one reader did with each, and which one is open.

    Use :func:`icac.worklist.open_worklist` to make one, and close it (or use it in a ``with`` statement).

    Parameters
    ----------
    found : FoundCases
    folder : WorklistFolder
        Of the records of this reader.
    lock : Lock
    annotator : str
    clock : ActivityClock, optional
    root : Path, optional
        Folder of the whole worklist; that of the records if omitted.
    is_adjudication : bool
        It is the third reading of what others read.

    """

    def __init__(self, found: FoundCases, folder: WorklistFolder, lock: Lock, annotator: str,
                 clock: ActivityClock | None = None, *, root: Path | None = None,
                 is_adjudication: bool = False) -> None:
        self._root, self.is_adjudication = root or folder.path, is_adjudication
        self._cases = {case.name: case for case in found.cases}
        self._names = list(self._cases)
        self._folder = folder
        self._lock = lock
        self._clock = clock or ActivityClock()
        self._design = read_design(self._root)
        self._declared = found.fields
        current, self._states, notes = folder.load(self._names)
        # As the reader entered it first: Anna stays Anna when anna opens her list.
        self._annotator = (not is_adjudication and folder.reader) or annotator
        self._notes = (*notes, *found.notes)
        self._current = current if current in self._cases else self._first_unfinished()
        with lock.writing():
            folder.save_current(self._current)

    # What there is

    @property
    def annotator(self) -> str:
        """Who is working; time and changes are theirs."""
        return self._annotator

    @property
    def design(self) -> Design:
        """How the cases are read."""
        return self._design

    def set_design(self, **changed: Any) -> None:
        """Change how the cases are read, for all readers: ``blind_to_model``, ``reads``, ``fields``."""
        self._lock.check()
        self._design = change_design(self._root, **changed)

    @property
    def fields(self) -> tuple[CaseField, ...]:
        """What can be said of a case: the visual scores, what the table declares and what the design adds."""
        return all_fields((*self._declared, *self._design.fields))

    @property
    def cases(self) -> tuple[WorklistCase, ...]:
        """All cases, in their order."""
        return tuple(self._cases.values())

    @property
    def folder(self) -> Path:
        """Where everything is kept, of all readers."""
        return self._root

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
        with self._lock.writing():
            self._folder.save_current(case.name)
        self._current = case.name
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

        Cases that others finished as often as is wanted are left out, unless they were begun here. None if there is no
        other.
        """
        order = [*range(self.position + 1, len(self._names)), *range(self.position)]
        enough = self._read_enough()
        return self._step([index for index in order if self._is_waiting(self._names[index], enough)])

    def _is_waiting(self, name: str, enough: set[str]) -> bool:
        status = self.state(name).status
        return not status.is_finished and (status is not CaseStatus.NEW or name not in enough)

    def _read_enough(self) -> set[str]:
        """Return the cases that as many others finished as is wanted; how they read them is not looked at."""
        if not self._design.reads or self.is_adjudication:
            return set()
        count = Counter(name for reader in list_readers(self._root, self._names)
                        if reader.folder.path != self._folder.path
                        for name, state in reader.states.items() if state.status.is_finished)
        return {name for name, finished in count.items() if finished >= self._design.reads}

    # What is done with the open case

    def set_status(self, status: CaseStatus) -> None:
        """Give the open case a status. What is done takes over what the fields show, and whether it was read blind."""
        changed: dict[str, Any] = {"status": CaseStatus(status)}
        if CaseStatus(status) is CaseStatus.DONE and not self.is_frozen():
            changed |= {"fields": self.values(), "blind": self.is_blind()}
        self._change("status", CaseStatus(status).value, **changed)

    def values(self, name: str | None = None) -> dict[str, str]:
        """Return what is said of a case: the values of the table, and what was entered since."""
        case, state = self.case(name or self._current), self.state(name)
        return {one.name: value for one in self.fields
                if (value := one.current(state.fields.get(one.name, case.presets.get(one.name, ""))))}

    def set_field(self, name: str, value: str) -> None:
        """Say something of the open case; empty to say nothing.

        Raises
        ------
        InputError
            There is no such field, the value is none that it can have, or the case was compared already.

        """
        one = field_named(self.fields, name)
        value = one.checked(value)
        if value == self.values().get(one.name, ""):
            return
        self._refuse_frozen()
        self._change(f"field {one.name}", value, fields={**self.state().fields, one.name: value})

    # What is seen of the model and of others

    def is_blind(self, name: str | None = None) -> bool:
        """Tell whether a case is to be read without the model's result in sight."""
        return self._design.blind_to_model and not self.is_adjudication and not self.is_frozen(name)

    def is_frozen(self, name: str | None = None) -> bool:
        """Tell whether the reader saw what the model or others made of a case, so that his reading stays as it is."""
        return bool(self.state(name).revealed)

    def reveal(self) -> None:
        """Show the reader what the model made of the open case; from then on his reading of it stays as it is.

        Raises
        ------
        InputError
            The case is not done, or was not read blind.

        """
        if not self.is_blind():
            raise InputError("This case is not read blind; the model's result is in sight.")
        if self.state().status is not CaseStatus.DONE:
            raise InputError("The model's result is shown once a case is done: finish it first.")
        self._save_of(self._current, revealed(self.state(), self.annotator, "the model's result"))

    def readings(self) -> list[Reading]:
        """Return the masks of the readers from which the adjudication of the open case starts.

        Whose own reading is among them can change it no more.

        Raises
        ------
        InputError
            The list is no adjudication.

        """
        if not self.is_adjudication:
            raise InputError("Only the adjudication of a list sees what its readers made of a case.")
        readers = list_readers(self._root, [self._current])
        freeze_own(readers, self._current, self.annotator)
        with self._lock.writing():
            return keep_readings(self.case_folder(), readers, self._current)

    def _refuse_frozen(self) -> None:
        if self.is_frozen():
            raise InputError(f"The reading of '{self._current}' stays as it was when it was compared; what is found "
                             "better now belongs into the adjudication.")

    # What is kept of it

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
        self._refuse_frozen()
        with self._lock.writing():
            path = self._folder.write_mask(self._current, mask, self.state().mask)
        self._change("mask", path.name, mask=path.name)
        return path

    def save_review(self, record: dict[str, Any]) -> None:
        """Keep the review of the lesions of the open case, as JSON-ready values (``ReviewSession.record()``)."""
        self._refuse_frozen()
        with self._lock.writing():
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
        path = self._folder.path / f"blinded-{safe_name(self.annotator)}.json"
        return BlindedComparison(path, names, self.annotator, seed)

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
        if what in ("status", "comment") and getattr(state, what) == value:
            return
        if state.status is CaseStatus.NEW:
            fields.setdefault("status", CaseStatus.STARTED)
        change = Change.now(self.annotator, what, value)
        self._save(changes=(*state.changes, change), annotator=self.annotator, **fields)

    def _save(self, **fields: Any) -> None:
        state = self.state()
        seconds = dict(state.seconds)
        seconds[self.annotator] = seconds.get(self.annotator, 0.0) + self._clock.take()
        self._save_of(self._current, replace(state, seconds=seconds, **fields))

    def _save_of(self, name: str, state: CaseState) -> None:
        with self._lock.writing():
            self._folder.save_state(name, state)
        self._states[name] = state

    def _save_time(self) -> None:
        self._clock.touch_if_running()
        if self._clock.seconds > 0:
            self._save()


def checked_name(annotator: str) -> str:
    """Return the name of an annotator on one line, without spaces around it; InputError if nothing is left."""
    name = one_line(annotator)
    if not name:
        raise InputError("The worklist needs the name of the annotator; enter it before opening the list.")
    return name
