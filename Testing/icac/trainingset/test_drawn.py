"""One side drawn only: of the other nothing is known, on the grid and on a tilted scan, in training and when judged."""

from __future__ import annotations

import numpy as np
import pytest
from icac.errors import InputError
from icac.geometry import Frame, Volume
from icac.training.calibration import held_out
from icac.training.calibration.held_out import ScoredVoxels
from icac.training.patches.patch import PatchGeometry, cut_patch, truth_and_mask
from icac.trainingset.case_scan import CaseScan
from icac.trainingset.cases import CaseArrays, case_frame
from icac.trainingset.drawn import UNKNOWN, with_unknown
from icac.trainingset.manifest import read_manifest
from icac.trainingset.prepare import on_training_grid, with_truth


def sheared_scan() -> tuple[Volume, Volume, np.ndarray]:
    """A scan with a tilted gantry, turned and shifted against the reference; dense and drawn on everywhere."""
    angle = np.deg2rad(20)
    pose = np.eye(4)
    pose[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    pose[:3, 3] = 12.0, -7.0, 4.0
    affine = np.diag([0.9, -0.8, 2.0, 1.0])
    affine[1, 2] = 0.6
    affine[:3, 3] = -30.0, 40.0, -20.0
    frame = Frame(affine, (81, 97, 21))
    hu = np.full(frame.shape, 400, np.int16)
    return Volume(hu, frame), Volume(np.ones(frame.shape, np.uint8), frame), pose


@pytest.mark.parametrize(("drawn", "sign"), [("right", -1), ("left", 1)])
def test_the_other_side_is_unknown_on_a_tilted_scan(drawn, sign):
    scan, _, pose = sheared_scan()
    label = with_unknown(np.ones(scan.array.shape, bool), scan.frame, drawn, pose)
    points = scan.frame.to_lps(np.moveaxis(np.indices(scan.frame.size), 0, -1).reshape(-1, 3).astype(float))
    lateral = (np.linalg.inv(pose) @ np.c_[points, np.ones(len(points))].T)[0].reshape(scan.frame.size).T
    np.testing.assert_array_equal(label == UNKNOWN, lateral * sign < 0)
    np.testing.assert_array_equal(label == 1, lateral * sign >= 0)
    assert 0.1 < (label == 1).mean() < 0.9
    assert (with_unknown(np.ones(scan.array.shape, bool), scan.frame, "", pose) == 1).all()


def test_scan_and_grid_know_the_same_side():
    scan, region, pose = sheared_scan()
    part = with_truth(scan, region, pose, "left")
    case = on_training_grid(scan, region, pose, "left")
    grid = case_frame(case.label.shape)
    x = grid.to_lps(np.argwhere(case.label == 1)[:, ::-1].astype(float))[:, 0]
    assert x.min() > -0.01 and (case.label == UNKNOWN).any()
    moved = np.linalg.inv(pose) @ np.c_[part.ct.frame.to_lps(
        np.argwhere(part.icac.array == 1)[:, ::-1].astype(float)), np.ones((part.icac.array == 1).sum())].T
    assert moved[0].min() > -1e-6


def test_what_is_unknown_takes_no_part_in_the_loss():
    rng = np.random.default_rng(1)
    hu = rng.integers(200, 900, (8, 12, 16)).astype(np.int16)
    label = np.zeros(hu.shape, np.uint8)
    label[2:4, 2:5, 9:12], label[:, :, :8] = 1, UNKNOWN
    geometry = PatchGeometry(hu.shape, hu.shape, (0, 0, 0))
    cut_hu, truth = cut_patch(CaseArrays(hu, label, np.ones_like(label)), geometry, (0, 0, 0))
    for all_voxels in (True, False):
        icac, mask = truth_and_mask(cut_hu, cut_hu, truth, all_voxels)
        np.testing.assert_array_equal(mask, label != UNKNOWN)
        np.testing.assert_array_equal(icac, label == 1)


def test_what_is_unknown_is_not_judged(tmp_path, monkeypatch):
    shape = (10, 12, 14)
    frame = case_frame(shape)
    monkeypatch.setattr(held_out, "analysed", lambda: (frame, np.ones(shape, bool)))
    hu, label = np.full(shape, 300, np.int16), np.zeros(shape, np.uint8)
    label[4:6, 4:6, 9:12], label[:, :, :7] = 1, UNKNOWN
    np.savez(tmp_path / "grid.npz", hu=hu, label=label)
    scan = CaseScan(Volume(hu, frame), Volume(label, frame), np.eye(4))
    np.savez(tmp_path / "scan.npz", hu=hu, label=label, **scan.arrays())
    for name in ("grid", "scan"):
        voxels = ScoredVoxels(tmp_path / f"{name}.npz")
        np.testing.assert_array_equal(voxels.truth.array, label == 1)
        np.testing.assert_array_equal(voxels.dense, label != UNKNOWN)
        found = voxels.probability(np.full(shape, 0.7, np.float32), np.ones(shape, bool))
        assert (found[label == UNKNOWN] == 0).all() and (found[label != UNKNOWN] > 0.6).all()


def test_the_manifest_says_which_side(tmp_path):
    for name in ("a.npz", "b.nii.gz", "roi.nii.gz"):
        (tmp_path / name).write_bytes(b"")

    def read(row):
        (tmp_path / "manifest.csv").write_text(f"case,image,label,drawn\n{row}\n")
        return read_manifest(tmp_path, splits=False).cases[0].drawn

    assert [read(f"b,b.nii.gz,roi.nii.gz,{drawn}") for drawn in ("Left", "right", "both", "")] == [
        "left", "right", "", ""]
    with pytest.raises(InputError, match="'drawn' of case b is 'up', not one of both, right, left"):
        read("b,b.nii.gz,roi.nii.gz,up")
    with pytest.raises(InputError, match="255 says what is not drawn"):
        read("a,a.npz,,left")
