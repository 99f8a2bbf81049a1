"""Missing slices matter where the carotids are, and only there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pydicom
import pytest
from icac.ct import check_ct, read_ct
from icac.ct.missing import whole_part
from icac.ct.series.choose import choose
from icac.ct.series.info import SeriesInfo
from icac.errors import InputError

HEIGHTS = np.arange(-40, 110, 2.5)


def ramp(points):
    return points @ (10.0, 15.0, 4.0)


@pytest.fixture
def series(tmp_path, make_series, stack_of_heights):
    """Return the folder of a series from z -40 to 107.5, and its file at each height; the carotids run from 0 to 60."""
    folder = make_series(tmp_path / "series", ramp, stack_of_heights(HEIGHTS), SliceThickness=2.5)
    return folder, {float(pydicom.dcmread(p).ImagePositionPatient[2]): p for p in folder.iterdir()}


@pytest.mark.parametrize("lost", [(-30.0,), (90.0, 92.5, 95.0), (-35.0, 100.0), (77.5,)])
def test_gaps_far_from_the_carotids_leave_the_slices_around_them(series, straight_courses, lost):
    folder, files = series
    whole = read_ct(folder).volume
    for height in lost:
        files[height].unlink()
    scan = whole_part(read_ct(folder, incomplete=True), straight_courses)
    low, high = max((z for z in lost if z < 0), default=-50.0), min((z for z in lost if z > 0), default=200.0)
    kept = (low < HEIGHTS) & (high > HEIGHTS)
    assert np.array_equal(scan.volume.array, whole.array[kept]) and not scan.missing
    assert scan.volume.frame.origin == pytest.approx((-8, -5, HEIGHTS[kept][0]))
    assert len(scan.doubts) == 1 and f"lacks {len(lost)} slice" in scan.doubts[0]
    for height in lost:
        assert next(p.name for z, p in files.items() if z == height - 2.5) in scan.doubts[0] or height - 2.5 in lost


@pytest.mark.parametrize("lost", [(-10.0,), (0.0,), (30.0,), (57.5, 60.0), (70.0,), (30.0, 95.0)])
def test_gaps_where_the_carotids_are_are_refused(series, straight_courses, lost):
    folder, files = series
    for height in lost:
        files[height].unlink()
    with pytest.raises(InputError, match=rf"lacks {len(lost)} slice.*copy or export it again, whole"):
        whole_part(read_ct(folder, incomplete=True), straight_courses)


def test_the_series_that_comes_next_is_named(series, straight_courses):
    folder, files = series
    files[30.0].unlink()
    choice = choose([SeriesInfo(f"1.{n}", str(n), name, "CT", 60, mm, "", "")
                     for n, name, mm in ((1, "Thin", 1.0), (7, "Thick", 5.0))])
    scan = replace(read_ct(folder, incomplete=True), choice=choice)
    with pytest.raises(InputError, match="or choose another series with --series, of which the best is 7 'Thick'"):
        whole_part(scan, straight_courses)


def test_stray_slices_at_any_distance_are_left_out(series, straight_courses, make_series, stack_of_heights):
    folder, files = series
    whole = read_ct(folder).volume
    make_series(folder / "stray", ramp, stack_of_heights([144.3, 146.8]), SliceThickness=2.5)
    scan = whole_part(read_ct(folder, incomplete=True), straight_courses)
    assert np.abs(scan.volume.array - whole.array[:len(scan.volume.array)]).max() <= 1
    assert len(files) - 1 <= len(scan.volume.array) <= len(files)


def test_lost_slices_at_the_end_matter_where_the_carotids_end(series, straight_courses):
    folder, files = series
    for height in (102.5, 105.0, 107.5):
        files[height].write_bytes(b"")
    scan = whole_part(read_ct(folder, incomplete=True), straight_courses)
    assert "each of 3 files that may belong to it is empty" in scan.doubts[0]
    for height in HEIGHTS[HEIGHTS > 62]:
        files[height].write_bytes(b"")
    with pytest.raises(InputError, match="may lack slices"):
        whole_part(read_ct(folder, incomplete=True), straight_courses)


def test_a_whole_scan_is_itself(series, straight_courses):
    scan = read_ct(series[0], incomplete=True)
    assert whole_part(scan, straight_courses) is scan


def test_what_was_seen_on_reading_is_a_warning(head, tmp_path):
    from icac.ct.scan import CTScan

    scan = CTScan(head, tmp_path, "dicom", {"modality": "CT"})
    assert check_ct(replace(scan, doubts=("Bits are odd.",))) == ["Bits are odd.", *check_ct(scan)]
