"""What became of each lesion, in all and a year; scans in order; whose scans they are; what is said of protocols."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import icac.change.measure as measure
import numpy as np
import pytest
from icac.anatomy import Segment, Side
from icac.change import State, measure_change
from icac.change.scan import Method, Protocol
from icac.errors import InputError
from icac.geometry import Volume
from icac.registration.same_head import HeadAlignment


def states(change) -> dict[tuple[str, str], State]:
    return {(lesion.side.value, lesion.segment.name): lesion.state for lesion in change.lesions}


def test_each_lesion_has_its_state_and_figures(before, after, limits, boxes):
    change = measure_change(before, after, limits=limits)
    assert states(change) == {("right", "C3"): State.STABLE, ("left", "C4"): State.GROWN, ("left", "C5"): State.GONE,
                              ("right", "C7"): State.NEW, ("right", "C6"): State.MERGED}
    merged = next(lesion for lesion in change.lesions if lesion.state is State.MERGED)
    assert len(merged.before) == 2 and len(merged.after) == 1 and merged.amounts.trend is State.GROWN
    assert merged.amounts.before_mm3 == pytest.approx(boxes.mm3(4 * 4 * 2 * 2))
    assert merged.amounts.change_mm3 == pytest.approx(boxes.mm3(4 * 6 * 2))
    grown = next(lesion for lesion in change.lesions if lesion.state is State.GROWN)
    assert grown.amounts.percent == pytest.approx(100 * (80 / 24 - 1))
    assert grown.hu == (300.0, 300.0) and grown.hu_change == 0.0


def test_totals_are_those_of_sides_and_segments(before, after, limits, boxes):
    change = measure_change(before, after, limits=limits)
    right, left = change.by_side[Side.RIGHT], change.by_side[Side.LEFT]
    assert right.after_mm3 == pytest.approx(boxes.mm3(4 * 4 * 3 + 4 * 4 * 2 + 4 * 14 * 2))
    assert left.change_mm3 == pytest.approx(boxes.mm3(80 * 3 - 24 * 3 - 9 * 2))
    assert change.total.change_mm3 == pytest.approx(right.change_mm3 + left.change_mm3)
    assert change.by_segment[Segment.C5].change_mm3 == pytest.approx(-boxes.mm3(3 * 3 * 2))
    assert sum(found.after_mm3 for found in change.by_segment.values()) == pytest.approx(change.total.after_mm3)


def test_a_scan_beside_itself_has_not_changed(before, limits):
    change = measure_change(before, before, limits=limits)
    assert {lesion.state for lesion in change.lesions} == {State.STABLE}
    assert all(lesion.amounts.change_mm3 == 0 for lesion in change.lesions) and change.total.change_mm3 == 0
    assert any("they are one scan" in note for note in change.notes)


def test_the_other_order_gives_the_same_with_the_other_sign(make_scan, limits, boxes):
    a = make_scan("A", boxes.before, protocol=Protocol(1.5, 10.0))
    b = make_scan("B", boxes.after, protocol=Protocol(4.0, 6.0))
    there, back = measure_change(a, b, limits=limits), measure_change(b, a, limits=limits)
    assert {(lesion.state.mirrored, round(-lesion.amounts.change_mm3, 6)) for lesion in there.lesions} == {
        (lesion.state, round(lesion.amounts.change_mm3, 6)) for lesion in back.lesions}
    assert there.total.noise.high_mm3 == pytest.approx(-back.total.noise.low_mm3)
    assert there.total.change_mm3 == -back.total.change_mm3


def test_the_earlier_scan_is_the_first_and_that_is_said(before, after, limits):
    change = measure_change(after, before, limits=limits)
    assert (change.first.name, change.second.name) == ("A", "B")
    assert "A is the earlier scan" in change.notes[0]
    assert change.years == pytest.approx(3.0, abs=0.01)
    assert change.total.annual_mm3(change.years) == pytest.approx(change.total.change_mm3 / 3, rel=0.01)


def test_without_dates_there_is_no_rate(make_scan, limits, boxes):
    change = measure_change(make_scan("A", boxes.before), make_scan("B", boxes.after, date(2020, 1, 1)), limits=limits)
    assert change.years is None and change.total.annual_mm3(change.years) is None
    assert any("A date is unknown" in note for note in change.notes)


def test_two_patients_are_refused_unless_they_are_said_to_be_one(make_scan, limits, boxes):
    a, b = make_scan("A", boxes.before, patient="1"), make_scan("B", boxes.after, patient="2")
    with pytest.raises(InputError, match=r"of two patients.*--same-person"):
        measure_change(a, b, limits=limits)
    assert measure_change(a, b, same_person=True, limits=limits).lesions
    assert measure_change(a, make_scan("B", boxes.after), limits=limits).lesions


@pytest.mark.parametrize(("protocol", "words"), [
    (Protocol(5.0, 10.0), "1.5 mm thick in the first scan and 5 mm"), (Protocol(1.5, 10.0, kernel="H60s"), "kernels"),
    (Protocol(1.5, 10.0, kv="100"), "tube voltages differ"), (Protocol(9.0, 10.0), "true limits are wider")])
def test_scans_that_were_made_otherwise_are_told(make_scan, limits, protocol, words, boxes):
    a = make_scan("A", boxes.before, protocol=Protocol(1.5, 10.0, "H30s", "120"))
    assert any(words in note for note in measure_change(a, make_scan("B", boxes.after, protocol=protocol),
                                                        limits=limits).notes)


def test_other_models_are_told(make_scan, limits, boxes):
    b = make_scan("B", boxes.after, method=Method("m", "2"))
    change = measure_change(make_scan("A", boxes.before), b, limits=limits)
    assert any("different models or settings" in note for note in change.notes)


def cut(scan, slices: int):
    """A scan of which only the lowest slices were made; lesions are those of what is left."""
    left = [lesion for lesion in scan.lesions if (scan.labels[:slices] == lesion.id).any()]
    numbers = np.zeros(len(scan.lesions) + 1, dtype=int)
    numbers[[lesion.id for lesion in left]] = range(1, len(left) + 1)
    frame = scan.ct.frame.crop((0, 0, 0), (*scan.ct.frame.size[:2], slices))
    return replace(scan, ct=Volume(scan.ct.array[:slices], frame), labels=numbers[scan.labels[:slices]],
                   lesions=tuple(replace(lesion, id=numbers[lesion.id]) for lesion in left))


def blank(scan, slices: int):
    """The same on all voxels of the scan, but without values in the others, as after resampling."""
    low, missing = cut(scan, slices), ((0, len(scan.labels) - slices), (0, 0), (0, 0))
    return replace(low, ct=scan.ct.like(np.pad(low.ct.array, missing, constant_values=-1024)),
                   labels=np.pad(low.labels, missing))


@pytest.mark.parametrize("shortened", [cut, blank])
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("slices", "expected"), [
    (20, {("right", "C3"): State.STABLE, ("left", "C4"): State.STABLE}),
    (14, {("right", "C3"): State.STABLE, ("left", "C4"): State.OUTSIDE}),   # through the lesion, a slice of it left
    (13, {("right", "C3"): State.STABLE, ("left", "C4"): State.OUTSIDE})])  # just below it
def test_what_the_other_scan_does_not_show_is_neither_new_nor_gone_nor_changed(
        make_scan, limits, boxes, shortened, swapped, slices, expected):
    whole = make_scan("A", boxes.before)
    low = shortened(make_scan("B", boxes.before), slices)
    # The heads are one although the voxels of a part have another sum: told by the identity of the map.
    pair = (low, whole) if swapped else (whole, low)
    changes = measure._lesion_changes(*pair, HeadAlignment(np.eye(4), 1.0), limits)
    found = {(one.side.value, one.segment.name): one.state for one in changes}
    assert {place: found[place] for place in expected} == expected
    assert all(state is State.OUTSIDE for place, state in found.items() if place not in expected)
    [note] = measure._outside(changes)
    shown = [one for one in changes if one.state is not State.OUTSIDE]
    assert f"{len(changes) - len(shown)} lesions lie, whole or in part, where one of the scans shows nothing" in note
    before, after = measure._shown(changes)
    assert sum(one.volume_mm3 for one in before) == pytest.approx(sum(one.amounts.before_mm3 for one in shown))
    assert sum(one.volume_mm3 for one in after) == pytest.approx(sum(one.amounts.after_mm3 for one in shown))


@pytest.mark.parametrize("swapped", [False, True])
def test_totals_leave_out_what_one_scan_does_not_show(make_scan, limits, boxes, swapped, monkeypatch):
    monkeypatch.setattr(measure, "align", lambda *_: HeadAlignment(np.eye(4), 1.0))
    pair = make_scan("A", boxes.before), cut(make_scan("B", boxes.before), 14)
    change = measure_change(*(pair[::-1] if swapped else pair), limits=limits)
    stays = boxes.mm3(4 * 4 * 3)
    assert (change.total.before_mm3, change.total.after_mm3) == pytest.approx((stays, stays))
    assert change.by_side[Side.LEFT].before_mm3 == change.by_side[Side.LEFT].after_mm3 == 0
    assert sum(found.after_mm3 for found in change.by_segment.values()) == pytest.approx(stays)
    assert not change.total.is_beyond_noise and change.agatston[0] == pytest.approx(change.agatston[1])


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("hu", "is_sure"), [(30, True), (55, True), (65, False), (110, False), (300, False)])
def test_what_the_other_scan_still_shows_is_neither_gone_nor_new(make_scan, limits, boxes, monkeypatch, swapped, hu,
                                                                 is_sure):
    """Calcium that the slices of the other scan blur below 130 HU, or that nobody took for ICAC there."""
    monkeypatch.setattr(measure, "align", lambda *_: HeadAlignment(np.eye(4), 1.0))
    with_it, missed = make_scan("A", boxes.before), make_scan("B", boxes.before[1:])
    missed = replace(missed, ct=missed.ct.like(np.where(with_it.labels > 0, hu, with_it.ct.array).astype(np.int16)))
    change = measure_change(*((missed, with_it) if swapped else (with_it, missed)), limits=limits)
    [one] = [one for one in change.lesions if one.state is not State.STABLE]
    assert one.state is ((State.NEW if swapped else State.GONE) if is_sure else State.UNSURE)
    assert one.there_hu == hu
    notes = [note for note in change.notes if "denser there than soft tissue" in note]
    assert len(notes) == (not is_sure)
    if not is_sure:
        mm3 = max(one.amounts.before_mm3, one.amounts.after_mm3)
        assert f"row {one.number} tells of" in notes[0] and f"{mm3:.1f} mm3 count" in notes[0]
        assert change.notes[0] == notes[0], "before what is known of the scans"


def test_a_part_of_a_lesion_in_soft_tissue_makes_it_not_unsure(make_scan, limits, boxes):
    """Most of its place counts: bone may touch one end of it."""
    with_it, without = make_scan("A", boxes.before), make_scan("B", boxes.before[1:])
    hu = without.ct.array.copy()
    z, y, x = np.argwhere(with_it.labels == with_it.labels[tuple(np.argwhere(with_it.labels > 0)[0])]).T
    edge = x == x.max()
    hu[z[edge], y[edge], x[edge]] = 900
    changes = measure._lesion_changes(with_it, replace(without, ct=without.ct.like(hu)),
                                      HeadAlignment(np.eye(4), 1.0), limits)
    assert {one.segment.name: one.state for one in changes}["C3"] is State.GONE


def test_a_lesion_that_goes_beside_air_is_gone(make_scan, limits, boxes):
    """Air of the lowest value next to the place is no end of the scan."""
    after = make_scan("B", boxes.before[1:])
    hu = after.ct.array.copy()
    hu[::2, ::2] = -1024
    changes = measure._lesion_changes(make_scan("A", boxes.before), replace(after, ct=after.ct.like(hu)),
                                      HeadAlignment(np.eye(4), 1.0), limits)
    assert {one.segment.name: one.state for one in changes}["C3"] is State.GONE


def test_a_small_new_lesion_may_be_noise(make_scan, limits, boxes):
    thick, dot = Protocol(4.0, 6.0), ((-20, -8, 50), (1, 1, 1))
    change = measure_change(make_scan("A", boxes.before, protocol=thick),
                            make_scan("B", (*boxes.before, dot), protocol=thick), limits=limits)
    new = next(lesion for lesion in change.lesions if lesion.state is State.NEW)
    assert not new.amounts.is_beyond_noise
