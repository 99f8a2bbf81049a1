"""``icac change`` of results on disk: what is read, refused and said; both results are of one CT of the tests."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from icac.cli import main
from icac.ct import read_ct, write_volume
from icac.geometry import Volume
from icac.lesions import find_lesions, measure_burden
from icac.registration.result import Registration
from icac.report import write_results
from icac.result import ModelIdentity, SegmentedScan


@pytest.fixture
def results(tmp_path, before, after, straight_courses) -> dict[str, Path]:
    """Write a CT and a result of it for each of the lesions before and after."""
    path = write_volume(before.ct, tmp_path / "ct.nrrd")
    scan, folders = read_ct(path), {}
    for name, labels in (("a", before.labels), ("b", after.labels)):
        probability = np.where(labels > 0, 0.9, 0.0).astype(np.float32)
        found = find_lesions(labels > 0, scan.volume, probability, straight_courses)
        burden = measure_burden(found.lesions, scan.volume, probability, straight_courses)
        result = SegmentedScan(scan, found.labels, probability, tuple(found.lesions), burden, straight_courses,
                               Registration(np.eye(4), 0.8, 1.0, None),
                               ModelIdentity("m", "1", "cd" * 32, "Simulated."), "CPU", 0.5)
        write_results(tmp_path / name, result)
        folders[name] = tmp_path / name
    return {**folders, "ct": path, "out": tmp_path / "out"}


def run(*arguments: object) -> int:
    return main(["change", *map(str, arguments), "--progress", "none"])


def record(folder: Path) -> dict:
    return json.loads((folder / "change.json").read_text(encoding="utf-8"))


def test_two_results_are_compared(results, capsys):
    assert run(results["a"], results["b"], "-o", results["out"], "--date-a", "2020-01-01", "--date-b",
               "2023-01-01") == 0
    found = record(results["out"])
    assert {state: count for state, count in found["states"].items() if count} == {
        "new": 1, "grown": 1, "stable": 1, "gone": 1, "merged": 1}
    assert found["first"]["name"] == "A" and found["years"] == pytest.approx(3.0, abs=0.01)
    assert found["first"]["model"] == "m" and found["notice"].startswith("Simulated")
    text = capsys.readouterr().out
    assert "From A (2020-01-01) to B (2023-01-01)" in text and "A year" in text


def test_a_result_beside_itself_is_stable(results):
    assert run(results["a"], results["a"] / "report.json", "-o", results["out"]) == 0
    found = record(results["out"])
    assert found["states"]["stable"] == len(found["lesions"]) == 5
    assert all(row["change_mm3"] == 0 for row in (*found["lesions"], *found["totals"]))


def test_the_later_scan_may_come_first(results):
    assert run(results["b"], results["a"], "-o", results["out"], "--date-a", "2023-01-01", "--date-b",
               "2020-01-01") == 0
    found = record(results["out"])
    assert found["first"]["name"] == "B" and found["states"]["gone"] == 1 and "B is the earlier" in found["notes"][0]


def test_a_corrected_mask_counts(results):
    mask = next(results["b"].glob("icac.n*"))
    write_volume(Volume(np.zeros(read_ct(results["ct"]).volume.array.shape, np.uint8), read_ct(
        results["ct"]).volume.frame), mask)
    assert run(results["a"], results["b"], "-o", results["out"]) == 0
    assert record(results["out"])["states"]["gone"] == 5


def test_names_are_hidden_on_request(results):
    assert run(results["a"], results["b"], "-o", results["out"], "--hide-names") == 0
    assert results["ct"].name not in (results["out"] / "change.json").read_text(encoding="utf-8")


def test_a_scan_that_is_elsewhere_can_be_named(results, capsys):
    moved = results["ct"].rename(results["ct"].with_name("moved.nrrd"))
    assert run(results["a"], results["b"], "-o", results["out"]) == 3
    error = capsys.readouterr().err
    assert "is not at" in error and "--ct-a" in error and error.count("\n") == 1
    assert run(results["a"], results["b"], "-o", results["out"], "--ct-a", "gone.nii") == 3
    assert "gone.nii does not exist; give the scan of" in capsys.readouterr().err
    assert run(results["a"], results["b"], "--ct-a", moved, "--ct-b", moved, "-o", results["out"]) == 0


def test_the_scan_of_another_result_is_refused(results, capsys):
    ct = read_ct(results["ct"]).volume
    other = write_volume(ct.like(ct.array + 1), results["ct"].with_name("other.nrrd"))
    assert run(results["a"], results["b"], "--ct-b", other, "-o", results["out"]) == 3
    assert "is of another CT than" in capsys.readouterr().err
    assert not results["out"].exists()


def test_a_day_that_is_none_is_wrong_use(results, capsys):
    with pytest.raises(SystemExit):
        run(results["a"], results["b"], "-o", results["out"], "--date-a", "last year")
    assert "is no day" in capsys.readouterr().err
