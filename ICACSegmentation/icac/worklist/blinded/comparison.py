"""Blinded comparison: which of two outlines on the same scan is better, without knowing which is the manual one.

After Bortsova et al., Radiology: Artificial Intelligence 2021, who let an expert compare automatic and manual
segmentations side by side. Each case is a fair toss of a coin of its own, so that under chance the number of times
one kind is preferred is binomial however much a reader favours a side.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from icac.errors import InputError
from icac.files.revisions import RevisedFile
from icac.worklist.blinded.sign_test import SignTest, sign_test

MANUAL, PREDICTED = "manual", "predicted"
LEFT, RIGHT = "left", "right"


@dataclass(frozen=True)
class Tally:
    """Outcome of a blinded comparison.

    Attributes
    ----------
    predicted : SignTest
        How often the predicted outline was preferred over the manual one.
    left : SignTest
        How often the left outline was preferred, whatever it was: whether the reader favours a side.
    preferred : dict of str to str
        ``manual`` or ``predicted`` for each case.
    left_out : dict of str to str
        Reason for each case that was left out.

    """

    predicted: SignTest
    left: SignTest
    preferred: dict[str, str]
    left_out: dict[str, str]


class BlindedComparison:
    """Choices of one reader, on the disk as soon as they are made.

    The file holds which side was chosen and never what lay there; that follows from its seed.

    Parameters
    ----------
    path : Path
        JSON file; made at the first choice, continued if it is there.
    cases : sequence of str
        Names of the cases that have both outlines.
    reader : str
    seed : str, optional
        Fixes sides and order, to repeat a comparison; random if left out. A file that exists keeps its own.

    Raises
    ------
    InputError
        There is no case, or the file is of another reader or damaged.

    """

    def __init__(self, path: str | Path, cases: Sequence[str], reader: str, seed: str | None = None) -> None:
        if not cases:
            raise InputError("No case has both a manual region and a result; a blinded comparison needs both.")
        self._file = RevisedFile(Path(path))
        loaded = self._file.load()
        record = loaded.content if loaded else {}
        self.note = loaded.note if loaded else ""
        self.reader = reader
        if record.get("reader", reader) != reader:
            raise InputError(f"{path} holds the comparison of {record['reader']}; choose another file for {reader}.")
        self._seed: str = record.get("seed") or seed or secrets.token_hex(16)
        self._choices: dict[str, dict[str, str]] = record.get("choices", {})
        self._left_out: dict[str, str] = record.get("left_out", {})
        self._unblinded: str = record.get("unblinded", "")
        if not self._is_sound():
            raise InputError(f"{path} was written by another version of this software; choose another file for the "
                             "comparison.")
        judged = {*self._choices, *self._left_out}
        # A comparison that is over keeps its cases.
        cases = [name for name in cases if name in judged] if self._unblinded else cases
        self.cases = tuple(sorted(cases, key=lambda name: self._digest("order", name)))

    @property
    def open_cases(self) -> tuple[str, ...]:
        """Cases without a choice, in the order in which they are to be shown."""
        return tuple(name for name in self.cases if name not in self._choices and name not in self._left_out)

    def sides(self, case: str) -> dict[str, str]:
        """Return what to show on the ``left`` and on the ``right``: ``manual`` or ``predicted``. Not for the reader."""
        self._require(case)
        manual_left = self._digest("side", case)[0] % 2 == 0
        return {LEFT: MANUAL, RIGHT: PREDICTED} if manual_left else {LEFT: PREDICTED, RIGHT: MANUAL}

    def choice(self, case: str) -> str | None:
        """Return which side was chosen, ``left`` or ``right``; None without a choice."""
        self._require(case)
        return self._choices[case]["side"] if case in self._choices else None

    def choose(self, case: str, side: str) -> None:
        """Prefer the outline on the ``left`` or the ``right``; may be changed until the outcome was shown."""
        self._require_open(case)
        if side not in (LEFT, RIGHT):
            raise ValueError(f"side must be 'left' or 'right', not {side!r}")
        self._choices[case] = {"side": side, "when": _now()}
        self._left_out.pop(case, None)
        self._save()

    def leave_out(self, case: str, reason: str) -> None:
        """Leave a case out that cannot be judged, with the reason."""
        self._require_open(case)
        self._left_out[case] = reason
        self._choices.pop(case, None)
        self._save()

    def unblind(self) -> Tally:
        """Return the outcome; from then on no choice can change.

        Raises
        ------
        InputError
            Some cases are neither compared nor left out.

        """
        if self.open_cases:
            raise InputError(f"{len(self.open_cases)} of {len(self.cases)} cases are still to be compared; compare "
                             "them or leave them out before the outcome is shown.")
        if not self._unblinded:
            self._unblinded = _now()
            self._save()
        judged = [name for name in self.cases if name in self._choices]
        preferred = {name: self.sides(name)[self._choices[name]["side"]] for name in judged}
        left = sum(self._choices[name]["side"] == LEFT for name in judged)
        predicted = sum(kind == PREDICTED for kind in preferred.values())
        return Tally(sign_test(predicted, len(judged)), sign_test(left, len(judged)), preferred,
                     {name: reason for name, reason in self._left_out.items() if name in self.cases})

    def _is_sound(self) -> bool:
        """Tell whether the record has the form in which it is saved."""
        texts, choices, left_out = (self._seed, self._unblinded), self._choices, self._left_out
        return (all(isinstance(text, str) for text in texts) and isinstance(choices, dict)
                and isinstance(left_out, dict) and all(isinstance(reason, str) for reason in left_out.values())
                and all(isinstance(one, dict) and one.get("side") in (LEFT, RIGHT) for one in choices.values()))

    def _digest(self, what: str, case: str) -> bytes:
        return hashlib.sha256(f"{self._seed}\0{what}\0{case}".encode(errors="surrogatepass")).digest()

    def _require(self, case: str) -> None:
        if case not in self.cases:
            raise InputError(f"Case '{case}' is not part of the blinded comparison; it needs a manual region and a "
                             "result.")

    def _require_open(self, case: str) -> None:
        self._require(case)
        if self._unblinded:
            raise InputError("The outcome of this blinded comparison was shown already, so that no choice can change; "
                             "begin a new one.")

    def _save(self) -> None:
        record: dict[str, Any] = {"reader": self.reader, "seed": self._seed, "choices": self._choices,
                                  "left_out": self._left_out, "unblinded": self._unblinded}
        self._file.save(record)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
