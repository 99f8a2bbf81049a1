"""Which series of a study is measured: one rule, with its reasons, and what may overrule it.

Of the axial CT series of one examination that one is taken which, in this order,

1. covers the siphon: by the extent of its stack, by the part of the body that it names, and, where the stacks of a
   study differ, by a look at a few of its slices;
2. is without contrast agent, by header and description;
3. is as it was scanned, neither reformatted nor computed for another energy, and of two voltages shows both, mixed;
4. has a soft kernel;
5. is the thinnest from 0.5 to 1.5 mm, else the nearest to that;
6. was made nearest to 120 kV, for which 130 HU is meant;
7. has most slices;
8. has the lowest number.

What is no stack of axial CT slices (localizers, coronal views, projections, maps, dose reports, other modalities) is
left out. Preferences of the user come after the first two. Nothing is chosen between two examinations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from icac.ct.series import limits
from icac.ct.series.info import SeriesInfo

#: Slice thickness that is best, mm: thinner is noisier, thicker blurs small lesions.
BEST_MM = (0.5, 1.5)

#: Stacks that share at least this part of the height of the longer one show the same.
ALIKE = 0.8

#: Series whose acquisitions are farther apart than this (minutes) are two examinations.
SEPARATE_MIN = 60.0

#: Words that ``--prefer`` knows; others are looked for in descriptions.
THIN, THICK, SOFT, SHARP = "thin", "thick", "soft", "sharp"

#: Says why a series does not cover the siphon, by its pixels; empty if it does.
Look = Callable[[SeriesInfo], str]

#: So many series are named in a sentence.
_NAMED = 12


class Criterion(NamedTuple):
    """One step of the rule.

    Attributes
    ----------
    rank : callable
        Of a series, less is better.
    fault : callable
        Words for what is worse about a series that another one of less rank.

    """

    rank: Callable[[SeriesInfo], Any]
    fault: Callable[[SeriesInfo], str]


@dataclass(frozen=True)
class RankedSeries:
    """A series and what became of it.

    Attributes
    ----------
    series : SeriesInfo
    status : {"chosen", "not chosen", "left out"}
    why : str
        A phrase.

    """

    series: SeriesInfo
    status: str
    why: str

    def __str__(self) -> str:
        return f"{self.series.name}: {self.why}"


@dataclass(frozen=True)
class Choice:
    """The series of one examination, the best first, those left out last.

    Attributes
    ----------
    ranked : tuple of RankedSeries
    asked : str
        By which words of the user the series was chosen; empty if the rule chose it.
    notes : tuple of str
        Sentences on what else is to be known.

    """

    ranked: tuple[RankedSeries, ...]
    asked: str = ""
    notes: tuple[str, ...] = ()

    @property
    def chosen(self) -> SeriesInfo | None:
        """The series that is measured; None if none can be."""
        return next((one.series for one in self.ranked if one.status == CHOSEN), None)

    @property
    def after(self) -> SeriesInfo | None:
        """The best of the others that may show the siphon; None if there is none."""
        return next((one.series for one in self.ranked if one.status == AFTER and not uncovered(one.series)), None)

    @property
    def statement(self) -> str:
        """What was chosen among how many series, and why, in a sentence or more."""
        chosen = next((one for one in self.ranked if one.status == CHOSEN), None)
        if chosen is None:
            return "No series can be measured."
        by = f"as '{self.asked}' was asked for" if self.asked else chosen.why
        first = f"Series {chosen.series.name} of {len(self.ranked)} was chosen: {by}."
        others = "; ".join(str(one) for one in self.ranked if one is not chosen)
        return " ".join([first, *([f"The others: {others}."] if others else []), *self.notes])

    def without_names(self, cleaned: Callable[[str], str]) -> Choice:
        """Return the choice without what people typed in; ``cleaned`` takes other names out of a text."""
        typed = sorted((one.series.description for one in self.ranked if one.series.description), key=len, reverse=True)

        def clean(text: str) -> str:
            for words in typed:
                text = text.replace(f"'{words}'", "without description")
            return cleaned(text)

        return Choice(tuple(replace(one, series=replace(one.series, description=""), why=clean(one.why))
                            for one in self.ranked), "this series" if self.asked else "",
                      tuple(clean(note) for note in self.notes))


CHOSEN, AFTER, LEFT_OUT = "chosen", "not chosen", "left out"


def choose(infos: Iterable[SeriesInfo], prefer: str = "", look: Look | None = None) -> Choice:
    """Order the series of one examination by the rule.

    Parameters
    ----------
    infos : iterable of SeriesInfo
    prefer : str
        Preferences, joined by commas, the first counting most: ``thin``, ``thick``, ``soft``, ``sharp``, or words of a
        description.
    look : callable, optional
        Looks at pixels where headers do not tell enough.

    """
    infos = sorted(infos, key=SeriesInfo.order)
    usable = [one for one in infos if not one.obstacle]
    seen: dict[str, str] = {}
    order = _ordered(usable, prefer, seen)
    while look and order and not _covers(order[0], seen) and order[0].uid not in seen and not are_alike(order):
        seen[order[0].uid] = look(order[0])
        order = _ordered(usable, prefer, seen)
    rest = [RankedSeries(one, AFTER, _fault(one, order[0], prefer, seen)) for one in order[1:]]
    left = [RankedSeries(one, LEFT_OUT, one.obstacle) for one in infos if one.obstacle]
    first = [RankedSeries(order[0], CHOSEN, _virtues(order[0], seen))] if order else []
    return Choice((*first, *rest, *left), notes=_notes(usable, prefer))


def asked_for(infos: Iterable[SeriesInfo], wanted: SeriesInfo, words: str) -> Choice:
    """Return the choice of a user, and what the rule says of all series."""
    ruled = choose(infos)
    own = next(one for one in ruled.ranked if one.series.uid == wanted.uid)
    others = [replace(one, status=AFTER, why=f"better by the rule ({one.why})") if one.status == CHOSEN else one
              for one in ruled.ranked if one is not own]
    rule = "" if ruled.chosen is None or own.status == CHOSEN else f"The rule would have taken {ruled.chosen.name}."
    return Choice((replace(own, status=CHOSEN, why=f"asked for ({own.why})"), *others), words, (rule,) if rule else ())


def without(choice: Choice, why: str) -> Choice | None:
    """Return the choice of the next series, as the first turns out to be unusable; None if there is no other."""
    unusable, *rest = choice.ranked
    if choice.asked or not rest or rest[0].status != AFTER or uncovered(rest[0].series):
        return None
    return replace(choice, ranked=(
        RankedSeries(rest[0].series, CHOSEN, f"the best of those that can be read ({rest[0].why})"), *rest[1:],
        RankedSeries(unusable.series, LEFT_OUT, _unusable(why))))


def refused(choice: Choice, why: str) -> Choice:
    """Return what is left of a choice whose first series is unusable and which has no other."""
    first, *others = choice.ranked
    return replace(choice, ranked=(*others, RankedSeries(first.series, LEFT_OUT, _unusable(why))))


def _unusable(why: str) -> str:
    return f"cannot be used: {why.removesuffix('.')}"


def examinations(infos: Iterable[SeriesInfo]) -> list[list[SeriesInfo]]:
    """Sort series by patient, study and time of acquisition."""
    groups: list[list[SeriesInfo]] = []
    for one in sorted(infos, key=lambda one: (one.patient, one.study, one.acquired_min or 0.0)):
        last = groups[-1][-1] if groups else None
        if last is None or (last.patient, last.study) != (one.patient, one.study) or _are_apart(groups[-1], one):
            groups.append([one])
        else:
            groups[-1].append(one)
    return groups


def with_head(groups: Iterable[Sequence[SeriesInfo]]) -> list[list[SeriesInfo]]:
    """Return the examinations that may hold a head without contrast agent; if none does, those with any CT slices."""
    usable = [list(group) for group in groups if any(not one.obstacle for one in group)]
    best = [group for group in usable if any(not (one.obstacle or uncovered(one) or one.enhanced) for one in group)]
    return best or usable


def uncovered(series: SeriesInfo) -> str:
    """Say why a series cannot cover the siphon, as far as its headers tell; empty if it may."""
    if series.other_part:
        return f"shows another part ({series.other_part})"
    if series.height_mm is not None and series.height_mm < limits.MIN_HEIGHT_MM:
        return f"only {series.height_mm:.0f} mm high"
    if series.width_mm is not None and series.width_mm < limits.MIN_WIDTH_MM:
        return f"only {series.width_mm:.0f} mm wide"
    if series.increment_mm is not None and series.increment_mm > limits.MAX_SLICE_DISTANCE_MM:
        return f"slices {series.increment_mm:g} mm apart"
    if series.pixel_mm is not None and series.pixel_mm > limits.MAX_IN_PLANE_MM:
        return f"pixels of {series.pixel_mm:.2g} mm"
    return ""


def are_alike(order: Sequence[SeriesInfo]) -> bool:
    """Tell whether the first of some series shows what all others show that may cover the siphon."""
    return all(_share(order[0], other) >= ALIKE for other in order[1:] if not uncovered(other))


def _share(a: SeriesInfo, b: SeriesInfo) -> float:
    """Return the part of the height of the longer one that two stacks share; 0 where it cannot be told."""
    if a.span_mm is None or b.span_mm is None or not a.frame or a.frame != b.frame:
        return 0.0
    common = min(a.span_mm[1], b.span_mm[1]) - max(a.span_mm[0], b.span_mm[0])
    return common / max(a.span_mm[1] - a.span_mm[0], b.span_mm[1] - b.span_mm[0], 1e-6)


def _are_apart(group: Sequence[SeriesInfo], one: SeriesInfo) -> bool:
    times = [other.acquired_min for other in group if other.acquired_min is not None]
    return one.acquired_min is not None and bool(times) and one.acquired_min - times[-1] > SEPARATE_MIN


def _covers(series: SeriesInfo, seen: Mapping[str, str]) -> str:
    return seen.get(series.uid) or uncovered(series)


def _criteria(prefer: str, seen: Mapping[str, str]) -> list[Criterion]:
    return [
        Criterion(lambda s: bool(_covers(s, seen)), lambda s: _covers(s, seen)),
        Criterion(lambda s: bool(s.enhanced), lambda s: s.enhanced),
        *(_preference(word) for word in preferences(prefer)),
        Criterion(lambda s: s.reformatted or bool(s.computed),
                  lambda s: "reformatted" if s.reformatted else f"computed for one energy ({s.computed})"),
        Criterion(lambda s: bool(s.one_voltage), lambda s: f"one of two voltages ({s.one_voltage})"),
        Criterion(lambda s: bool(s.sharp), lambda s: s.sharp),
        Criterion(_distance_from_best, lambda s: _thickness(s)),
        Criterion(_distance_from_standard, lambda s: f"made at {s.kv:g} kV"),
        Criterion(lambda s: -s.slices, lambda s: f"fewer slices ({s.slices})"),
        Criterion(SeriesInfo.order, lambda s: "as good, with a later number"),
    ]


def preferences(prefer: str) -> list[str]:
    """Return the preferences that a text joins by commas."""
    return [word.strip() for word in prefer.split(",") if word.strip()]


def _preference(word: str) -> Criterion:
    known: dict[str, Callable[[SeriesInfo], Any]] = {
        THIN: lambda s: s.resolution_mm or 1e9, THICK: lambda s: -s.resolution_mm,
        SOFT: lambda s: bool(s.sharp), SHARP: lambda s: not s.sharp}
    rank = known.get(word.casefold(), lambda s: word.casefold() not in s.description.casefold())
    return Criterion(rank, lambda s: f"not what is preferred ('{word}'; {_thickness(s)}{s.sharp and f', {s.sharp}'})")


def _distance_from_best(series: SeriesInfo) -> tuple[float, float]:
    """Return how far the slices are from the best thickness, and their thickness; unknown is last."""
    size = series.resolution_mm
    if not size:
        return 1e9, 0.0
    return round(max(BEST_MM[0] - size, size - BEST_MM[1], 0.0), 3), round(size, 3)


def _distance_from_standard(series: SeriesInfo) -> float:
    """Return how far the voltage is from the standard, as its logarithm; 0 of both mixed, and where it is unknown."""
    if series.kv is None or not series.kv > 0 or series.both_voltages:
        return 0.0
    return round(abs(math.log(series.kv / limits.STANDARD_KV)), 3)


def _thickness(series: SeriesInfo) -> str:
    size = series.resolution_mm
    return f"{size:.3g} mm slices" if size else "slices of unknown thickness"


def _ordered(usable: Sequence[SeriesInfo], prefer: str, seen: Mapping[str, str]) -> list[SeriesInfo]:
    criteria = _criteria(prefer, seen)
    return sorted(usable, key=lambda one: tuple(criterion.rank(one) for criterion in criteria))


def _fault(one: SeriesInfo, best: SeriesInfo, prefer: str, seen: Mapping[str, str]) -> str:
    """Say by what a series comes after the best one."""
    return next(c.fault(one) for c in _criteria(prefer, seen) if c.rank(one) > c.rank(best))


def _virtues(best: SeriesInfo, seen: Mapping[str, str]) -> str:
    """Say how the best series meets the rule, and where it does not."""
    lacks = [text for text in (_covers(best, seen), best.enhanced, best.sharp) if text]
    soft = f"soft kernel {best.kernel.split(chr(92))[0]}" if best.kernel else "no kernel named"
    origin = "reformatted" if best.reformatted else f"computed ({best.computed})" if best.computed else "original axial"
    plain = [] if best.enhanced else ["no contrast agent named"]
    voltages = [f"both voltages mixed ({best.both_voltages})"] if best.both_voltages else (
        [f"one of two voltages ({best.one_voltage})"] if best.one_voltage else [])
    return ", ".join([origin, *voltages, *lacks, *plain, *([] if best.sharp else [soft]), _thickness(best),
                      f"{best.slices} slices"])


def _notes(usable: Sequence[SeriesInfo], prefer: str) -> tuple[str, ...]:
    """Say what was preferred, and which preferences fit nothing."""
    words, known = preferences(prefer), (THIN, THICK, SOFT, SHARP)
    unfit = [word for word in words if word.casefold() not in known
             and not any(word.casefold() in one.description.casefold() for one in usable)]
    said = [f"Preferred: {', '.join(words)}."] if words else []
    return (*said, *(f"No series fits the preference '{word}'." for word in unfit))
