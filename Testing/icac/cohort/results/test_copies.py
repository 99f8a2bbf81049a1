"""Scans of a cohort that are the same voxels: told everywhere, and counted once."""

from __future__ import annotations

import csv
import shutil

import numpy as np
import pytest
from icac.cli import main
from icac.cohort.results.collect import collect_and_tell
from icac.cohort.results.copies import copies
from icac.cohort.run.computation import identity_sha256
from icac.cohort.run.plan import make_plan
from icac.cohort.scans.discover import find_scans
from icac.cohort.store.folder import Store

MODEL = {"model": "icac", "model_version": "1.0", "model_checksum": "x", "threshold": 0.4, "warnings": "It is thick."}


def table(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def cohort(make_cohort):
    """Four subjects, of whom b, and a scan of d, have the voxels of a; c has none known, as in earlier versions."""
    def row(volume, voxels):
        return {**MODEL, "volume_mm3": volume, "voxels_sha256": voxels}
    return make_cohort({"a": row(5.0, "one"), "b": row(5.0, "one"), "c": {**MODEL, "volume_mm3": 7.0},
                        "d": row(5.0, "one"), "e": row(5.0, "two")}, {"f": "It is damaged."})


def test_copies_are_told_in_tables_and_on_the_page(cohort, capsys):
    assert main(["cohort", "collect", "-o", str(cohort)]) == 0
    said = capsys.readouterr().out
    assert "same      sub-b  (the voxels of sub-a)" in said and "2 scans have the voxels of another one" in said
    scans = {row["scan"]: row for row in table(cohort / "scans.csv")}
    assert {name: row["same_voxels_as"] for name, row in scans.items()} == {
        "sub-a": "", "sub-b": "sub-a", "sub-c": "", "sub-d": "sub-a", "sub-e": ""}
    assert "same voxels as another" in scans["sub-b"]["suspicion_reasons"]
    assert "same voxels as another" not in scans["sub-a"]["suspicion_reasons"]
    assert {row["scan"]: row["same_voxels_as"] for row in table(cohort / "lesions.csv")}["sub-d"] == "sub-a"
    assert "It has the same voxels as sub-a: it is a copy" in (cohort / "qa.html").read_text(encoding="utf-8")


def test_without_copies_nothing_is_said(make_cohort, capsys):
    out = make_cohort({"a": {**MODEL, "volume_mm3": 5.0}, "b": {**MODEL, "volume_mm3": 5.0}})
    assert collect_and_tell(out).copies == {}
    assert main(["cohort", "collect", "-o", str(out)]) == 0
    assert "same" not in capsys.readouterr().out


def test_results_of_earlier_versions_are_compared_by_their_files():
    def record(name, content, series="", **row):
        return {"name": name, "content_sha256": content, "source": {"series": series}, "row": row}
    assert copies([record("sub-a", "x"), record("sub-b", "x"), record("sub-c", "x", "3"), record("sub-d", ""),
                   record("sub-e", ""), record("sub-f", "y", voxels_sha256="x"), record("sub-g", "z", "9",
                   voxels_sha256="x")]) == {"sub-b": "sub-a", "sub-g": "sub-f"}


def test_tables_of_subjects_list_copies_and_count_different_scans(cohort, capsys):
    scans = Store(cohort).load_cohort()
    assert len(scans[0]) == 6
    assert main(["cohort", "table", "-o", str(cohort)]) == 0
    assert "Not joined: 2 (scans with the same voxels as another)" in capsys.readouterr().out
    rows = {row["subject"]: row for row in table(cohort / "analysis/subjects.csv")}
    assert rows["b"]["same_voxels_as"] == "sub-a" and rows["a"]["same_voxels_as"] == ""
    left = table(cohort / "analysis/unmatched.csv")
    assert {row["subject"]: row["reason"] for row in left} == {
        "b": "scans with the same voxels as another: sub-b is sub-a",
        "d": "scans with the same voxels as another: sub-d is sub-a"}
    assert {row["column"] for row in table(cohort / "analysis/columns.csv") if "see the doc" in row["meaning"]} == set()


def test_of_one_subject_a_copy_is_no_second_scan(make_cohort):
    out = make_cohort({name: {**MODEL, "volume_mm3": 5.0, "voxels_sha256": name[0]} for name in ("x1", "x2", "y")})
    record = out / "sub-x2/ct/scan.json"
    text = record.read_text(encoding="utf-8").replace('"subject": "x2"', '"subject": "x1"')
    record.write_text(text.replace('"session": ""', '"session": "2"'), encoding="utf-8")
    assert main(["cohort", "table", "-o", str(out)]) == 0
    rows = {row["subject"]: row["scans"] for row in table(out / "analysis/subjects.csv")}
    assert rows == {"x1": "1", "y": "1"}
    [left] = table(out / "analysis/unmatched.csv")
    assert left["reason"] == "scans with the same voxels as another: sub-x1_ses-2 is sub-x1"


def test_norms_count_each_scan_once_and_that_of_known_age(make_cohort, tmp_path):
    rows = {f"P{n:03d}": {**MODEL, "volume_mm3": float(n % 30), "voxels_sha256": str(n // 2) if n < 8 else f"x{n}"}
            for n in range(80)}
    out = make_cohort(rows)
    ages = np.linspace(50, 80, 80)
    (tmp_path / "people.csv").write_text("\n".join(["subject,age,sex", *(
        f"P{n:03d},{age:.1f},F" for n, age in enumerate(ages) if n != 2)]))
    assert main(["cohort", "norms", "-o", str(out), "--name", "x", "--people", str(tmp_path / "people.csv"),
                 "--bandwidth", "8"]) == 0
    left = {row["scan"]: row["reason"] for row in table(out / "norms_left_out.csv")}
    assert left == {"sub-P001": "it has the same voxels as sub-P000, which counts", "sub-P002": "the age is not known",
                    "sub-P005": "it has the same voxels as sub-P004, which counts",
                    "sub-P007": "it has the same voxels as sub-P006, which counts"}


def test_a_plan_tells_copies_of_finished_scans_and_of_those_to_do(cohort, tmp_path, stub):
    source = tmp_path / "in"
    shutil.copy(source / "c.nii.gz", source / "g.nii.gz")
    stub.write_stub(source / "h.nii.gz", 3.0)
    shutil.copy(source / "h.nii.gz", source / "i.nii.gz")
    plan = make_plan(find_scans(source), Store(cohort), identity_sha256(stub.StubComputation("")))
    assert plan.copies == {"sub-b": "sub-a", "sub-d": "sub-a", "sub-g": "sub-c", "sub-i": "sub-h"}
    assert [scan.name for scan in plan.todo] == ["sub-g", "sub-h"]
    assert [scan.name for scan in plan.followers["sub-h"]] == ["sub-i"]
