"""By which limits grades are proposed, and how many points they give: a file that users can change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from icac.errors import InputError
from icac.files import load_json
from icac.scores.grades import ITEMS, KOCKELKOREN
from icac.text import shortened

#: The rules that come with the library.
USUAL_PATH = Path(__file__).with_name("rules.json")


@dataclass(frozen=True)
class Limits:
    """Where one grade ends and the next begins.

    Attributes
    ----------
    dot_mm : float
        Longest lesion, along the course, that is a dot.
    arcs_deg : tuple of float
        Arcs from which on calcium is a half arc, and a ring.
    thick_mm : float
        Thickness of the cross-sections from which on calcium is thick.
    bone_contact_share : float
        Share of the surface that touches bone, mean by volume, from which on calcium cannot be told from bone.
    continuous_mm, continuous_share : float
        Longest run, and its share of the calcified length, from which on calcium is continuous.
    tracks_mm : float
        Length with calcium on opposite sides from which on there are double tracks.

    """

    dot_mm: float
    arcs_deg: tuple[float, float]
    thick_mm: float
    bone_contact_share: float
    continuous_mm: float
    continuous_share: float
    tracks_mm: float


@dataclass(frozen=True)
class Rules:
    """How scores are proposed and summed.

    Attributes
    ----------
    name : str
        What reports call them.
    limits : Limits
    points : mapping of str to mapping of str to float
        Item (:data:`icac.scores.grades.ITEMS`) to grade to points.
    medial_from : float
        Sum of the items of Kockelkoren from which on calcium is medial.
    record : mapping
        As they stand in the file.

    """

    name: str
    limits: Limits
    points: Mapping[str, Mapping[str, float]]
    medial_from: float
    record: Mapping[str, Any]


@lru_cache(maxsize=1)
def usual_rules() -> Rules:
    """Return the rules that come with the library."""
    return load_rules(USUAL_PATH)


def rules_of(path: str) -> Rules:
    """Return the rules of a file, the usual ones if it has no name; raises InputError as :func:`load_rules`."""
    return load_rules(path) if path else usual_rules()


def load_rules(path: str | Path) -> Rules:
    """Read rules from a file of the form of ``icac/scores/rules.json``.

    Raises
    ------
    InputError
        It cannot be read, lacks a part, has one too many, or a value is no number.

    """
    with _refused(path):
        return _rules(load_json(path))


def rules_in(report: Mapping[str, Any], source: object = "The report") -> Rules:
    """Return the rules that a report (``report.json``) follows; the usual ones if it is older than they are.

    Raises
    ------
    InputError
        It is damaged.

    """
    with _refused(source):
        return _rules(report["scores"]["rules"]) if "scores" in report else usual_rules()


@contextmanager
def _refused(source: object) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        why = shortened(_reason(error), 200)
        raise InputError(f"{source} holds no rules of visual scores ({why}); begin with a copy of {USUAL_PATH}."
                         ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it lacks {error}"
    has_words = isinstance(error, OSError | ValueError | OverflowError)
    return str(error) if has_words else "a part of it is of the wrong kind"


def _rules(record: Any) -> Rules:
    _check_keys(record, ("name", "limits", "kockelkoren", "woodcock"), "the file")
    kockelkoren = record["kockelkoren"]
    _check_keys(kockelkoren, (*KOCKELKOREN, "medial_from"), "kockelkoren")
    given = {**{item: kockelkoren[item] for item in KOCKELKOREN}, "woodcock": record["woodcock"]}
    points = {item: _points(given[item], grades, item) for item, grades in ITEMS.items()}
    return Rules(str(record["name"]), _limits(record["limits"]), points, _number(kockelkoren["medial_from"]), record)


def _limits(record: Mapping[str, Any]) -> Limits:
    _check_keys(record, [field.name for field in fields(Limits)], "limits")
    first, second = map(_number, record["arcs_deg"])
    if first >= second:
        raise ValueError("the limits of arcs must grow")
    return Limits(**{name: _number(value) for name, value in record.items() if name != "arcs_deg"},
                  arcs_deg=(first, second))


def _points(record: Mapping[str, Any], grades: Mapping[str, str], item: str) -> dict[str, float]:
    _check_keys(record, grades, item)
    return {grade: _number(record[grade]) for grade in grades}


def _check_keys(record: Mapping[str, Any], names: Iterable[str], where: str) -> None:
    unknown = set(record) - set(names)
    if unknown:
        raise ValueError(f"{where} has '{min(unknown)}', which is none of {', '.join(names)}")
    for name in names:
        record[name]


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError(f"{value!r} is not a number of 0 or more")
    return value
