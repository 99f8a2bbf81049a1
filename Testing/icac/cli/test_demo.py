"""``icac demo``: the scan alone."""

from __future__ import annotations

from icac.cli import main


def test_the_scan_can_be_had_without_segmenting_it(demo_scan, tmp_path, monkeypatch):
    monkeypatch.setattr("icac.simulate.sets.demo.simulate_demo_scan", lambda seed: demo_scan)
    assert main(["demo", "--scan-only", "--output", str(tmp_path), "--progress", "none"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["simulated_ct.nii.gz", "simulated_truth.nii.gz"]
