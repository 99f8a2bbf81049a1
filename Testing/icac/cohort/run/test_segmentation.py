"""Simulated heads through the command line with the bundled model, and what the command line says."""

from __future__ import annotations

import csv
import json

import pytest
from icac.cli import main
from icac.cohort import Segmentation
from icac.cohort.run.computation import identity_sha256
from icac.cohort.run.segmentation import THINNEST
from icac.cohort.scans.scan_input import ScanInput
from icac.ct import read_ct, write_volume
from icac.errors import DeviceError, InputError, ModelError
from icac.models import default_model
from icac.result_files import bids_folder
from PIL import Image


@pytest.fixture(scope="module")
def results(tmp_path_factory, demo_scan):
    """Run a cohort of two scans, one of them a half of the other, and of a file that is no scan."""
    root = tmp_path_factory.mktemp("cohort")
    write_volume(demo_scan.ct, root / "in" / "whole.nii.gz")
    size = demo_scan.ct.frame.size
    half = demo_scan.ct.frame.crop((0, 0, 0), (size[0], size[1], size[2] - 6))
    write_volume(demo_scan.ct.resample(half), root / "in" / "p2" / "cut.nrrd")
    (root / "in" / "damaged.nii.gz").write_bytes(b"\x1f\x8b damaged")
    assert main(["cohort", "run", str(root / "in"), "-o", str(root / "out"), "--timeout", "6000", "--progress",
                 "none"]) == 0
    return root


def rows(path):
    with path.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_tables_agree_with_the_reports_of_the_scans(results):
    scans = rows(results / "out" / "scans.csv")
    assert [row["scan"] for row in scans] == ["sub-p2_ses-cut", "sub-whole"]
    for row in scans:
        folder = results / "out" / bids_folder(row["scan"])
        report = json.loads((folder / f"{row['scan']}_desc-icac_report.json").read_text())
        totals = report["totals"]
        assert float(row["volume_mm3"]) == pytest.approx(totals["volume_mm3"], abs=1e-3)
        for side in ("right", "left"):
            assert float(row[f"{side}_mm3"]) == pytest.approx(totals[side]["volume_mm3"], abs=1e-3)
            assert float(row[f"{side}_c4_mm3"]) == pytest.approx(totals[side]["volume_by_segment_mm3"]["C4"], abs=1e-3)
        assert float(row["expected_low_mm3"]) <= float(row["expected_volume_mm3"]) <= float(row["expected_high_mm3"])
        assert row["model_checksum"] == report["model"]["checksum"]
        assert all((folder / name).is_file() for name in report["files"].values())
        labels = (folder / f"{row['scan']}_desc-icac_dseg.tsv").read_text().splitlines()
        assert labels[0].split("\t") == ["index", "name", "side", "segment", "volume_mm3"]
        assert [line.split("\t")[0] for line in labels[1:]] == [str(one["id"]) for one in report["lesions"]]
        mask = read_ct(folder / f"{row['scan']}_desc-icac_dseg.nii.gz").volume
        assert mask.frame.matches(read_ct(row["path"]).volume.frame)
        assert (mask.array > 0).sum() * mask.frame.voxel_volume_mm3 == pytest.approx(float(row["volume_mm3"]), rel=1e-3)
        assert Image.open(folder / f"{row['scan']}_desc-icac_thumbnail.jpg").size == (600, 150)
    lesions = rows(results / "out" / "lesions.csv")
    for row in scans:
        volumes = [float(one["volume_mm3"]) for one in lesions if one["scan"] == row["scan"]]
        assert len(volumes) == int(row["lesions"])
        assert sum(volumes) == pytest.approx(float(row["volume_mm3"]), abs=0.01)
    failure, = rows(results / "out" / "failures.csv")
    assert (failure["scan"], failure["kind"]) == ("sub-damaged", "input")


def test_a_dry_run_finds_nothing_more_to_do_and_changes_nothing(results, capsys):
    before = {path: path.stat().st_mtime_ns for path in (results / "out").rglob("*")}
    run = ["cohort", "run", str(results / "in"), "-o", str(results / "out"), "--dry-run"]
    assert main(run) == 0
    said = capsys.readouterr().out
    assert "3 scans: 0 to do, 2 finished, 1 failed before (--retry-failed), 0 missing" in said
    assert main([*run, "--threshold", "0.5"]) == 0
    said = capsys.readouterr().out
    assert "compute  sub-whole" in said
    assert "3 scans: 3 to do" in said
    assert {path: path.stat().st_mtime_ns for path in (results / "out").rglob("*")} == before


def test_a_dry_run_makes_no_folder(tmp_path, capsys):
    (tmp_path / "a.nii.gz").write_bytes(b"x")
    (tmp_path / "b.nii.gz").write_bytes(b"x")
    assert main(["cohort", "run", str(tmp_path), "-o", str(tmp_path / "out"), "--dry-run", "--workers", "4"]) == 0
    said = capsys.readouterr().out
    assert "copy     sub-b" in said
    assert "Estimate for 4 at once: 2 s" in said
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_is_said_in_a_sentence(tmp_path, capsys):
    (tmp_path / "a.nii.gz").write_bytes(b"x")
    out = ["-o", str(tmp_path / "out")]
    assert main(["cohort", "run", str(tmp_path / "no"), *out]) == 3
    assert main(["cohort", "run", str(tmp_path), *out, "--workers", "0"]) == 3
    assert main(["cohort", "run", str(tmp_path), *out, "--slurm", "queue"]) == 3
    assert main(["cohort", "run", str(tmp_path), *out, "--model", "no-such-model"]) == 5
    assert main(["cohort", "collect", *out]) == 7
    assert main(["cohort", "review", str(tmp_path / "x.csv"), *out]) == 7
    assert [line[:6] for line in capsys.readouterr().err.splitlines()] == ["icac: "] * 6
    assert not (tmp_path / "out").exists()


def test_whatever_decides_the_result_is_in_the_identity_and_the_device_is_not():
    plain = identity_sha256(Segmentation())
    assert identity_sha256(Segmentation(device="cpu", engine="torch")) == plain
    assert identity_sha256(Segmentation(model=default_model().spec.name)) == plain
    for change in ({"threshold": 0.4}, {"region": "crop"}, {"min_volume_mm3": 1.0}, {"series": THINNEST},
                   {"save_probability": True}):
        assert identity_sha256(Segmentation(**change)) != plain
    with pytest.raises(ModelError):
        Segmentation(model="no-such-model").identity()
    with pytest.raises(InputError, match="between 0 and 1"):
        Segmentation(threshold=2)
    with pytest.raises(DeviceError, match="no engine called 'abacus'"):
        Segmentation(engine="abacus")


def test_only_folders_have_series_to_choose_from(tmp_path):
    (tmp_path / "a.nii.gz").write_bytes(b"x")
    assert Segmentation(series=THINNEST).choice(ScanInput(str(tmp_path / "a.nii.gz"), "a")) == ""
