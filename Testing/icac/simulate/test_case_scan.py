from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from icac.cli import main
from icac.errors import InputError
from icac.geometry import Frame, Volume
from icac.network import FcnConfig
from icac.network_region import analysed_frame
from icac.reference import load_reference
from icac.simulate.cases import training_case
from icac.simulate.cases.training_case import SCAN_REGION, make_training_case
from icac.simulate.patient.background import voxelise
from icac.simulate.sets import dataset
from icac.simulate.sets.dataset import write_training_set
from icac.trainingset.case_scan import CaseScan, pose_of_case


@pytest.fixture(scope="module")
def case(uniform_head):
    return make_training_case(voxelise(uniform_head(), SCAN_REGION), np.random.default_rng(3), "stroke", 150.0)


def test_the_scan_of_a_case_holds_the_same_icac(case):
    scan = case.scan
    assert scan.ct.array.shape == scan.icac.array.shape
    assert (scan.ct.array.dtype, scan.icac.array.dtype) == (np.int16, np.uint8)
    assert (scan.ct.array[scan.icac.array > 0] >= 130).all()
    volume = np.count_nonzero(scan.icac.array) * scan.icac.frame.voxel_volume_mm3
    assert volume == pytest.approx(case.facts["scan_volume_mm3"], rel=0.02), "both carotids lie in the part"
    grid = training_case.CASE_FRAME.to_lps(np.argwhere(case.label)[:, ::-1]).mean(axis=0)
    there = scan.reference_to_scan[:3, :3] @ grid + scan.reference_to_scan[:3, 3]
    own = scan.icac.frame.to_lps(np.argwhere(scan.icac.array)[:, ::-1]).mean(axis=0)
    np.testing.assert_allclose(there, own, atol=0.2)


def test_the_part_holds_all_that_a_network_predicts():
    frame = Frame.regular((0.7, 0.7, 2.0), (300, 300, 80), center=(0, 0, 0))
    numbers = np.arange(np.prod(frame.shape)).reshape(frame.shape).astype(np.int32)
    pose = np.eye(4)
    pose[:3, 3] = 3, -5, 8
    part = CaseScan.around_carotids(Volume(numbers, frame), Volume(numbers, frame), pose)
    box, _ = analysed_frame("carotid", load_reference().courses, FcnConfig().geometry)
    corners = box.to_lps([[0, 0, 0], np.array(box.size) - 1]) + pose[:3, 3]
    index = part.ct.frame.to_index(corners)
    assert (index >= 0).all()
    assert (index <= np.array(part.ct.frame.size) - 1).all()
    start = tuple(np.rint(frame.to_index(part.ct.frame.origin)).astype(int)[::-1])
    assert part.ct.array[0, 0, 0] == numbers[start], "the voxels are those of the scan"


def test_a_tilted_scan_is_straightened(uniform_head, monkeypatch):
    monkeypatch.setattr(training_case, "draw_acquisition", _tilted(training_case.draw_acquisition))
    made = make_training_case(voxelise(uniform_head(), SCAN_REGION), np.random.default_rng(5), "stroke", 150.0)
    assert made.facts["tilt_deg"] == 12.0
    assert not made.scan.ct.frame.is_sheared
    volume = np.count_nonzero(made.scan.icac.array) * made.scan.icac.frame.voxel_volume_mm3
    assert volume == pytest.approx(made.facts["scan_volume_mm3"], rel=0.1)


def _tilted(draw):
    return lambda *args: replace(draw(*args), tilt_deg=12.0)


def test_a_case_is_written_with_its_scan_and_read_again(case, tmp_path):
    np.savez(tmp_path / "with.npz", hu=case.hu, label=case.label, **case.scan.arrays())
    np.savez(tmp_path / "without.npz", hu=case.hu, label=case.label)
    read = CaseScan.read(tmp_path / "with.npz")
    np.testing.assert_array_equal(read.icac.frame.affine, case.scan.ct.frame.affine)
    np.testing.assert_array_equal(read.ct.array, case.scan.ct.array)
    np.testing.assert_array_equal(read.icac.array, case.scan.icac.array)
    np.testing.assert_array_equal(pose_of_case(tmp_path / "with.npz"), case.scan.reference_to_scan)
    assert CaseScan.read(tmp_path / "without.npz") is None
    np.testing.assert_array_equal(pose_of_case(tmp_path / "without.npz"), np.eye(4))
    np.testing.assert_array_equal(pose_of_case(tmp_path / "scan.nii.gz"), np.eye(4))


def test_a_training_set_keeps_scans_if_wanted(case, tmp_path, monkeypatch):
    monkeypatch.setattr(training_case, "make_training_case", lambda *args, **options: case)
    monkeypatch.setattr(dataset, "_source", lambda job: (_Fixed(), 0.0, 0.0))
    write_training_set(tmp_path, 1, seed=4)
    assert CaseScan.read(tmp_path / "head0000_0.npz") is None
    write_training_set(tmp_path, 1, seed=4, with_scan=True)
    assert CaseScan.read(tmp_path / "head0000_0.npz") is not None, "a case without its scan is made again"


class _Fixed:
    def varied(self, *_):
        return self


def test_scans_are_kept_of_training_sets_only(tmp_path, capsys):
    assert main(["simulate", "1", "-o", str(tmp_path), "--with-scan"]) == InputError.exit_code
    assert "--with-scan belongs to --format training" in capsys.readouterr().err
