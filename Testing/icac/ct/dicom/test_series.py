from __future__ import annotations

import numpy as np
import pytest
from icac.ct import list_series, read_ct
from icac.errors import InputError


@pytest.fixture
def study(tmp_path, make_series, stack_of_heights):
    """A study: thin and thick reconstruction, localizer, dose picture, coronal view, other files."""
    ramp = lambda p: p @ (10, 20, 30)  # noqa: E731
    make_series(tmp_path / "a" / "thin", ramp, stack_of_heights(np.arange(12.0)), ConvolutionKernel="H31s")
    make_series(tmp_path / "a" / "scout", ramp, stack_of_heights([0]), SeriesInstanceUID="1.9.1", SeriesNumber=1,
                SeriesDescription="Topogram", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    make_series(tmp_path / "dose", ramp, stack_of_heights([0]), SeriesInstanceUID="1.9.2", SeriesNumber=999,
                SeriesDescription="Patient Protocol", SOPClassUID="1.2.840.10008.5.1.4.1.1.7",
                ImageType=["DERIVED", "SECONDARY", "OTHER"])
    make_series(tmp_path / "cor", ramp, [(0, y, 0) for y in range(12)], SeriesInstanceUID="1.9.3", SeriesNumber=5,
                SeriesDescription="Cor", orientation=np.array([[1.0, 0, 0], [0, 0, -1]]),
                ImageType=["DERIVED", "SECONDARY", "AXIAL"])
    make_series(tmp_path / "mpr", ramp, stack_of_heights(np.arange(0, 60.0, 5)), SeriesInstanceUID="1.9.4",
                SeriesNumber=6, SeriesDescription="Ax 5mm", ImageType=["DERIVED", "SECONDARY", "REFORMATTED"])
    (tmp_path / "a" / "readme.txt").write_text("no image")
    (tmp_path / "a" / "empty.dcm").touch()
    (tmp_path / "a" / "table.csv").write_bytes(b"\x08\x00 almost")
    return tmp_path


@pytest.fixture
def two_series(study, make_series, stack_of_heights):
    make_series(study / "thick", lambda p: p @ (10, 20, 30), stack_of_heights(np.arange(0, 60.0, 5)), SeriesNumber=4,
                SeriesInstanceUID="1.9.5", SeriesDescription="Head thick", SliceThickness=5)
    return study


def test_the_only_axial_series_is_chosen_by_itself(study):
    scan = read_ct(study)
    assert scan.identity["series_uid"] == "1.2.3.4"
    assert scan.volume.array.shape == (12, 20, 24)


def test_all_series_are_listed_with_the_reason_against_them(study):
    infos = list_series(study)
    assert [s.number for s in infos] == ["1", "3", "5", "6", "999"]
    assert [s.obstacle for s in infos] == ["localizer", "", "not axial", "", "not CT images"]
    assert [s.reformatted for s in infos] == [False, False, False, True, False]
    assert infos[1].slices == 12 and infos[1].thickness_mm == 1.0 and infos[1].kernel == "H31s"


@pytest.mark.parametrize(("wanted", "uid"), [("1.9.5", "1.9.5"), ("3", "1.2.3.4"), ("head thick", "1.9.5"),
                                             ("Head thi", None), ("head thin", "1.2.3.4"), ("Ax", "1.9.4"),
                                             ("nothing", None)])
def test_choice_by_uid_number_or_description(two_series, wanted, uid):
    if uid is None:
        with pytest.raises(InputError, match=f"'{wanted}'; choose one with --series"):
            read_ct(two_series, wanted)
    else:
        assert read_ct(two_series, wanted).identity["series_uid"] == uid


def test_one_file_stands_for_its_series_in_its_folder(two_series, make_series, stack_of_heights):
    folder = two_series / "thick"
    make_series(folder, lambda p: p[..., 0], stack_of_heights(np.arange(3) + 0.5), SeriesInstanceUID="1.8")
    make_series(folder, lambda p: p @ (10, 20, 30), stack_of_heights(np.arange(0, 60.0, 5)), SeriesInstanceUID="1.9.5",
                SliceThickness=5)
    scan = read_ct(sorted(folder.iterdir())[4])
    assert scan.identity["series_uid"] == "1.9.5" and scan.volume.array.shape[0] == 12


def test_a_folder_without_images_and_a_file_of_another_kind(tmp_path):
    (tmp_path / "note.txt").write_text("hello")
    with pytest.raises(InputError, match="holds no DICOM images"):
        read_ct(tmp_path)
    with pytest.raises(InputError, match=r"note\.txt is no DICOM"):
        read_ct(tmp_path / "note.txt")
    (tmp_path / "DICOMDIR").write_bytes(bytes(128) + b"DICM" + bytes(100))
    with pytest.raises(InputError, match=r"DICOMDIR is a DICOM file without an image .*; give the folder"):
        read_ct(tmp_path / "DICOMDIR")
    with pytest.raises(InputError, match="does not exist"):
        read_ct(tmp_path / "gone")
    with pytest.raises(InputError, match="is not a folder"):
        list_series(tmp_path / "note.txt")


def test_no_axial_series(tmp_path, make_series, stack_of_heights):
    for n in (1, 2):
        make_series(tmp_path, lambda p: p[..., 0], stack_of_heights([n]), SeriesInstanceUID=f"1.{n}", Modality="MR")
    with pytest.raises(InputError, match=r"no axial CT series.*modality MR"):
        read_ct(tmp_path)


def test_all_series_are_named_where_none_fits(two_series):
    with pytest.raises(InputError, match="--series.*3 'Head thin' .12 images, 1 mm, kernel H31s; "
                                         r"UID 1\.2\.3\.4.*4 'Head thick' .12 images, 5 mm"):
        read_ct(two_series, "17")


def test_nothing_of_the_patient_is_kept(study):
    text = str(read_ct(study).identity)
    assert "Secret" not in text and "SECRET" not in text and "1950" not in text
