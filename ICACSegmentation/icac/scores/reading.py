"""What readers made of the proposed scores: a JSON file beside the mask, in which nobody's reading replaces another's.

Every reading is kept, with who and when, what was proposed and by which rules. Of each reader the last one counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from icac.anatomy import Side
from icac.errors import InputError
from icac.files import load_json, parse_json, write_json
from icac.files.json_file import json_text
from icac.files.lock import locked
from icac.scores.grades import ITEMS
from icac.scores.propose import ArteryScore, Grades, scores_record
from icac.scores.rules import Rules

#: Name of the file beside a mask.
FILE = "scores.json"

#: Version of the form of the file; the first number changes when readers of it must.
FORMAT = "1.0"

#: Seconds that another reader who is saving is waited for.
_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Reading:
    """The scores that a reader gave both arteries.

    Attributes
    ----------
    by : str
        Name of the reader.
    at : str
        UTC, ISO 8601.
    grades : mapping of Side to Grades
        As the reader left them; None for an item that could not be proposed and was not read.
    proposed : mapping of Side to Grades
        What the reader was shown.
    scores : mapping
        Sums and rules, as of :func:`icac.scores.propose.scores_record`.

    """

    by: str
    at: str
    grades: Mapping[Side, Grades]
    proposed: Mapping[Side, Grades]
    scores: Mapping[str, Any]

    @classmethod
    def now(cls, by: str, grades: Mapping[Side, Grades], proposed: Mapping[Side, Grades], rules: Rules) -> Reading:
        """Return what a reader decides now.

        Raises
        ------
        InputError
            The reader has no name.

        """
        if not by.strip():
            raise InputError("Type your name before you save the scores: they are kept with who gave them.")
        summed = {side: ArteryScore.of(given, rules) for side, given in grades.items()}
        return cls(by.strip(), datetime.now(timezone.utc).isoformat(timespec="seconds"), grades, proposed,
                   scores_record(summed, rules))

    def record(self) -> dict[str, Any]:
        """Return the reading as JSON-ready values."""
        return {"by": self.by, "at": self.at, "scores": dict(self.scores),
                "proposed": {side.value: dict(grades) for side, grades in self.proposed.items()}}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Reading:
        """Return the reading of a record; raises KeyError, TypeError or ValueError if it is none."""
        grades, proposed = ({side: _grades(part[side.value]) for side in Side}
                            for part in (record["scores"], record["proposed"]))
        return cls(str(record["by"]), str(record["at"]), grades, proposed, record["scores"])


def _grades(record: Mapping[str, Any]) -> Grades:
    grades = {item: record[item] for item in ITEMS}
    for item, grade in grades.items():
        if grade is not None and grade not in ITEMS[item]:
            raise ValueError(f"{grade} is no grade of {item}")
    return grades


def readings_text(readings: Sequence[Reading]) -> str:
    """Return readings as the text of a file."""
    return json_text(_file(readings), 2)


def parse_readings(text: str, source: str) -> list[Reading]:
    """Return the readings of such a text, the oldest first; raises InputError if it is none."""
    try:
        return _readings(parse_json(text))
    except (ValueError, OverflowError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(source) from error


def load_readings(path: Path) -> list[Reading]:
    """Return the readings of a file, the oldest first; none if it is not there.

    Raises
    ------
    InputError
        It cannot be read or is damaged.

    """
    if not path.exists():
        return []
    try:
        return _readings(load_json(path))
    except (OSError, ValueError, OverflowError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(str(path)) from error


def add_reading(path: Path, reading: Reading) -> Path:
    """Add a reading to a file, which is made if it is not there; return the path.

    Raises
    ------
    InputError
        The file is damaged; it is left as it is.
    OutputError
        It cannot be written.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.parent, _PATIENCE_S):
        return write_json(path, _file([*load_readings(path), reading]), indent=2)


def last_of(readings: Sequence[Reading], by: str) -> Reading | None:
    """Return the last reading of a reader."""
    return next((reading for reading in reversed(readings) if reading.by == by.strip()), None)


def _file(readings: Sequence[Reading]) -> dict[str, Any]:
    return {"format": FORMAT, "readings": [reading.record() for reading in readings]}


def _readings(record: Mapping[str, Any]) -> list[Reading]:
    if not str(record["format"]).startswith("1."):
        raise ValueError("it has another form")
    return [Reading.of_record(reading) for reading in record["readings"]]


def _damaged(source: str) -> InputError:
    return InputError(f"{source} holds no visual scores of this version, or is damaged; move it away to begin anew.")
