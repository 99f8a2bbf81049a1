import json
import math

import pytest
from icac.errors import InputError
from icac.worklist import LEFT, MANUAL, PREDICTED, RIGHT, BlindedComparison, CaseStatus, open_worklist

CASES = [f"case{number}" for number in range(40)]


def prefer(comparison, kind, cases):
    """Choose a kind of outline as one who knows the sides."""
    for case in cases:
        comparison.choose(case, next(side for side, what in comparison.sides(case).items() if what == kind))


def test_sides_are_random_and_the_seed_repeats_them(tmp_path):
    one = BlindedComparison(tmp_path / "1.json", CASES, "Anna", "seed")
    again = BlindedComparison(tmp_path / "2.json", CASES[::-1], "Bea", "seed")
    other = BlindedComparison(tmp_path / "3.json", CASES, "Anna", "another seed")
    free = [BlindedComparison(tmp_path / "4.json", CASES, "Anna") for _ in range(2)]
    sides = [one.sides(case)[LEFT] for case in CASES]
    assert 10 <= sides.count(MANUAL) <= 30
    assert [again.sides(case)[LEFT] for case in CASES] == sides
    assert [other.sides(case)[LEFT] for case in CASES] != sides
    assert free[0].cases != free[1].cases
    assert one.cases == again.cases != tuple(CASES)
    assert all(set(one.sides(case).values()) == {MANUAL, PREDICTED} for case in CASES)
    more = BlindedComparison(tmp_path / "5.json", [*CASES, "new"], "Anna", "seed")
    assert [more.sides(case)[LEFT] for case in CASES] == sides


def test_the_file_does_not_tell_what_lay_where(tmp_path):
    path = tmp_path / "x.json"
    comparison = BlindedComparison(path, CASES, "Anna", "seed")
    prefer(comparison, PREDICTED, CASES[:20])
    text = path.read_text()
    assert MANUAL not in text
    assert PREDICTED not in text
    assert json.loads(text)["content"]["choices"]["case0"]["side"] in (LEFT, RIGHT)


def test_tally_at_the_end(tmp_path):
    comparison = BlindedComparison(tmp_path / "x.json", CASES, "Anna", "seed")
    prefer(comparison, PREDICTED, CASES[:28])
    with pytest.raises(InputError, match="12 of 40 cases are still to be compared"):
        comparison.unblind()
    prefer(comparison, MANUAL, CASES[28:38])
    for case in CASES[38:]:
        comparison.leave_out(case, "motion")
    tally = comparison.unblind()
    assert (tally.predicted.chosen, tally.predicted.total) == (28, 38)
    assert tally.predicted.p_value == pytest.approx(2 * sum(math.comb(38, k) for k in range(28, 39)) / 2**38)
    assert tally.preferred["case0"] == PREDICTED
    assert tally.preferred["case30"] == MANUAL
    assert tally.left_out == {"case38": "motion", "case39": "motion"}
    assert tally.left.chosen == sum(comparison.choice(case) == LEFT for case in CASES[:38])


def test_resumed_and_changed_until_the_outcome_was_shown(tmp_path):
    path = tmp_path / "x.json"
    first = BlindedComparison(path, CASES, "Anna")
    begun = first.open_cases[:3]
    for case in begun:
        first.choose(case, LEFT)
    second = BlindedComparison(path, CASES, "Anna")
    assert second.open_cases == first.cases[3:]
    assert [second.sides(case) for case in CASES] == [first.sides(case) for case in CASES]
    second.choose(begun[0], RIGHT)
    assert second.choice(begun[0]) == RIGHT
    assert second.choice(second.open_cases[0]) is None
    prefer(second, MANUAL, second.open_cases)
    tally = second.unblind()
    third = BlindedComparison(path, [*CASES, "new"], "Anna")
    assert third.unblind() == tally
    with pytest.raises(InputError, match="was shown already"):
        third.choose(begun[0], LEFT)


def test_faults(tmp_path):
    path = tmp_path / "x.json"
    with pytest.raises(InputError, match="No case has both"):
        BlindedComparison(path, [], "Anna")
    comparison = BlindedComparison(path, CASES, "Anna")
    comparison.choose(CASES[0], LEFT)
    with pytest.raises(InputError, match="is not part of"):
        comparison.choose("other", LEFT)
    with pytest.raises(ValueError, match="middle"):
        comparison.choose(CASES[0], "middle")
    with pytest.raises(InputError, match="holds the comparison of Anna"):
        BlindedComparison(path, CASES, "Bea")


def test_of_a_worklist(cases, make_result):
    for name in "abce":
        make_result(cases / f"result-{name}", str(cases / f"{name}_ct.nii.gz"))
    with open_worklist(cases, "Anna") as worklist:
        worklist.go("b")
        worklist.set_status(CaseStatus.EXCLUDED)
        assert sorted(worklist.blinded().cases) == ["a", "c"]
        worklist.blinded().choose("a", LEFT)
        assert worklist.blinded().open_cases == ("c",)
