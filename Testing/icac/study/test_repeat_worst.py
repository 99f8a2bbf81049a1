from __future__ import annotations

import csv
from dataclasses import astuple
from types import SimpleNamespace

import numpy as np
import pytest
from icac.cli import main
from icac.models import IntensityScaling, ModelSpec, save_package
from icac.network import FCN, FcnConfig
from icac.study import repeat_worst
from icac.study.repeat_worst import Errors, errors_of
from icac.training.calibration import held_out
from icac.trainingset.cases import case_frame, read_case


@pytest.mark.parametrize(("missed", "false", "repeats"), [(79.9, 0, 0), (50, 30, 1), (0, 159, 1), (160, 0, 2)])
def test_cases_are_repeated_by_their_wrong_volume(missed, false, repeats):
    assert Errors(500.0, missed, false).repeats == repeats


def test_errors_are_volumes_of_missed_and_false_voxels():
    probability = np.array([[[0.9, 0.3, 0.2, 0.0, 0.8]]])
    case = SimpleNamespace(probability=probability, truth=np.array([[[True, False, True, True, False]]]),
                           dense=np.array([[[True, True, True, False, False]]]))
    assert astuple(errors_of(case, 0.3)) == pytest.approx((3 / 8, 2 / 8, 1 / 8))
    assert astuple(errors_of(case, 0.0)) == pytest.approx((3 / 8, 1 / 8, 1 / 8)), "what does not count is never found"


@pytest.mark.parametrize(("threshold", "repeats"), [(0.001, 2), (0.999, 0)])
def test_a_manifest_with_repeats_is_written(cohort, small_block, tmp_path, capsys, monkeypatch, threshold, repeats):
    monkeypatch.setattr(repeat_worst, "ONCE_MM3", 10.0)
    monkeypatch.setattr(repeat_worst, "TWICE_MM3", 20.0)
    config = FcnConfig(width=1)
    scaling = IntensityScaling(-200, 1000, 400, 600)
    spec = ModelSpec("tiny", "1", "undecided", config, scaling, "none", "none", True, threshold=threshold)
    zero = {name: value * 0 for name, value in FCN(config).state_dict().items()}
    model = save_package(tmp_path / "tiny", spec, zero).folder
    made = tmp_path / "new" / "worst.csv"
    assert main(["study", "repeat-worst", str(model), "--data", str(cohort), "-o", str(made), "--device", "cpu"]) == 0
    with made.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    names = [row["case"] for row in rows if row["split"] == "train"]
    wanted = [name for number in range(3)
              for name in (f"case{number}", *(f"case{number}_again{n + 1}" for n in range(repeats)))]
    assert names == wanted
    assert [row["case"] for row in rows if row["split"] != "train"] == ["case3", "case4", "case5"]
    assert {row["image"] for row in rows if row["case"].startswith("case1")} == {str(cohort / "case1.npz")}
    assert {row["patient"] for row in rows if row["case"].startswith("case2")} == {"p1"}

    def counted(number: int) -> tuple[np.ndarray, np.ndarray]:
        case, frame = read_case(cohort / f"case{number}.npz"), held_out.analysed()[0]
        start = np.rint(case_frame(case.hu.shape).to_index(frame.origin)).astype(int)[::-1]
        block = tuple(slice(low, low + n) for low, n in zip(start, frame.shape, strict=True))
        return case.hu[block] >= 130, case.label[block] > 0

    dense, true = (sum(int(mask.sum()) for mask in masks) / 8 for masks in zip(*map(counted, range(3)), strict=True))
    missed, false = (0, dense - true) if repeats else (true, 0)
    assert f"{missed:,.0f} mm3 missed, {false:,.0f} mm3 false" in capsys.readouterr().out
