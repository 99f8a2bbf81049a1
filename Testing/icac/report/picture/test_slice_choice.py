from __future__ import annotations

from dataclasses import replace

import numpy as np
from icac.anatomy import Course, Side
from icac.geometry import Frame, Volume
from icac.report.picture.slice_choice import choose_slices, evenly_spread, largest_apart
from icac.result import SegmentedScan


def test_slices_with_icac_are_shown_from_below_upwards(any_frame_content: SegmentedScan) -> None:
    content = any_frame_content
    slices = choose_slices(content)
    assert len(slices) == 3
    frame = content.scan.volume.frame
    heights = [frame.to_lps((40, 30, index))[2] for index in slices]
    assert heights == sorted(heights)
    assert all(content.mask[index].any() for index in slices)


def test_without_icac_the_cavernous_arteries_are_shown(empty_content: SegmentedScan,
                                                       straight_courses: dict[Side, Course]) -> None:
    frame: Frame = empty_content.scan.volume.frame
    heights = [frame.to_lps((0, 0, index))[2] for index in choose_slices(empty_content)]
    assert len(heights) == 6
    assert all(19 <= height <= 31 for height in heights)  # C4 is z 20 to 30 mm; slices are 2 mm thick


def test_thick_slices_next_to_the_cavernous_arteries_are_added(straight_courses: dict[Side, Course],
                                                               empty_content: SegmentedScan) -> None:
    thick = Frame.regular((1.0, 1.0, 5.0), (80, 60, 14), origin=(-40.0, -22.0, 0.0))
    scan = replace(empty_content.scan, volume=Volume(np.zeros(thick.shape, dtype=np.float32), thick))
    content = replace(empty_content, scan=scan, labels=np.zeros(thick.shape, dtype=int))
    assert choose_slices(content) == [2, 3, 4, 5, 6, 7]  # C4 crosses slices 4 to 6, at 20 to 30 mm


def test_largest_amounts_with_a_distance() -> None:
    amounts = [0, 5, 9, 8, 1, 7, 0]
    assert largest_apart(amounts, 3, apart=1) == [2, 3, 5]
    assert largest_apart(amounts, 3, apart=2) == [2, 5]
    assert largest_apart(amounts, 1, apart=2) == [2]
    assert largest_apart([0, 0, 0], 3, apart=1) == []
    assert largest_apart([4, 4, 4], 2, apart=1) == [0, 1]


def test_evenly_spread_keeps_the_ends() -> None:
    assert evenly_spread([5, 5, 7, 6, 9], 6) == [5, 6, 7, 9]
    assert evenly_spread(range(11), 3) == [0, 5, 10]
    assert evenly_spread([3], 6) == [3]
