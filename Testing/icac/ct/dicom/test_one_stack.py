"""What a series may mix, and what it may not."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from icac.ct import read_ct
from icac.ct.dicom.interwoven import slices_between
from icac.errors import InputError

HEIGHTS = np.arange(16) * 1.5


def ramp(points):
    return points @ (10.0, 20.0, 7.0)


@pytest.fixture
def folder(tmp_path, make_series, stack_of_heights):
    return make_series(tmp_path / "series", ramp, stack_of_heights(HEIGHTS), SliceThickness=1.5, ConvolutionKernel="A",
                       AcquisitionNumber=1, FrameOfReferenceUID="1.5")


def edit(folder, change):
    """Change the headers of a series; ``change`` gets the dataset and the number of the slice from below."""
    files = sorted(folder.iterdir(), key=lambda p: float(pydicom.dcmread(p).ImagePositionPatient[2]))
    for number, path in enumerate(files):
        data = pydicom.dcmread(path)
        change(data, number)
        data.save_as(path)


def one_stack(scan):
    return scan.volume.array.shape[0] == len(HEIGHTS) and not scan.resampled and not scan.corrections


def test_acquisitions_that_follow_each_other_are_one_stack(folder):
    edit(folder, lambda data, n: setattr(data, "AcquisitionNumber", 1 + n // 4))
    assert one_stack(read_ct(folder))


@pytest.mark.parametrize("offset", [0.0, 0.7, 0.75])
def test_two_acquisitions_of_one_place_are_refused(folder, make_series, stack_of_heights, offset):
    make_series(folder / "again", lambda p: ramp(p - (6, 4, 0)), stack_of_heights(HEIGHTS + offset), SliceThickness=1.5,
                ConvolutionKernel="A", AcquisitionNumber=2)
    with pytest.raises(InputError, match="mixes 2 acquisitions of the same place"):
        read_ct(folder)


@pytest.mark.parametrize("offset", [0.7, 0.75])
@pytest.mark.parametrize("part", [slice(None), slice(3, 12)], ids=["whole", "a part"])
def test_a_head_that_moved_is_seen_in_the_pixels_where_the_header_is_silent(tmp_path, make_series, offset, part):
    def ball(points):
        return np.where(np.linalg.norm(points - (20, 26, 15), axis=-1) < 16, 900.0, -1000.0)

    for name, heights, shift in (("a", HEIGHTS, 0.0), ("b", HEIGHTS[part] + offset, 6.0)):
        make_series(tmp_path / name, lambda p, shift=shift: ball(p - (shift, -shift, 0)), [(0, 0, z) for z in heights],
                    shape=(120, 110), spacing=(0.4, 0.6), SliceThickness=1.5)
    assert read_ct(tmp_path / "a" / "0000.dcm").volume.array.shape[0] == len(HEIGHTS)
    with pytest.raises(InputError, match="alternate between 2 acquisitions"):
        read_ct(tmp_path)


@pytest.mark.parametrize(("keyword", "value", "things"), [
    ("PatientID", "two", "patients"), ("StudyInstanceUID", "1.2.9", "examinations"),
    ("FrameOfReferenceUID", "1.9", "positionings")])
@pytest.mark.parametrize("stacked", [True, False])
def test_two_patients_are_refused(folder, keyword, value, things, stacked):
    edit(folder, lambda data, n: setattr(data, keyword, value) if (n > 7 if stacked else n % 2) else None)
    with pytest.raises(InputError, match=f"mixes images of 2 {things}"):
        read_ct(folder)


def test_a_frame_of_reference_for_every_slice_tells_nothing(folder):
    edit(folder, lambda data, n: setattr(data, "FrameOfReferenceUID", f"1.5.{n}"))
    assert one_stack(read_ct(folder))


def test_thick_slices_of_the_same_place_are_left_out_with_a_note(folder, make_series, stack_of_heights):
    plain = read_ct(folder)
    make_series(folder / "thick", lambda p: ramp(p) + 60, stack_of_heights(HEIGHTS[::4] + 0.6), SliceThickness=6.0,
                ConvolutionKernel="A")
    scan = read_ct(folder)
    assert np.array_equal(scan.volume.array, plain.volume.array) and scan.thickness_mm == 1.5
    assert scan.corrections == ("4 thicker slices of the same place in the series left out (6 mm; those of 1.5 mm were "
                                "measured).",)


def test_thin_slices_of_a_part_only_are_refused(tmp_path, make_series, stack_of_heights):
    make_series(tmp_path / "thin", ramp, stack_of_heights(np.arange(10) * 1.0), SliceThickness=1.0)
    make_series(tmp_path / "thick", ramp, stack_of_heights(np.arange(12) * 4.0 + 0.5), SliceThickness=4.0)
    with pytest.raises(InputError, match="mixes thin and thick reconstructions"):
        read_ct(tmp_path)


def test_slices_that_get_thicker_half_way_are_one_stack(tmp_path, make_series, stack_of_heights):
    make_series(tmp_path / "base", ramp, stack_of_heights(np.arange(10) * 2.0), SliceThickness=2.0)
    make_series(tmp_path / "vertex", ramp, stack_of_heights(np.arange(10) * 4.0 + 21.0), SliceThickness=4.0)
    scan = read_ct(tmp_path)
    assert scan.identity["images"] == "20" and scan.identity["slice_thickness_mm"] == "2 to 4"


def test_a_kernel_that_changes_half_way_is_one_stack(folder):
    edit(folder, lambda data, n: setattr(data, "ConvolutionKernel", "H31s" if n < 9 else "H41s"))
    assert one_stack(read_ct(folder))


@pytest.mark.parametrize("which", [lambda n: n in (2, 3, 11), lambda n: n % 2, lambda n: n > 9])
def test_slices_without_the_name_of_the_kernel_are_kept(folder, which):
    edit(folder, lambda data, n: setattr(data, "ConvolutionKernel", "") if which(n) else None)
    assert one_stack(read_ct(folder))


def test_direction_cosines_that_differ_by_their_rounding_are_one_stack(folder):
    def jitter(data, n):
        sine = 0.0175 + (-1e-4, 1e-4, 5e-5)[n % 3]
        cosine = np.sqrt(1 - sine**2)
        data.ImageOrientationPatient = [f"{v:.6f}" for v in (cosine, sine, 0, -sine, cosine, 0)]

    edit(folder, jitter)
    scan = read_ct(folder)
    assert one_stack(scan)
    assert np.degrees(np.arcsin(scan.volume.frame.direction[1, 0])) == pytest.approx(1.003, abs=0.01)


@pytest.mark.parametrize(("keyword", "lacking"), [
    ("ImagePositionPatient", "no Image Position"), ("ImageOrientationPatient", "no Image Orientation"),
    ("PixelSpacing", "no Pixel Spacing")])
def test_slices_that_lost_their_position_are_refused(folder, keyword, lacking):
    edit(folder, lambda data, n: setattr(data, keyword, None) if n < 5 else None)
    with pytest.raises(InputError, match=rf"5 images of the series .* do not tell where they lie .*\({lacking}\)"):
        read_ct(folder)


@pytest.mark.parametrize(("told", "things"), [
    ({"KVP": 140}, "2 tube voltages"), ({"ConvolutionKernel": ""}, "2 reconstructions"),
    ({"ImageType": ["DERIVED", "SECONDARY", "AXIAL", "AVERAGE"]}, "2 kinds of images")])
def test_images_of_two_kinds_that_alternate_are_refused(folder, make_series, stack_of_heights, told, things):
    edit(folder, lambda data, n: setattr(data, "KVP", 80))
    usual = {"SliceThickness": 1.5, "ConvolutionKernel": "A", "AcquisitionNumber": 1, "KVP": 80}
    make_series(folder / "other", ramp, stack_of_heights(HEIGHTS + 0.75), **usual | told)
    with pytest.raises(InputError, match=f"mixes {things} of the same place"):
        read_ct(folder)


def test_copies_that_were_called_something_else_are_copies(folder):
    for path in sorted(folder.iterdir())[2:12]:
        data = pydicom.dcmread(path)
        data.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
        data.save_as(folder / f"again_{path.name}")
    scan = read_ct(folder)
    assert scan.volume.array.shape[0] == len(HEIGHTS) and "10 repeated copies" in scan.corrections[0]


def test_a_tube_voltage_that_changes_half_way_is_one_stack(folder):
    edit(folder, lambda data, n: setattr(data, "KVP", 100 if n < 9 else 120))
    assert one_stack(read_ct(folder))


@pytest.mark.parametrize("offset", [0.0, 0.7])
def test_two_fields_of_view_are_refused(folder, make_series, offset):
    make_series(folder / "left", ramp, [(32.0, -5.0, z + offset) for z in HEIGHTS], SliceThickness=1.5,
                ConvolutionKernel="A", AcquisitionNumber=1)
    with pytest.raises(InputError, match="do not lie above each other"):
        read_ct(folder)


def test_two_scans_above_each_other_are_refused(folder, make_series, stack_of_heights):
    tall = np.arange(32) * 1.5
    make_series(folder / "low", ramp, stack_of_heights(tall - 100), SliceThickness=1.5)
    make_series(folder / "high", ramp, stack_of_heights(tall[10:] + 10), SliceThickness=1.5)
    with pytest.raises(InputError, match="two stacks of slices"):
        read_ct(folder)


@pytest.mark.parametrize("step", [1.5, 1.8])
def test_a_head_on_the_next_one_is_refused_though_no_slice_is_missing(tmp_path, make_series, step):
    def cone(points, slope):
        inside = np.linalg.norm(points[..., :2] - (20, 26), axis=-1) < 12 + slope * points[..., 2]
        return np.where(inside, 900.0, -1000.0)

    tall = np.arange(32) * 1.5
    places = {"shape": (120, 110), "spacing": (0.4, 0.6), "SliceThickness": 1.5}
    make_series(tmp_path / "low", lambda p: cone(p, 0.15), [(0, 0, z) for z in tall], **places)
    assert read_ct(tmp_path).volume.array.shape[0] == len(tall)
    make_series(tmp_path / "next", lambda p: cone(p - (0, 0, tall[-1] + step), 0.1),
                [(0, 0, z + tall[-1] + step) for z in tall], **places)
    with pytest.raises(InputError, match=r"two stacks of slices, the second from 0000\.dcm on"):
        read_ct(tmp_path)


def test_positions_rounded_to_whole_millimetres_are_made_even(folder):
    def rounded(data, _):
        x, y, z = data.ImagePositionPatient
        data.ImagePositionPatient = [x, y, round(float(z))]

    exact = read_ct(folder).volume
    edit(folder, rounded)
    scan = read_ct(folder)
    assert np.array_equal(scan.volume.array, exact.array) and not scan.resampled
    assert scan.volume.frame.spacing[2] == pytest.approx(1.5, abs=0.05)
    assert scan.corrections[0].startswith("The positions of the slices are rounded to 1 mm")


def test_a_series_uid_for_every_slice_is_named(folder):
    edit(folder, lambda data, n: setattr(data, "SeriesInstanceUID", f"1.2.3.4.{n}"))
    with pytest.raises(InputError, match=r"16 CT images in .* have a Series Instance UID each"):
        read_ct(folder)


@pytest.mark.parametrize(("thin", "thick", "first"), [(1.0, 5.0, 0.5), (1.25, 5.0, 0.4), (1.0, 2.0, 0.5),
                                                      (2.0, 3.0, 0.7)])
def test_reconstructions_of_one_thickness_in_the_headers_are_told_apart_by_their_places(
        tmp_path, make_series, stack_of_heights, thin, thick, first):
    heights = np.union1d(np.arange(0, 40, thin), np.arange(first, 38, thick))
    folder = make_series(tmp_path / "series", ramp, stack_of_heights(heights), SliceThickness=thin)
    with pytest.raises(InputError, match=r"mixes two stacks .* unevenly between"):
        read_ct(folder)


@pytest.mark.parametrize("heights", [
    np.arange(60) * 1.0, np.delete(np.arange(60) * 1.0, [3, 17, 30, 31, 45]), np.round(np.arange(60) * 0.625, 1),
    np.r_[np.arange(20) * 2.5, 47.5 + 5 * np.arange(1, 20)], np.r_[np.arange(50) * 1.0, 63, 64]],
    ids=["even", "gaps", "rounded", "coarser half-way", "two beyond"])
def test_one_stack_is_not_taken_for_two(heights):
    assert slices_between(heights) == 0


@pytest.mark.parametrize(("keyword", "value", "words"), [
    ("RescaleType", "MGML", "values in MGML"), ("RescaleIntercept", None, "no Rescale Intercept"),
    ("ImagePositionPatient", ["-3", "-5", "10.5"], "do not lie above each other")])
def test_slices_of_other_values_or_beside_the_others_are_refused(folder, keyword, value, words):
    def change(data, number):
        if number == 7:
            setattr(data, keyword, value) if value else delattr(data, keyword)

    edit(folder, change)
    with pytest.raises(InputError, match=words):
        read_ct(folder)


@pytest.mark.parametrize("told", ["ct", "CT\\CT", "", None])
def test_a_modality_that_is_written_oddly_or_missing_is_that_of_the_images(folder, told):
    edit(folder, lambda data, _: setattr(data, "Modality", told) if told is not None else delattr(data, "Modality"))
    scan = read_ct(folder)
    assert one_stack(scan) and scan.identity["modality"] == "CT"
