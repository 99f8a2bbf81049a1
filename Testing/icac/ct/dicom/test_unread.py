"""Files that could not be read are never passed over in silence, and never stop what they do not belong to."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pydicom
import pytest
from icac.ct import list_series, read_ct
from icac.ct.series.continuity import slices_with_holes
from icac.errors import InputError
from pydicom.uid import DeflatedExplicitVRLittleEndian

HEIGHTS = np.arange(20) * 2.0


def ramp(points):
    return points @ (10.0, 20.0, 7.0)


@pytest.fixture
def series(tmp_path, make_series, stack_of_heights):
    """Return the folder of a series and its files from the feet up."""
    folder = make_series(tmp_path / "series", ramp, stack_of_heights(HEIGHTS), SliceThickness=2.0)
    height = lambda p: float(pydicom.dcmread(p).ImagePositionPatient[2])  # noqa: E731
    return folder, sorted(folder.iterdir(), key=height)


def empty(path):
    path.write_bytes(b"")


def zeros(path):
    path.write_bytes(bytes(path.stat().st_size))


def link(path):
    path.unlink()
    path.symlink_to("gone")


def pointer(path):
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")


def header_cut(path):
    path.write_bytes(path.read_bytes()[:400])


def pixels_cut(path):
    path.write_bytes(path.read_bytes()[:-40])


DAMAGE = {empty: "is empty", zeros: "holds only zeros", link: "is a link to nothing", pointer: "is no DICOM file",
          header_cut: "is cut short", pixels_cut: "is truncated"}


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda d: d.__name__)
@pytest.mark.parametrize("number", [0, 9, 19])
def test_a_damaged_slice_is_refused_by_name(series, damage, number):
    folder, files = series
    damage(files[number])
    with pytest.raises(InputError, match=f"lacks? .*{files[number].name} {DAMAGE[damage]}"):
        read_ct(folder)


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda d: d.__name__)
def test_who_asks_for_incomplete_scans_is_told_where_slices_may_be_missing(series, damage):
    folder, files = series
    whole = read_ct(folder).volume
    for path in files[17:]:
        damage(path)
    scan = read_ct(folder, incomplete=True)
    assert np.array_equal(scan.volume.array, whole.array[:17])
    assert max(one.low for one in scan.missing) == 32.0
    assert all("3 " in one.reason and DAMAGE[damage] in one.reason for one in scan.missing)


def test_files_that_are_not_named_like_slices_are_passed_over(series):
    folder, _ = series
    for name in ("LOCK", "readme.txt", ".nomedia", "._0000.dcm"):
        (folder / name).touch()
    (folder / "other").mkdir()
    (folder / "other" / "0001.dcm").touch()
    assert not read_ct(folder, incomplete=True).missing


def test_empty_files_that_may_be_images_are_named_in_a_warning(series):
    folder, _ = series
    for name in ("IM0021", "part/0001.dcm", "part/0002.dcm", "notes/readme.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    (said,) = read_ct(folder).doubts
    assert all(name in said for name in ("IM0021", "0001.dcm", "0002.dcm")) and "readme" not in said
    assert "3 files" in said and "is empty" in said


def test_a_folder_that_is_a_link_is_named_where_there_are_images_and_followed_where_there_are_none(
        tmp_path, series, make_series, stack_of_heights):
    folder, _ = series
    elsewhere = make_series(tmp_path / "archive" / "other", ramp, stack_of_heights(HEIGHTS), SliceThickness=2.0,
                            SeriesInstanceUID="1.2.3.5")
    (folder / "thin").symlink_to(elsewhere)
    (folder / "up").symlink_to("..")
    (said,) = read_ct(folder).doubts
    assert "thin is a link to another folder" in said and "up" not in said
    linked = tmp_path / "study"
    linked.mkdir()
    for name, target in (("ct", elsewhere), ("again", elsewhere), ("up", tmp_path)):
        (linked / name).symlink_to(target)
    scan = read_ct(linked)
    assert np.array_equal(scan.volume.array, read_ct(elsewhere).volume.array)
    assert not scan.doubts and not scan.corrections


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is closed to the superuser")
def test_a_folder_that_cannot_be_opened_is_named(series):
    folder, _ = series
    (folder / "closed").mkdir(mode=0)
    (said,) = read_ct(folder).doubts
    (folder / "closed").chmod(0o700)
    assert "closed cannot be opened" in said


def test_a_damaged_series_beside_another_does_not_stop_it(tmp_path, series, make_series, stack_of_heights):
    folder, files = series
    make_series(folder, ramp, stack_of_heights([7]), SeriesInstanceUID="1.9", shape=(4, 5), Modality="OT")
    other = next(p for p in folder.iterdir() if p not in files or pydicom.dcmread(p).Rows == 4)
    other = other.rename(folder / "other.dcm")
    data = pydicom.dcmread(other)
    data.PixelSpacing = [0.0, 0.5]
    data.save_as(other)
    (tmp_path / "series" / "first.dcm").write_bytes(files[1].read_bytes())
    assert [info.uid for info in list_series(folder)] == ["1.2.3.4"]


def test_a_damaged_deflated_file_does_not_stop_a_folder(series, dataset, save):
    folder, _ = series
    data = dataset(np.zeros((5, 6)), (0, 0, 0))
    data.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    path = save(data, folder / "report.dcm")
    content = path.read_bytes()
    header = 144 + int.from_bytes(content[140:144], "little")
    path.write_bytes(content[:header] + b"\xff\xffgarbage" * 9)
    scan = read_ct(folder, incomplete=True)
    assert scan.volume.array.shape[0] == len(HEIGHTS)
    assert all("report.dcm is damaged" in one.reason for one in scan.missing)


@pytest.mark.parametrize(("keyword", "value"), [
    ("PixelSpacing", [0.0, 0.5]), ("ImagePositionPatient", ["nan", 0, 0]), ("RescaleSlope", "inf"),
    ("RescaleSlope", 0), ("ImageOrientationPatient", [1, 0, 0]), ("ImagePositionPatient", [1e30, 0, 0]),
    ("Rows", 0), ("PixelRepresentation", 7)])
def test_numbers_that_cannot_be_are_named(series, keyword, value):
    folder, files = series
    for path in files:
        data = pydicom.dcmread(path)
        data[keyword].value = value
        with pydicom.config.disable_value_validation():
            data.save_as(path)
    with pytest.raises(InputError, match=f"No DICOM image in .* can be used.*impossible {keyword}"):
        read_ct(folder)


def test_a_thickness_that_cannot_be_is_unknown(series):
    folder, files = series
    data = pydicom.dcmread(files[4])
    data.SliceThickness = -3
    data.save_as(files[4])
    assert read_ct(folder).identity["slice_thickness_mm"] == "2"


def test_a_decimal_comma_is_named(series):
    folder, files = series
    for path in files:
        path.write_bytes(path.read_bytes().replace(b"0.5\\0.7", b"0,5\\0,7"))
    with pytest.raises(InputError, match="PixelSpacing that is no number"):
        read_ct(folder)


def test_no_memory_is_set_aside_for_announced_sizes(series):
    folder, files = series
    for path in files:
        data = pydicom.dcmread(path)
        data.Rows = data.Columns = 8000
        data.save_as(path)
    with pytest.raises(InputError, match=r"\(and 19 other slices of the series\) is truncated"):
        read_ct(folder)


def test_hidden_files_are_read_only_by_who_names_one(series):
    folder, files = series
    whole = read_ct(folder).volume
    (folder / ".Trashes").mkdir()
    for copy in (folder / ".0000.dcm", folder / ".Trashes" / "0000.dcm"):
        data = pydicom.dcmread(files[0])
        data.PixelData = bytes(len(data.PixelData))  # another image at the same place would end the reading
        data.save_as(copy)
    assert np.array_equal(read_ct(folder).volume.array, whole.array)
    assert list_series(folder)[0].slices == len(files)
    (folder / ".0000.dcm").unlink()
    hidden = files[0].rename(folder / ".0000.dcm")
    assert np.array_equal(read_ct(hidden).volume.array, whole.array)


def test_a_damaged_file_that_is_no_slice_is_named_and_stops_nothing(series):
    folder, _ = series
    whole = read_ct(folder).volume
    (folder / "report.dcm").write_bytes(bytes(128) + b"DICM" + b"garbage" * 9)
    (folder / "empty.dcm").touch()
    scan = read_ct(folder)
    assert np.array_equal(scan.volume.array, whole.array) and not scan.missing
    assert "report.dcm is damaged" in scan.doubts[0] and "empty.dcm is empty" in scan.doubts[0]


@pytest.mark.parametrize("keyword", ["ConvolutionKernel", "ImageType", "AcquisitionNumber"])
def test_a_name_that_cannot_be_read_is_unknown(series, keyword):
    folder, files = series
    whole = read_ct(folder).volume
    data = pydicom.dcmread(files[3])
    setattr(data, keyword, "7")
    data.save_as(files[3])
    tag = data[keyword].tag
    start = tag.group.to_bytes(2, "little") + tag.element.to_bytes(2, "little")
    content = files[3].read_bytes()
    at = content.index(start + data[keyword].VR.encode())
    files[3].write_bytes(content[:at + 4] + b"ZZ" + content[at + 6:])
    assert np.array_equal(read_ct(folder).volume.array, whole.array)


@pytest.mark.parametrize("number", [1, 9, 18])
def test_a_file_of_which_a_part_never_arrived_is_a_lost_slice(series, number):
    folder, files = series
    content = files[number].read_bytes()
    files[number].write_bytes(content[:-480] + bytes(480))  # 10 of 20 rows: the size is right, the rest is zeros
    with pytest.raises(InputError, match=f"lacks 1 slice .*{files[number].name} lacks rows of its pixels"):
        read_ct(folder)


def test_rows_of_air_in_all_slices_are_not_taken_for_lost(tmp_path, make_series, stack_of_heights):
    def head_in_air(points):
        return np.where(points[..., 1] < 0, ramp(points), -1024.0)

    folder = make_series(tmp_path / "series", head_in_air, stack_of_heights(HEIGHTS), SliceThickness=2.0)
    assert len(read_ct(folder).volume.array) == len(HEIGHTS)


@pytest.mark.parametrize("ending", [".gz", ".part", ".crdownload"])
def test_files_that_were_packed_or_are_not_complete_may_be_slices(series, ending):
    folder, files = series
    shutil.copy(files[3], f"{files[3]}{ending}.copy")  # of no kind that slices become
    copy = folder / f"{files[3].name}{ending}"
    copy.write_bytes(b"\x1f\x8b packed")  # a copy of a slice that is there
    assert not read_ct(folder).doubts
    files[19].unlink()
    (folder / f"{files[19].name}{ending}").write_bytes(b"")
    with pytest.raises(InputError, match=f"may lack slices.*{files[19].name}{ending} is empty"):
        read_ct(folder)


def test_several_files_of_which_parts_never_arrived_are_lost_slices(series):
    folder, files = series
    for number, behind in ((8, 0), (9, 96), (10, 0)):
        content = files[number].read_bytes()
        end = len(content) - behind
        files[number].write_bytes(content[:end - 384] + bytes(384) + content[end:])
    with pytest.raises(InputError, match=r"lacks 3 slices .*3 files .* lacks rows of its pixels"):
        read_ct(folder)


def test_air_that_was_cleared_beside_the_head_is_no_hole():
    hu = np.full((9, 40, 60), 30, np.int16)
    hu[:, :6] = hu[3:7, 6:12] = -1024  # the face recedes between nose and forehead
    hu[:, 6:14, :20] = hu[:, 6:14, 35:] = -1024
    assert slices_with_holes(hu, np.full(9, -1024.0)) == []
