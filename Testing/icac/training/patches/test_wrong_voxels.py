import numpy as np
import pytest
from icac.errors import InputError, OutputError
from icac.network import FcnConfig
from icac.training.patches.patch import PatchGeometry, PatchSampler
from icac.training.patches.wrong_voxels import read_wrong_voxels, write_wrong_voxels
from icac.training.settings.config import Sampling
from icac.trainingset.cases import IcacIndex

GEOMETRY = PatchGeometry.padded((16, 32, 32), FcnConfig().geometry)
NONE = np.zeros((0, 3), np.int16)


def sampler(positions, sampling, false=None):
    return PatchSampler(IcacIndex(positions), sampling, GEOMETRY, 3, false)


def test_wrong_voxels_are_read_back_by_the_name_of_the_case(tmp_path):
    found = {"second": np.array([[1, -2, 3], [4, 5, -6]], np.int16), "a/first": NONE}
    write_wrong_voxels(tmp_path / "new" / "false.npz", found)
    read = read_wrong_voxels(tmp_path / "new" / "false.npz", ["a/first", "unknown", "second"])
    assert [len(positions) for positions in read] == [0, 0, 2]
    assert np.array_equal(read[2], found["second"])


def test_a_damaged_or_missing_file_is_refused_and_an_unwritable_one_said(tmp_path):
    (tmp_path / "bad.npz").write_bytes(b"PK not a zip")
    for name in ("bad.npz", "missing.npz"):
        with pytest.raises(InputError, match=f"{name}: the voxels at which a model was wrong cannot be read"):
            read_wrong_voxels(tmp_path / name, ["x"])
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        write_wrong_voxels(tmp_path / "file" / "false.npz", {"x": NONE})


def test_patches_lie_around_wrong_voxels_as_often_as_asked():
    false = [np.array([[-8, 10, -20]], np.int16), NONE]
    cases = sampler([np.array([[8, -12, 22]], np.int16)] * 2, Sampling(icac_share=1.0, false_share=0.4, jitter=0.0),
                    false)
    hu = np.zeros((60, 120, 120), np.int16)
    rng = np.random.default_rng(5)
    half = np.array(GEOMETRY.output) // 2

    def share(case: int) -> float:
        middles = np.array([cases.output_start(case, hu, rng) for _ in range(300)]) + half - np.array(hu.shape) // 2
        return float(np.mean((middles == (-8, 10, -20)).all(axis=1)))

    assert 0.3 < share(0) < 0.5
    assert share(1) == 0


def test_every_so_many_patches_one_comes_from_a_case_without_icac():
    icac = np.array([[0, 0, 0]], np.int16)
    positions = [icac] * 20 + [NONE] * 2
    cases = sampler(positions, Sampling(clean_every=3))
    drawn = [cases.case_of(number) for number in range(66)]
    assert all(case >= 20 for case in drawn[::3])
    assert {drawn[0], drawn[3]} == {20, 21}, "clean cases come in turns"
    others = [case for number, case in enumerate(drawn) if number % 3]
    assert sorted(others[:22]) == list(range(22)), "the other patches still see every case once an epoch"
    assert [sampler(positions[:20], Sampling(clean_every=3)).case_of(n) for n in range(40)] == \
           [sampler(positions[:20], Sampling()).case_of(n) for n in range(40)], "without clean cases as before"
