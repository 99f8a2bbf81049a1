"""Subjects of a cohort: whose row of a table belongs to whose scan.

Labels of subjects hold letters and digits only, so ``P-007`` of a table is ``P007`` of the cohort; ``sub-`` before it
makes no difference, nor do capitals where that leaves no doubt. Where names are hidden, the table of the hidden names
in ``.cohort`` says who is who.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from icac.cohort.scans.scan_input import label
from icac.cohort.scans.tree import HIDDEN
from icac.cohort.store.folder import NAMES
from icac.files import read_csv

Value = TypeVar("Value")


def subject_key(text: str) -> str:
    """Return the label of a subject, however a table writes it."""
    text = text.strip()
    return label(text[4:] if text.lower().startswith("sub-") else text)


def session_key(text: str) -> str:
    """Return the label of a session, however a table writes it; empty for none."""
    text = text.strip()
    return label(text[4:] if text.lower().startswith("ses-") else text) if text else ""


def hidden_subjects(root: Path) -> dict[str, str]:
    """Return the hidden name of each subject of a cohort by its own; nothing where names are not hidden."""
    path = root / HIDDEN / NAMES
    if not path.is_file():
        return {}
    return {row["subject"]: row["scan"].split("_")[0].removeprefix("sub-") for row in read_csv(path).rows}


class Keys:
    """Finds what a table says of a subject of a cohort.

    Parameters
    ----------
    root : Path
        Folder of the cohort.
    known : iterable of str
        Labels of its subjects.

    """

    def __init__(self, root: Path, known: Iterable[str]) -> None:
        self._known = set(known)
        self._hidden = hidden_subjects(root)
        folded: dict[str, set[str]] = {}
        for name in self._known:
            folded.setdefault(name.casefold(), set()).add(name)
        self._folded = {key: next(iter(names)) for key, names in folded.items() if len(names) == 1}

    def subject(self, text: str) -> str:
        """Return the subject of the cohort that a table means, empty if it has none."""
        key = subject_key(text)
        key = self._hidden.get(key, self._hidden.get(text.strip(), key))
        return key if key in self._known else self._folded.get(key.casefold(), "")

    def hint(self, text: str) -> str:
        """Return what a subject that was not found may have been, empty if there is no guess: zeros are lost easily."""
        bare = subject_key(text).lstrip("0").casefold()
        alike = [name for name in sorted(self._known) if name.lstrip("0").casefold() == bare]
        return f"is it '{alike[0]}'?" if bare and len(alike) == 1 else ""


def of_scan(values: Mapping[tuple[str, str], Value], subject: str, session: str) -> Value | None:
    """Return what is known of a scan: of its session, else of its subject."""
    return values.get((subject, session), values.get((subject, "")))
