"""What a reader says of a case as a whole: the visual scores, and fields that a table declares in the name of a column.

A column ``quality:good|moderate|poor`` is a choice, ``stenosis:number 0..100`` a number within limits,
``teeth:integer 0..32``, ``stent:yes/no``, ``remark:text``. What stands in its cells is what the reader finds there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from icac.errors import InputError
from icac.scores import usual_rules
from icac.scores.grades import KOCKELKOREN, TYPES, WOODCOCK

#: Kinds of fields; a choice is written as its words.
TEXT, NUMBER, INTEGER, YES_NO, CHOICE = "text", "number", "integer", "yes/no", "choice"

#: A text longer than this is no remark.
LONGEST_TEXT = 2000

_WRITTEN = re.compile(r"(?P<kind>text|number|integer|yes/no)(?:\s+(?P<low>\S+?)\s*\.\.\s*(?P<high>\S+))?",
                      re.IGNORECASE)

_YES_NO = {"yes": "yes", "y": "yes", "true": "yes", "1": "yes", "no": "no", "n": "no", "false": "no", "0": "no"}


@dataclass(frozen=True)
class CaseField:
    """One thing to say of a case.

    Attributes
    ----------
    name : str
        As its column is called.
    kind : str
        ``text``, ``number``, ``integer``, ``yes/no`` or ``choice``.
    choices : tuple of str
        The words of a choice, in their order.
    low, high : float
        Limits of a number.
    help : str
        What it means, in words.
    is_ordered : bool
        The choices are grades, so that neighbours are less apart.
    words : mapping of str to str
        Choice to what people call it, where that differs.
    former : mapping of str to str
        What lists of before call a choice, to the choice.

    """

    name: str
    kind: str = TEXT
    choices: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    help: str = ""
    is_ordered: bool = False
    words: Mapping[str, str] = field(default_factory=dict, hash=False)
    former: Mapping[str, str] = field(default_factory=dict, hash=False)

    def current(self, text: str) -> str:
        """Return a value of a record as it is called now."""
        return self.former.get(text, text)

    def checked(self, text: str) -> str:
        """Return a value as it is kept; empty for none.

        Raises
        ------
        InputError
            It is none of the choices, no number, or beyond the limits.

        """
        text = self.current(text.strip())
        if not text:
            return ""
        if self.kind == CHOICE:
            return self._choice(text)
        if self.kind == YES_NO:
            return self._word(_YES_NO.get(text.lower()), text, "yes or no")
        return self._number(text) if self.kind in (NUMBER, INTEGER) else text[:LONGEST_TEXT]

    @property
    def declaration(self) -> str:
        """The field as a column declares it."""
        if self.kind == CHOICE:
            return f"{self.name}:{'|'.join(self.choices)}"
        limits = f" {self.low:g}..{self.high:g}" if math.isfinite(self.low) and math.isfinite(self.high) else ""
        return f"{self.name}:{self.kind}{limits}"

    def _choice(self, text: str) -> str:
        same = next((word for word in self.choices if word.casefold() == text.casefold()), None)
        return self._word(same, text, f"one of {', '.join(self.choices)}")

    def _word(self, word: str | None, text: str, allowed: str) -> str:
        if word is None:
            raise InputError(f"'{self.name}' is {allowed}, not '{text}'.")
        return word

    def _number(self, text: str) -> str:
        try:
            value = float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or (self.kind == INTEGER and value != int(value)):
            raise InputError(f"'{self.name}' is {'a whole' if self.kind == INTEGER else 'a'} number, not '{text}'.")
        if not self.low <= value <= self.high:
            raise InputError(f"'{self.name}' lies between {self.low:g} and {self.high:g}, not at {text}.")
        return f"{value:.10g}"


#: What the grades of the visual scores were called before they had the names of the proposed ones.
_FORMER = {"<90": "small_arc", "90-270": "half_arc", "270-360": "ring", ">=1.5": "thick", "<1.5": "thin",
           "irregular": "patchy"}

_OF_WHAT = {"circularity": "how far the calcification goes around the artery",
            "thickness": "of the thickest calcification",
            "morphology": "of the calcification"}


@lru_cache(maxsize=1)
def visual_scores() -> tuple[CaseField, ...]:
    """Return the visual scores of a head, which every list has, in the grades of :mod:`icac.scores.grades`."""
    dominant = CaseField("dominant_type", CHOICE, (*TYPES, "mixed"),
                         help="in which layer of the wall most of the calcification lies")
    return (*(_kockelkoren(item) for item in KOCKELKOREN), dominant, *map(_woodcock, ("right", "left")))


def _kockelkoren(item: str) -> CaseField:
    grades = KOCKELKOREN[item]
    former = {before: now for before, now in _FORMER.items() if now in grades}
    return CaseField(item, CHOICE, tuple(grades), help=f"{_OF_WHAT[item]} (Kockelkoren 2017)", is_ordered=True,
                     words=grades, former=former)


def _woodcock(side: str) -> CaseField:
    """Return the points of one artery: grades of as many points are one choice."""
    by_points: dict[str, list[str]] = {}
    for grade, points in usual_rules().points["woodcock"].items():
        by_points.setdefault(f"{points:g}", []).append(WOODCOCK[grade])
    meaning = "; ".join(f"{points} {' or '.join(grades)}" for points, grades in by_points.items())
    return CaseField(f"woodcock_{side}", CHOICE, tuple(by_points), help=f"{side}: {meaning} (modified Woodcock score)",
                     is_ordered=True)


def parse_field(text: str) -> CaseField | None:
    """Return the field that the name of a column declares, None if it declares none.

    Raises
    ------
    InputError
        What stands behind the colon is no kind of field, or limits of something else than numbers.

    """
    name, colon, kind = (part.strip() for part in text.partition(":"))
    if not colon or not name or not kind:
        return None
    if "|" in kind:
        return _choice_field(name, kind)
    match = _WRITTEN.fullmatch(kind)
    if match is None:
        raise InputError(f"'{text}' declares no field; write NAME:text, NAME:number, NAME:number 0..100, NAME:integer, "
                         "NAME:yes/no, or the choices as in NAME:good|poor.")
    return CaseField(name, match["kind"].lower(), (), *_limits(text, match))


def _choice_field(name: str, kind: str) -> CaseField:
    words = tuple(word.strip() for word in kind.split("|") if word.strip())
    if len({word.casefold() for word in words}) < max(len(words), 2):
        raise InputError(f"The field '{name}' needs two choices or more, each another word, not '{kind}'.")
    return CaseField(name, CHOICE, words)


def _limits(text: str, match: re.Match[str]) -> tuple[float, float]:
    if match["low"] is None:
        return -math.inf, math.inf
    try:
        low, high = float(match["low"]), float(match["high"])
    except ValueError:
        low, high = 1.0, 0.0
    if match["kind"].lower() not in (NUMBER, INTEGER) or not low < high:
        raise InputError(f"'{text}' has no limits that can be; write them as in NAME:number 0..100.")
    return low, high


def all_fields(declared: Iterable[CaseField]) -> tuple[CaseField, ...]:
    """Return the visual scores and the declared fields; of two with one name the later one, in the earlier's place."""
    by_name: dict[str, CaseField] = {}
    for one in (*visual_scores(), *declared):
        by_name[one.name.casefold()] = one
    return tuple(by_name.values())


def field_named(fields: Iterable[CaseField], name: str) -> CaseField:
    """Return a field; raises InputError if there is none of this name."""
    found = list(fields)
    same = next((one for one in found if one.name.casefold() == name.casefold()), None)
    if same is None:
        raise InputError(f"The list has no field '{name}'; there are {', '.join(one.name for one in found)}.")
    return same


def readable(values: Mapping[str, object]) -> dict[str, str]:
    """Return the values of a record; raises ValueError if they are none."""
    if not all(isinstance(value, str) for value in values.values()):
        raise ValueError(values)
    return {str(name): str(value) for name, value in values.items()}
