"""The benchmark of held-out cases: its groups."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from icac.evaluation import CaseInput, evaluate
from icac.geometry import Frame, Volume

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import held_out_groups

FRAME = Frame.regular((0.5, 0.5, 2.0), (12, 10, 6))


def case(name, true, found):
    """A case with rows of voxels (of 0.5 mm3) of ICAC and of what was found, each in a slice of its own."""
    truth, predicted = np.zeros(FRAME.shape, np.uint8), np.zeros(FRAME.shape, np.uint8)
    truth[1, 3, 2:2 + true], predicted[1, 3, 2:2 + found[0]], predicted[4, 7, 1:1 + found[1]] = 1, 1, 1
    return CaseInput(name, Volume(predicted, FRAME), Volume(truth, FRAME))


@pytest.fixture
def rows(tmp_path):
    (tmp_path / "manifest.csv").write_text("case,young,style,edge_gain,noise_sd\n"
                                           "a,0,sharp,1.2,45.0\nb,0,varied,0.1,10.0\nc,1,varied,0.4,9.9\nd,1,sharp,1,5\n")
    cases = evaluate([case("a", 8, (6, 0)), case("b", 4, (4, 2)), case("c", 0, (0, 0)), case("d", 0, (0, 2))]).cases
    return {row["group"]: row for row in held_out_groups.group_rows(cases, held_out_groups.facts_of(tmp_path))}


def test_all_cases_are_pooled_by_volume(rows):
    row = rows["all"]
    assert (row["n"], row["without ICAC"], row["nothing found"]) == (4, 2, 0.5)
    assert (row["false lesions a scan"], row["false mm3 a scan"]) == (0.5, 0.5)
    assert (row["sensitivity"], row["PPV"], row["Dice, pooled"]) == pytest.approx((10 / 12, 10 / 14, 20 / 26))
    assert row["Dice, mean"] == pytest.approx((12 / 14 + 8 / 10 + 1 + 0) / 4)
    assert row["bias, %"] == pytest.approx(100 * 2 / 12)


def test_groups_follow_the_facts_and_leave_out_what_is_not_known(rows):
    assert {name: row["n"] for name, row in rows.items()} == {
        "all": 4, "ICAC: none": 2, "ICAC: some": 2, "age: adult": 2, "age: young": 2, "style: sharp": 2,
        "style: varied": 2, "kernel: bone": 2, "kernel: soft": 1, "kernel: sharp": 1, "noise: 0 to 10 HU": 2,
        "noise: 10 to 20 HU": 1, "noise: 40 HU on": 1}
    assert rows["age: young"]["nothing found"] == 0.5 and np.isnan(rows["age: young"]["sensitivity"])
    assert rows["style: varied"]["sensitivity"] == 1.0 and rows["kernel: bone"]["sensitivity"] == 0.75
