"""One case of a worklist: its files, and what the annotators did with it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path
from typing import Any

from icac.worklist.records.fields import CaseField, readable

#: Name of a corrected mask; the number counts how often it was saved.
MASK_NAME = re.compile(r"corrected-(\d+)\.nrrd", re.ASCII)


class CaseStatus(str, Enum):
    """How far a case has come."""

    NEW = "new"
    STARTED = "started"
    DONE = "done"
    FLAGGED = "flagged"
    EXCLUDED = "excluded"

    @property
    def is_finished(self) -> bool:
        """Tell whether nothing is left to do: done, or excluded. A flagged case waits for a second look."""
        return self in (CaseStatus.DONE, CaseStatus.EXCLUDED)


@dataclass(frozen=True)
class WorklistCase:
    """The files of a case. They are read and never changed.

    Attributes
    ----------
    name : str
        Unique in the list.
    image : Path
        The CT, as :func:`icac.ct.read_ct` takes it: a DICOM folder, one file of a DICOM series, or a NIfTI, NRRD or
        MetaImage file.
    roi : Path or None
        Region drawn by hand.
    result : Path or None
        Folder of results of ``icac segment``.
    patient : str
        Who it is; empty if not known. Cases of one patient stay together when they leave as training cases.
    split : str
        ``train``, ``validation`` or ``test`` if it is decided already, else empty.
    presets : mapping of str to str
        What the table says in the columns that declare fields, by the name of the field.

    """

    name: str
    image: Path
    roi: Path | None = None
    result: Path | None = None
    patient: str = ""
    split: str = ""
    presets: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class FoundCases:
    """The cases of a folder or table.

    Attributes
    ----------
    cases : tuple of WorklistCase
    notes : tuple of str
        Sentences about what could not be used.
    fields : tuple of CaseField
        Those that a table declares.
    left_out : mapping of str to str
        Why each series is none that is not a case, by its place in the folder.
    ruled : mapping of str to mapping of str to str
        What the rule says of the series of each study, by UID, to be kept (:class:`icac.cases.one_series.Chosen`).

    """

    cases: tuple[WorklistCase, ...]
    notes: tuple[str, ...] = ()
    fields: tuple[CaseField, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    ruled: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One change of a case by a person.

    Attributes
    ----------
    when : str
        UTC, ISO 8601.
    who : str
        Name of the annotator.
    what : str
        ``status``, ``comment``, ``mask``, ``revealed``, or ``field`` and the name of one.
    value : str
        The new value; for ``mask`` the name of the file, for ``revealed`` what was shown.

    """

    when: str
    who: str
    what: str
    value: str

    @classmethod
    def now(cls, who: str, what: str, value: str) -> Change:
        """Return a change of this moment."""
        return cls(datetime.now(timezone.utc).isoformat(timespec="seconds"), who, what, value)


@dataclass(frozen=True)
class CaseState:
    """What a reader did with a case.

    Attributes
    ----------
    status : CaseStatus
    comment : str
    annotator : str
        Who worked on the case last; empty if nobody did.
    seconds : mapping of str to float
        Seconds of work by annotator, without idle time; several only in lists of before each reader had his own, and
        in the adjudication.
    lesion : str or None
        Key of the lesion that was selected last.
    mask : str or None
        Name of the corrected mask in the folder of the case.
    changes : tuple of Change
        Every change of status, comment, fields and mask, oldest first.
    fields : mapping of str to str
        What the reader says of the case, by the name of the field.
    blind : bool
        It was done without the model's result in sight.
    revealed : str
        When the reader was shown what others, or the model, made of the case: UTC, ISO 8601; empty if he was not.
        From then on mask, lesions and fields stay as they are.

    """

    status: CaseStatus = CaseStatus.NEW
    comment: str = ""
    annotator: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    lesion: str | None = None
    mask: str | None = None
    changes: tuple[Change, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    blind: bool = False
    revealed: str = ""

    @property
    def total_seconds(self) -> float:
        """Seconds of work, by whomever."""
        return sum(self.seconds.values())

    def record(self) -> dict[str, Any]:
        """Return the state as JSON-ready values."""
        return {
            "status": self.status.value, "comment": self.comment, "annotator": self.annotator,
            "seconds": {who: round(seconds, 1) for who, seconds in self.seconds.items()}, "lesion": self.lesion,
            "mask": self.mask, "changes": [vars(change) for change in self.changes], "fields": dict(self.fields),
            "blind": self.blind, "revealed": self.revealed,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> CaseState:
        """Return the state of a record; raises ValueError, TypeError, KeyError or AttributeError if it is none."""
        seconds = {who: float(spent) for who, spent in record["seconds"].items()}
        if not all(0 <= spent < math.inf for spent in seconds.values()):  # nor what is not a number
            raise ValueError("time that is less than none")
        return cls(CaseStatus(record["status"]), str(record["comment"]), str(record["annotator"]), seconds,
                   _text_or_none(record["lesion"]), _mask_name(record["mask"]),
                   tuple(_change(change) for change in record["changes"]),
                   # Records of before each reader had his own do not have these.
                   readable(record.get("fields", {})), record.get("blind", False) is True,
                   str(record.get("revealed", "")))


def _change(record: Mapping[str, str]) -> Change:
    if not all(isinstance(value, str) for value in record.values()):
        raise TypeError(record)
    return Change(**record)


def _text_or_none(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(value)
    return value


def _mask_name(value: object) -> str | None:
    """Return the name of a mask, which lies in the folder of its case and nowhere else."""
    name = _text_or_none(value)
    if name is not None and not MASK_NAME.fullmatch(name):
        raise ValueError(value)
    return name
