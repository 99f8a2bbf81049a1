from __future__ import annotations

import csv

import numpy as np
import pytest
from icac.errors import InputError, OutputError
from icac.geometry import Frame
from icac.reference import NETWORK_GRID
from icac.simulate.cases import training_case
from icac.simulate.cases.training_case import CASE_FRAME, SCAN_REGION, make_training_case
from icac.simulate.patient.background import VoxelAnatomy, voxelise
from icac.simulate.scanner.acquisition import draw_pose
from icac.simulate.sets import dataset
from icac.simulate.sets.dataset import write_training_set
from icac.splits import split_of_head
from icac.trainingset.drawings import share_of
from scipy import ndimage


@pytest.fixture(scope="module")
def head(uniform_head) -> VoxelAnatomy:
    return voxelise(uniform_head(), SCAN_REGION)


@pytest.fixture
def small_scan(monkeypatch):
    """Scan only 15 mm around the sella; cases are padded with air."""
    monkeypatch.setattr(training_case, "SCAN_REGION", Frame.regular((1.0,) * 3, (31, 31, 21), center=(0, 0, -5)))


def test_case_grid_is_centred_on_the_network_grid():
    assert CASE_FRAME.spacing == NETWORK_GRID.spacing
    np.testing.assert_allclose(CASE_FRAME.to_lps(np.array(CASE_FRAME.size) // 2),
                               NETWORK_GRID.to_lps(np.array(NETWORK_GRID.size) // 2))


def test_a_case_has_icac_where_the_arteries_are_in_reference_space(head, courses):
    case = make_training_case(head, np.random.default_rng(3), "stroke", 150.0)
    assert case.hu.shape == case.label.shape == CASE_FRAME.shape
    assert (case.hu.dtype, case.label.dtype) == (np.int16, np.uint8)
    assert (case.hu[case.label > 0] >= 130).all()
    assert case.facts["volume_mm3"] == pytest.approx(case.facts["scan_volume_mm3"], rel=0.02)
    assert case.artery.dtype == np.uint8
    assert (case.label & _grown(case.artery, 4)).sum() > 0.95 * case.label.sum(), "ICAC lies in the wall"
    volume = sum(np.sum(np.pi * course.radius_mm[1:] ** 2 * np.diff(course.arc_length_mm))
                 for course in courses.values())
    assert case.artery.sum() * 0.125 == pytest.approx(volume, rel=0.15)
    points = CASE_FRAME.to_lps(np.argwhere(case.label)[:, ::-1])
    distance = np.minimum(*(course.nearest(points).distance_mm for course in courses.values()))
    assert np.median(distance) < 8, "a few mm of registration error, no more"


def _grown(mask: np.ndarray, voxels: int) -> np.ndarray:
    return ndimage.binary_dilation(mask, iterations=voxels).astype(np.uint8)


def test_pose_errors_have_the_wanted_spread():
    errors = np.array([draw_pose(np.random.default_rng(seed), 2.5, 2.5) for seed in range(400)])
    np.testing.assert_allclose(errors[:, :3, 3].std(axis=0), 2.5, rtol=0.15)
    angle = np.degrees(np.arccos((np.trace(errors[:, :3, :3], axis1=1, axis2=2) - 1) / 2))
    assert np.sqrt(np.mean(angle**2)) == pytest.approx(2.5 * np.sqrt(3), rel=0.1)
    np.testing.assert_allclose(np.linalg.det(errors[:, :3, :3]), 1)


def test_a_set_is_complete_resumable_and_the_same_again(tmp_path, head, small_scan, monkeypatch):
    made = []

    def source(job):
        made.append(job.head)
        return head, 1.0, 0.02

    monkeypatch.setattr(dataset, "_source", source)
    manifest = write_training_set(tmp_path / "set", 2, seed=5)
    rows = list(csv.DictReader(manifest.open()))
    assert [row["case"] for row in rows] == ["head0000_0", "head0000_1"]
    assert {row["split"] for row in rows} == {"train"}
    first = {row["case"]: np.load(tmp_path / "set" / row["image"])["hu"] for row in rows}
    (tmp_path / "set" / "head0000_1.npz").write_bytes(b"half a file")
    kept = (tmp_path / "set" / "head0000_0.npz").stat().st_mtime_ns
    write_training_set(tmp_path / "set", 2, seed=5)
    assert (tmp_path / "set" / "head0000_0.npz").stat().st_mtime_ns == kept
    np.testing.assert_array_equal(np.load(tmp_path / "set" / "head0000_1.npz")["hu"], first["head0000_1"])
    write_training_set(tmp_path / "set", 2, seed=5)
    assert made == [0, 0], "nothing is rendered where nothing is missing"
    with pytest.raises(OutputError, match=r"lists other cases \(seed 5\)"):
        write_training_set(tmp_path / "set", 2, seed=6)
    manifest.write_text("case,split,image\nmine,train,mine.nii.gz\n")
    with pytest.raises(OutputError, match="lists other cases; choose another folder"):
        write_training_set(tmp_path / "set", 2, seed=5)
    assert not list((tmp_path / "set").glob("*.partial"))


def test_splits_keep_heads_together_and_real_ones_in_training(tmp_path):
    jobs = dataset._jobs(tmp_path, 500, 0, [tmp_path])
    split = {job.head: split_of_head(job.head) for job in jobs}
    assert sum(len(job.cases) for job in jobs) == 500
    assert list(split.values()).count("train") / len(split) == pytest.approx(0.8, abs=0.03)
    real = [job for job in jobs if job.real]
    assert real
    assert all(split[job.head] == "train" for job in real)


def test_every_patient_can_have_a_head_of_its_own(tmp_path):
    jobs = dataset._jobs(tmp_path, 7, 0, [], per_head=1)
    assert [(job.head, job.cases) for job in jobs] == [(head, (0,)) for head in range(7)]


def test_no_cases_is_an_error(tmp_path):
    with pytest.raises(InputError, match="at least one case"):
        write_training_set(tmp_path, 0)
    with pytest.raises(InputError, match="At least one case is made from a head"):
        write_training_set(tmp_path, 1, cases_per_head=0)


def test_observers_draw_a_case_that_is_else_the_same(head):
    """The label is what the first drew, and the truth is kept apart from it."""
    plain, drawn = (make_training_case(head, np.random.default_rng(3), "stroke", 150.0, observers=count)
                    for count in (0, 3))
    assert plain.drawings is None
    made = drawn.drawings.arrays(with_scan=True, count=3)
    np.testing.assert_array_equal(plain.hu, drawn.hu)
    np.testing.assert_array_equal(plain.label, made["truth"])
    np.testing.assert_array_equal(plain.scan.icac.array, made["scan_truth"])
    np.testing.assert_array_equal(drawn.label, made["observers"] & 1)
    np.testing.assert_array_equal(drawn.scan.icac.array, made["scan_observers"] & 1)
    assert not ((made["scan_observers"] > 0) & (drawn.scan.ct.array < 130)).any()
    share = share_of(made["scan_observers"], 3)
    assert np.count_nonzero((share > 0) & (share < 1)), "they differ"
    assert np.count_nonzero((share > 0) & (made["scan_truth"] == 1)) > 0.5 * made["scan_truth"].sum()


def test_too_many_observers_are_refused(tmp_path):
    with pytest.raises(InputError, match="1 to 8 observers"):
        write_training_set(tmp_path / "none", 1, observers=9)
