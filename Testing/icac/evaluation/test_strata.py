"""Results by acquisition and at cut-offs, and the difference of two runs, on cases of known volumes."""

import csv
import json

import numpy as np
import pytest
from icac.cli import main
from icac.ct.write import write_volume
from icac.evaluation.statistics.categories import CATEGORIES, at_cutoffs, categories_of, confusion, kappa
from icac.geometry import Frame, Volume
from sklearn.metrics import cohen_kappa_score

#: 2 mm3 a voxel.
FRAME = Frame.regular((1.0, 1.0, 2.0), (20, 22, 6), center=(3.0, -4.0, 5.0))

#: True and predicted voxels, and how each case was acquired.
CASES = {"a": (0, 0, "H30f", 120, 1.0, 180), "b": (4, 6, "H30f", 120, 1.0, 240), "c": (40, 40, "H60s", 100, 3.0, 240),
         "d": (60, 40, "H60s", 120, 5.0, 260), "e": (210, 205, "", "", "", "")}


@pytest.fixture
def folder(tmp_path):
    rows = []
    for name, (true, predicted, *how) in CASES.items():
        for what, count in (("truth", true), ("pred", predicted)):
            array = np.zeros(FRAME.shape, np.uint8)
            array.reshape(-1)[100:100 + count] = 1
            write_volume(Volume(array, FRAME), tmp_path / what / f"{name}.nii.gz")
        rows.append(",".join(map(str, [name, f"pred/{name}.nii.gz", f"truth/{name}.nii.gz", *how])))
    (tmp_path / "cases.csv").write_text("\n".join(["case,pred,truth,kernel,kvp,slice_thickness_mm,fov_mm", *rows]))
    return tmp_path


def table(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_by_acquisition_and_at_cutoffs(folder):
    assert main(["evaluate", "--cases", str(folder / "cases.csv"), "-o", str(folder / "out"), "--no-figures",
                 "--progress", "none"]) == 0
    rows = {(row["property"], row["class"]): row for row in table(folder / "out/acquisition.csv")}
    assert {key: int(row["n"]) for key, row in rows.items()} == {
        ("field of view", "up to 200 mm"): 1, ("field of view", "above 200 to 250 mm"): 2,
        ("field of view", "above 250 mm"): 1, ("field of view", "not known"): 1, ("kernel", "H30f"): 2,
        ("kernel", "H60s"): 2, ("kernel", "not known"): 1, ("tube voltage", "100 kV"): 1, ("tube voltage", "120 kV"): 3,
        ("tube voltage", "not known"): 1, ("slice thickness", "up to 1 mm"): 2,
        ("slice thickness", "above 2 to 4 mm"): 1, ("slice thickness", "above 4 mm"): 1,
        ("slice thickness", "not known"): 1}
    assert float(rows["kernel", "H60s"]["bias_mm3"]) == pytest.approx(-20)
    cutoffs = {float(row["above_mm3"]): row for row in table(folder / "out/cutoffs.csv")}
    assert [(int(row["true_scans"]), int(row["predicted_scans"]), int(row["both"])) for row in cutoffs.values()] == [
        (4, 4, 4), (3, 4, 3), (2, 1, 1), (1, 1, 1)]
    assert float(cutoffs[100]["sensitivity"]) == 0.5 and float(cutoffs[10]["specificity"]) == 0.5
    found = {row["true"]: row for row in table(folder / "out/categories.csv")}
    assert found["100 to 400"]["predicted 10 to 100"] == "1" and found["none"]["predicted none"] == "1"
    summary = (folder / "out/summary.md").read_text(encoding="utf-8")
    assert "## By acquisition" in summary and "## At the cut-offs of volume" in summary


def test_kappa_is_that_of_another_library():
    rng = np.random.default_rng(1)
    first = rng.integers(0, 5, 200)
    second = np.clip(first + rng.integers(-1, 2, 200), 0, 4)
    assert kappa(first, second, 5).value == pytest.approx(cohen_kappa_score(first, second, weights="linear"))
    assert kappa(first, second, 5, is_weighted=False).value == pytest.approx(cohen_kappa_score(first, second))
    assert np.isnan(kappa(np.zeros(5), np.zeros(5), 5).value)
    assert confusion(np.array([0, 1]), np.array([2, 1]), 3).tolist() == [[0, 0, 0], [0, 1, 0], [1, 0, 0]]


def test_edges_of_categories():
    assert [CATEGORIES[n] for n in categories_of(np.array([0, 0.1, 10, 10.1, 100, 400, 400.5]))] == [
        "none", "up to 10", "up to 10", "10 to 100", "10 to 100", "100 to 400", "above 400"]
    assert [one.above_first for one in at_cutoffs(np.array([0, 10, 400.5]), np.zeros(3))] == [2, 1, 1, 1]


def test_against_another_run_in_mm3(folder):
    for name, source in (("first", "pred"), ("second", "truth")):
        assert main(["evaluate", "--pred", str(folder / source), "--truth", str(folder / "truth"), "-o",
                     str(folder / name), "--no-figures", "--progress", "none",
                     *(["--against", str(folder / "first")] if name == "second" else [])]) == 0
    [row] = table(folder / "second/between_runs.csv")
    differences = np.array([0, -4, 0, 40, 10.0])
    assert float(row["difference_mm3"]) == pytest.approx(differences.mean())
    assert float(row["upper_limit_mm3"]) == pytest.approx(differences.mean() + 1.959964 * differences.std(ddof=1))
    assert (float(row["largest_mm3"]), row["largest_in"], row["same_volume"]) == (40, "d", "2")
    by_case = table(folder / "second/between_runs_cases.csv")
    assert [float(one["difference_mm3"]) for one in by_case] == differences.tolist()


def test_difference_of_two_engines(folder, capsys):
    for name, engine in (("pred", "torch 2.5"), ("truth", "openvino 2025")):
        for case in CASES:
            (folder / name / case).mkdir()
            (folder / name / f"{case}.nii.gz").rename(folder / name / case / "icac.nii.gz")
            report = {"input": {}, "model": {"name": "icac", "version": "1.0", "checksum": ""},
                      "software": {"icac": "1"},
                      "settings": {"engine": engine, "probability_threshold": 0.4},
                      "registration": {"reference_to_scan_lps_mm": np.eye(4).tolist()}}
            (folder / name / case / "report.json").write_text(json.dumps(report))
    assert main(["study", "difference", str(folder / "pred"), str(folder / "truth"), "-o", str(folder / "out")]) == 0
    out = capsys.readouterr().out
    assert "- this: icac 1.0, icac 1, torch 2.5, threshold 0.4" in out and "openvino 2025" in out
    rows = {row["side"]: row for row in table(folder / "out/difference.csv")}
    assert float(rows["both"]["difference_mm3"]) == pytest.approx(np.mean([0, 4, 0, -40, -10]))
    assert float(rows["right"]["difference_mm3"]) + float(rows["left"]["difference_mm3"]) == pytest.approx(
        float(rows["both"]["difference_mm3"]))
    (folder / "truth/e/icac.nii.gz").unlink()
    assert main(["study", "difference", str(folder / "pred"), str(folder / "truth")]) == 3
    assert "lacks 1 of the cases" in capsys.readouterr().err
