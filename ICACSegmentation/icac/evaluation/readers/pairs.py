"""Two raters on the cases that both are done with: volumes, overlap and lesions, by side and in all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from icac.anatomy import Course, Side
from icac.compare import compare
from icac.compare.agreement import Agreement, MatchedLesion
from icac.compare.overlap import Overlap
from icac.ct.masks import place_mask
from icac.errors import InputError
from icac.evaluation.readers.readings import Rater, courses_of, load_mask
from icac.worklist import WorklistCase

#: Both sides together.
BOTH = "both"


@dataclass(frozen=True)
class PairedCase:
    """What two raters made of one side of a case, or of both.

    Attributes
    ----------
    first, second : str
        The raters.
    case, side : str
    overlap : Overlap
        Of the first with the second, who stands for the truth in its words.
    first_lesions, first_shared, second_lesions, second_shared : int
        Lesions of each, and those of which the other marked anything.
    blind : bool
        Both read without the model's result in sight.

    """

    first: str
    second: str
    case: str
    side: str
    overlap: Overlap
    first_lesions: int
    first_shared: int
    second_lesions: int
    second_shared: int
    blind: bool

    @property
    def first_mm3(self) -> float:
        """Volume of the first."""
        return self.overlap.predicted_mm3

    @property
    def second_mm3(self) -> float:
        """Volume of the second."""
        return self.overlap.truth_mm3


@dataclass(frozen=True)
class PairedLesion:
    """A lesion of one of two raters; ``of`` says whose, ``by`` who else could have marked it."""

    case: str
    of: str
    by: str
    lesion: MatchedLesion


@dataclass(frozen=True)
class Paired:
    """All pairs of raters on all cases, and sentences on what could not be told."""

    cases: tuple[PairedCase, ...]
    lesions: tuple[PairedLesion, ...]
    notes: tuple[str, ...]


def pair_raters(raters: Sequence[Rater], cases: Sequence[WorklistCase]) -> Paired:
    """Compare every two raters on the cases that both are done with; one case is in memory at a time.

    Raises
    ------
    InputError
        No case was read by two, or two masks of a case do not lie on the same voxels.

    """
    rows: list[PairedCase] = []
    lesions: list[PairedLesion] = []
    without_sides = []
    for case in cases:
        done = [rater for rater in raters if case.name in rater.masks]
        if len(done) < 2:
            continue
        courses = courses_of(case)
        without_sides += [] if courses else [case.name]
        for first, second, found in _agreements(done, case.name, courses):
            rows += _rows(first, second, case.name, found)
            lesions += [PairedLesion(case.name, one.name, other.name, lesion)
                        for one, other, part in ((first, second, found.predicted), (second, first, found.manual))
                        for lesion in part]
    if not rows:
        raise InputError("No case was read to the end by two of " + ", ".join(one.name for one in raters) + ".")
    notes = [f"Sides are not told of {len(without_sides)} cases without a result, which has the courses of the "
             f"arteries: {', '.join(without_sides[:5])}{', ...' if len(without_sides) > 5 else ''}."]
    return Paired(tuple(rows), tuple(lesions), tuple(notes if without_sides else ()))


def _agreements(done: Sequence[Rater], case: str, courses: Mapping[Side, Course] | None
                ) -> list[tuple[Rater, Rater, Agreement]]:
    masks = {rater.name: load_mask(rater, case) for rater in done}
    frame = masks[done[0].name].frame
    placed = {}
    for rater in done:
        placed[rater.name], moved = place_mask(masks[rater.name], frame)
        if moved:
            raise InputError(f"{rater.masks[case]} does not lie on the voxels of {done[0].masks[case]}; the scan of "
                             f"case '{case}' was replaced between the two readings.")
    return [(first, second, compare(frame, placed[first.name], placed[second.name], courses))
            for first, second in combinations(done, 2)]


def _rows(first: Rater, second: Rater, case: str, found: Agreement) -> list[PairedCase]:
    parts: list[tuple[str, Side | None, Overlap]] = [(BOTH, None, found.overlap)]
    parts += [(side.value, side, overlap) for side, overlap in found.overlap_by_side.items()]
    blind = case in first.blind and case in second.blind
    return [PairedCase(first.name, second.name, case, name, overlap, *_counts(found.predicted, side),
                       *_counts(found.manual, side), blind) for name, side, overlap in parts]


def _counts(lesions: Sequence[MatchedLesion], side: Side | None) -> tuple[int, int]:
    there = [lesion for lesion in lesions if side is None or lesion.side is side]
    return len(there), sum(lesion.matched for lesion in there)
