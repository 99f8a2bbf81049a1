from __future__ import annotations

import shutil

import numpy as np
import pytest
from icac.ct import read_ct
from icac.ct.dicom.gaps import lost_slices
from icac.errors import InputError

HEIGHTS = np.arange(15) * 2.5


def ramp(points):
    return points @ (10.0, 20.0, 7.0)


@pytest.fixture
def folder(tmp_path, make_series, stack_of_heights):
    return make_series(tmp_path / "series", ramp, stack_of_heights(HEIGHTS), SliceThickness=2.5)


def files_by_height(folder):
    import pydicom
    return sorted(folder.iterdir(), key=lambda p: float(pydicom.dcmread(p).ImagePositionPatient[2]))


def test_slices_are_ordered_by_position_not_by_name(folder):
    volume = read_ct(folder).volume
    points = volume.frame.to_lps(np.moveaxis(np.indices(volume.frame.size), 0, -1))
    assert np.abs(volume.array.transpose(2, 1, 0) - ramp(points)).max() <= 0.5
    assert volume.frame.spacing == pytest.approx((0.7, 0.5, 2.5))


def test_slices_stored_from_head_to_foot_with_flipped_columns(tmp_path, make_series):
    prone = np.array([[-1.0, 0, 0], [0, 1, 0]])  # the normal points to the feet
    positions = [(8.0, -5.0, z) for z in HEIGHTS]
    volume = read_ct(make_series(tmp_path, ramp, positions, orientation=prone)).volume
    points = volume.frame.to_lps(np.moveaxis(np.indices(volume.frame.size), 0, -1))
    assert np.abs(volume.array.transpose(2, 1, 0) - ramp(points)).max() <= 0.5


def test_a_missing_slice_is_found(folder):
    files_by_height(folder)[6].unlink()
    with pytest.raises(InputError, match="lacks 1 slice "):
        read_ct(folder)


def test_several_missing_slices_are_counted(folder):
    for n in (3, 4, 11):
        files_by_height(folder)[n if n < 5 else n - 2].unlink() if n != 4 else files_by_height(folder)[3].unlink()
    with pytest.raises(InputError, match="lacks 3 slices"):
        read_ct(folder)


def test_copies_of_slices_are_dropped_with_a_note(folder):
    shutil.copy(files_by_height(folder)[2], folder / "copy.dcm")
    shutil.copy(files_by_height(folder)[9], folder / "another")
    scan = read_ct(folder)
    assert scan.volume.array.shape[0] == len(HEIGHTS) and not scan.resampled
    assert scan.corrections == ("2 repeated copies of slices left out.",)


def test_different_images_at_one_position_are_refused(folder, make_series, stack_of_heights):
    make_series(folder / "again", lambda p: ramp(p) + 40, stack_of_heights(HEIGHTS), SliceThickness=2.5)
    with pytest.raises(InputError, match="different images at the same position"):
        read_ct(folder)


def test_a_localizer_in_the_series_is_left_out_with_a_note(folder, make_series):
    make_series(folder / "scout", ramp, [(0, -40, 60)], orientation=np.array([[1.0, 0, 0], [0, 0, -1]]),
                ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    scan = read_ct(folder)
    assert scan.volume.array.shape[0] == len(HEIGHTS)
    assert len(scan.corrections) == 1 and scan.corrections[0].startswith("1 image of another kind")


def test_two_reconstructions_in_one_series_are_refused(folder, make_series, stack_of_heights):
    make_series(folder / "bone", ramp, stack_of_heights(HEIGHTS), ConvolutionKernel="BONE")
    with pytest.raises(InputError, match=r"mixes 2 reconstructions.*kernel BONE"):
        read_ct(folder)


def test_images_without_position_are_refused(tmp_path, dataset, save):
    for n in range(3):
        data = dataset(np.zeros((5, 6)), (0, 0, n))
        del data.ImagePositionPatient
        save(data, tmp_path / f"{n}.dcm")
    with pytest.raises(InputError, match="do not tell where they lie"):
        read_ct(tmp_path)


def test_one_slice_is_not_a_volume(tmp_path, dataset, save):
    save(dataset(np.zeros((5, 6)), (0, 0, 0)), tmp_path / "a.dcm")
    with pytest.raises(InputError, match="has one slice"):
        read_ct(tmp_path)


def test_a_change_to_wider_slices_is_no_loss():
    distances = np.array([2.5] * 8 + [3.75] + [5.0] * 8)
    thickness = np.array([2.5] * 9 + [5.0] * 9)
    assert not any(lost_slices(distances, thickness))
    abrupt = np.array([2.5] * 8 + [5.0] * 9)
    assert not any(lost_slices(abrupt, np.array([2.5] * 9 + [5.0] * 9)))


def test_loss_next_to_a_change_and_at_the_ends():
    distances = np.array([5.0, 2.5, 2.5, 2.5, 2.5, 7.5])
    assert lost_slices(distances, np.full(7, 2.5)) == [1, 0, 0, 0, 0, 2]
    assert lost_slices(distances, np.full(7, np.nan)) == [1, 0, 0, 0, 0, 2]


def test_the_checksum_follows_the_content_not_the_files(folder, tmp_path, make_series, stack_of_heights):
    copy = make_series(tmp_path / "copy", ramp, stack_of_heights(HEIGHTS), SliceThickness=2.5, SeriesDescription="B")
    other = make_series(tmp_path / "other", ramp, stack_of_heights(HEIGHTS + 1), SliceThickness=2.5)
    sums = [read_ct(f).identity["sha256"] for f in (folder, copy, other)]
    assert sums[0] == sums[1] != sums[2] and len(sums[0]) == 64
