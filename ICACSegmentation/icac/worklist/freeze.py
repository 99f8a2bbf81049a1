"""What a reader made of a case stays as it is once he saw what the model, or others, made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from icac.worklist.reader import Reader
from icac.worklist.records.case import CaseState, Change
from icac.worklist.records.folder import WorklistFolder
from icac.worklist.records.lock import Lock


def revealed(state: CaseState, who: str, what: str) -> CaseState:
    """Return the state of a case of which its reader was shown something."""
    change = Change.now(who, "revealed", what)
    return replace(state, changes=(*state.changes, change), revealed=change.when, annotator=state.annotator or who)


def freeze_own(readers: Sequence[Reader], case: str, adjudicator: str) -> None:
    """Note in the records of who adjudicates a case, if he is one of its readers, that he saw the others' readings.

    Raises
    ------
    LockedError
        His list is open in another program.
    OutputError
        His records cannot be written.

    """
    own = next((one for one in readers if one.name.casefold() == adjudicator.casefold()), None)
    if own is None or own.state(case).revealed:
        return
    records = WorklistFolder(own.folder.path, own.folder.path)
    lock = Lock(records.path, adjudicator)
    try:
        with lock.writing():
            records.save_state(case, revealed(own.state(case), adjudicator, "the readings of others"))
    finally:
        lock.release()
