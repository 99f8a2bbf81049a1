"""Comparing two measured scans of one person: aligned, lesions matched, changes held against noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from icac.anatomy import SEGMENTS, Segment, Side
from icac.change.comparable import notes_on
from icac.change.limits import Limits, load_limits
from icac.change.match import Group, match_lesions
from icac.change.result import Amounts, Change, LesionChange, State, center_of
from icac.change.scan import MeasuredScan
from icac.change.seen import END_MM, LARGEST_UNSEEN, SOFT_HU, Seen
from icac.errors import InputError, RegistrationError
from icac.geometry import three
from icac.lesions import Lesion
from icac.registration.same_head import LEAST_LIKENESS, HeadAlignment, align_heads


def measure_change(a: MeasuredScan, b: MeasuredScan, *, same_person: bool = False, limits: Limits | None = None
                   ) -> Change:
    """Compare two scans of one person.

    The earlier one is the first, whichever was given first; where a date is unknown, ``a`` is. Both orders give the
    same figures with the other sign.

    Parameters
    ----------
    a, b : MeasuredScan
    same_person : bool
        They are of one person although their headers name two.
    limits : Limits, optional
        The table of limits, if not the one that comes with the library.

    Raises
    ------
    InputError
        The headers name two patients.
    RegistrationError
        The heads are not one, or cannot be aligned.

    """
    _refuse_two_patients(a, b, same_person)
    first, second = _in_order(a, b)
    swapped = [f"{first.name} is the earlier scan, by {a_day(first)}: it is the first, {second.name} the second."
               ] if first is not a else []
    alignment = align(first, second)
    limits = limits or load_limits()
    lesions = _lesion_changes(first, second, alignment, limits)
    # What is said of lesions comes first: pictures have room for a few sentences only.
    notes = (*swapped, *_outside(lesions), *_unsure(lesions), *notes_on(first, second, limits))
    before, after = _shown(lesions)
    return Change(first, second, alignment, lesions, _total(before, after, first, second, limits),
                  {side: _total(_of_side(side, before), _of_side(side, after), first, second, limits)
                   for side in Side},
                  {segment: _amounts("total", _of_segment(segment, before), _of_segment(segment, after), first, second,
                                     limits) for segment in SEGMENTS},
                  (_score(before), _score(after)), notes)


def _shown(changes: Sequence[LesionChange]) -> tuple[list[Lesion], list[Lesion]]:
    """Return the lesions of the first and of the second scan without those that one of the scans does not show."""
    shown = [one for one in changes if one.is_shown]
    return [lesion for one in shown for lesion in one.before], [lesion for one in shown for lesion in one.after]


def _of_side(side: Side, lesions: Sequence[Lesion]) -> list[Lesion]:
    return [lesion for lesion in lesions if lesion.side is side]


def _of_segment(segment: Segment, lesions: Sequence[Lesion]) -> float:
    return float(sum(lesion.volume_by_segment_mm3[segment] for lesion in lesions))


def a_day(scan: MeasuredScan) -> str:
    """Return the day of a scan in words."""
    return f"its date {scan.examination.date}" if scan.examination.date else "an unknown date"


def align(first: MeasuredScan, second: MeasuredScan) -> HeadAlignment:
    """Lay the second scan on the first; which of them is moved depends on their voxels, not on their order.

    Raises RegistrationError if their heads are not one.
    """
    if second.voxels_sha256 == first.voxels_sha256 and second.ct.frame.matches(first.ct.frame):
        return HeadAlignment(np.eye(4), 1.0)
    if second.voxels_sha256 < first.voxels_sha256:
        return align(second, first).inverse
    found = align_heads(first.ct, first.reference_to_scan, second.ct, second.reference_to_scan)
    if found.likeness < LEAST_LIKENESS:
        raise RegistrationError(
            f"The heads of {first.name} and {second.name} do not match (likeness of the skull bases "
            f"{found.likeness:.2f}, at least {LEAST_LIKENESS} is needed): they seem to be of two people, or alignment "
            "failed; check that both are scans of one person.")
    return found


def _refuse_two_patients(a: MeasuredScan, b: MeasuredScan, same_person: bool) -> None:
    patients = a.examination.patient, b.examination.patient
    if all(patients) and patients[0] != patients[1] and not same_person:
        raise InputError(f"{a.name} and {b.name} are of two patients, by the Patient ID of their headers; if they are "
                         "of one person, say so with --same-person.")


def _in_order(a: MeasuredScan, b: MeasuredScan) -> tuple[MeasuredScan, MeasuredScan]:
    dates = a.examination.date, b.examination.date
    return (b, a) if dates[0] and dates[1] and dates[1] < dates[0] else (a, b)


def _lesion_changes(first: MeasuredScan, second: MeasuredScan, alignment: HeadAlignment, limits: Limits
                    ) -> tuple[LesionChange, ...]:
    groups = match_lesions(first.ct.like(first.labels), second.ct.like(second.labels), alignment.moving_to_fixed)
    seen = (Seen(first, second.ct, alignment.inverse.moving_to_fixed),
            Seen(second, first.ct, alignment.moving_to_fixed))
    found = [_change(group, first, second, alignment, limits, seen) for group in groups]
    found.sort(key=lambda one: -max(one.amounts.before_mm3, one.amounts.after_mm3))
    return tuple(replace(one, number=number) for number, one in enumerate(found, start=1))


def _is_unseen(group: Group, of_first: Seen, of_second: Seen) -> bool:
    """Tell whether a part of these lesions lies where the other scan shows nothing, or nothing could be found."""
    end = 0.0 if group.first and group.second else END_MM
    shares = [*of_first.unseen(end)[list(group.first)], *of_second.unseen(end)[list(group.second)]]
    return max(shares) > LARGEST_UNSEEN


def _change(group: Group, first: MeasuredScan, second: MeasuredScan, alignment: HeadAlignment, limits: Limits,
            seen: tuple[Seen, Seen]) -> LesionChange:
    before = tuple(first.lesions[number - 1] for number in group.first)
    after = tuple(second.lesions[number - 1] for number in group.second)
    amounts = _amounts("lesion", _mm3(before), _mm3(after), first, second, limits)
    centers = (center_of(before) if before else _moved(alignment.moving_to_fixed, center_of(after)),
               center_of(after) if after else _moved(alignment.inverse.moving_to_fixed, center_of(before)))
    there_hu = _there_hu(group, *seen)
    state = State.OUTSIDE if _is_unseen(group, *seen) else _state(before, after, amounts, there_hu)
    return LesionChange(0, state, before, after, amounts, centers, there_hu)


def _there_hu(group: Group, of_first: Seen, of_second: Seen) -> float | None:
    """Return the HU of the other scan at the place of what was found in one scan only; None of all else."""
    if group.first and group.second:
        return None
    return of_first.hu(group.first[0]) if group.first else of_second.hu(group.second[0])


def _state(before: Sequence[Lesion], after: Sequence[Lesion], amounts: Amounts, there_hu: float | None) -> State:
    if there_hu is not None and there_hu >= SOFT_HU:
        return State.UNSURE
    if not before:
        return State.NEW
    if not after:
        return State.GONE
    if len(before) == len(after):
        return amounts.trend
    return State.MERGED if len(before) > len(after) else State.SPLIT


def _moved(matrix: np.ndarray, point: Sequence[float]) -> tuple[float, float, float]:
    return three(float(v) for v in matrix[:3, :3] @ np.asarray(point) + matrix[:3, 3])


def _amounts(kind: str, before_mm3: float, after_mm3: float, first: MeasuredScan, second: MeasuredScan,
             limits: Limits) -> Amounts:
    noise = limits.noise(kind, before_mm3, after_mm3, first.protocol, second.protocol)
    return Amounts(before_mm3, after_mm3, noise)


def _total(before: Sequence[Lesion], after: Sequence[Lesion], first: MeasuredScan, second: MeasuredScan,
           limits: Limits) -> Amounts:
    return _amounts("total", _mm3(before), _mm3(after), first, second, limits)


def _mm3(lesions: Sequence[Lesion]) -> float:
    return float(sum(lesion.volume_mm3 for lesion in lesions))


def _score(lesions: Sequence[Lesion]) -> float:
    return float(sum(lesion.agatston for lesion in lesions))


def _outside(lesions: Sequence[LesionChange]) -> list[str]:
    outside = [lesion for lesion in lesions if not lesion.is_shown]
    if not outside:
        return []
    mm3 = sum(max(one.amounts.before_mm3, one.amounts.after_mm3) for one in outside)
    lie, are = ("lesion lies", "is") if len(outside) == 1 else ("lesions lie", "are")
    return [f"{len(outside)} {lie}, whole or in part, where one of the scans shows nothing ({mm3:.1f} mm3), and {are} "
            "left out of all totals."]


def _unsure(lesions: Sequence[LesionChange]) -> list[str]:
    """Say which lesions one scan shows and the other may hold, too."""
    rows = [str(one.number) for one in lesions if one.state is State.UNSURE]
    if not rows:
        return []
    mm3 = sum(max(one.amounts.before_mm3, one.amounts.after_mm3) for one in lesions if one.state is State.UNSURE)
    return [f"What row{'s' * (len(rows) > 1)} {', '.join(rows)} tell{'s' * (len(rows) == 1)} of was found in one scan "
            f"only, but the other is denser there than soft tissue, too: look at both. The {mm3:.1f} mm3 count in the "
            "totals of the scan in which they were found."]
