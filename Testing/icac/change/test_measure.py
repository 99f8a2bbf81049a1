"""What became of each lesion, in all and a year; scans in order; whose scans they are; what is said of protocols."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from icac.anatomy import Segment, Side
from icac.change import State, measure_change
from icac.change.scan import Method, Protocol
from icac.errors import InputError
from icac.geometry import Volume


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


def test_a_lesion_beyond_the_other_scan_is_neither_new_nor_gone(make_scan, limits, boxes):
    whole = make_scan("A", boxes.before)
    part = np.s_[:26]
    low = make_scan("B", boxes.before[:2])
    frame = boxes.frame.crop((0, 0, 0), (*boxes.frame.size[:2], 20))
    cut = replace(low, ct=Volume(low.ct.array[:20], frame), labels=low.labels[:20])
    assert whole.labels[part].any()
    # The heads are one although the voxels of a part have another sum: told by the identity of the map.
    import icac.change.measure as measure
    from icac.registration.same_head import HeadAlignment

    changes = measure._lesion_changes(whole, cut, HeadAlignment(np.eye(4), 1.0), limits)
    assert {lesion.state for lesion in changes} == {State.STABLE, State.OUTSIDE}
    assert "lie outside the other scan" in measure._outside(changes)[0]


def test_a_small_new_lesion_may_be_noise(make_scan, limits, boxes):
    thick, dot = Protocol(4.0, 6.0), ((-20, -8, 50), (1, 1, 1))
    change = measure_change(make_scan("A", boxes.before, protocol=thick),
                            make_scan("B", (*boxes.before, dot), protocol=thick), limits=limits)
    new = next(lesion for lesion in change.lesions if lesion.state is State.NEW)
    assert not new.amounts.is_beyond_noise
