from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from icac.anatomy import Side
from icac.report.picture.colors import SIDE_COLORS
from icac.report.picture.overview import draw_overview, region_view, write_overview
from icac.report.picture.overview_tile import CAPTION, GAP, TILE, draw_pair, outline
from icac.report.picture.slice_choice import choose_slices
from icac.result import SegmentedScan
from PIL import Image


def pair(content: SegmentedScan, index: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the plain and the marked picture of a slice."""
    page = Image.new("RGB", (2 * TILE[0] + GAP, TILE[1] + CAPTION))
    draw_pair(page, (0, 0), content, region_view(content), index)
    array = np.array(page)[CAPTION:]
    return array[:, :TILE[0]], array[:, TILE[0] + GAP:]


def coloured(picture: np.ndarray, side: Side) -> np.ndarray:
    return (picture == SIDE_COLORS[side]).all(axis=-1)


def test_lesions_are_outlined_on_their_side_of_the_picture(any_frame_content: SegmentedScan) -> None:
    content = any_frame_content
    marked = dict.fromkeys(Side, False)
    for index in choose_slices(content):
        plain, outlined = pair(content, index)
        for side in Side:
            assert not coloured(plain, side).any()
            columns = np.nonzero(coloured(outlined, side))[1]
            if columns.size:
                marked[side] = True
                on_left_half = columns.mean() < TILE[0] / 2
                assert on_left_half == (side is Side.RIGHT)
    assert all(marked.values())


def test_the_outline_leaves_the_voxels_of_icac_visible(content: SegmentedScan) -> None:
    view = region_view(content)
    for index in choose_slices(content):
        _, outlined = pair(content, index)
        inside = view.sample(content.mask.astype(np.uint8), index, order=0) > 0
        assert inside.any()
        for side in Side:
            assert not (coloured(outlined, side) & inside).any()
        near = outline(inside, 2)
        lines = coloured(outlined, Side.RIGHT) | coloured(outlined, Side.LEFT)
        assert np.array_equal(lines, near)


def test_without_icac_the_expected_course_is_dotted(empty_content: SegmentedScan) -> None:
    for index in choose_slices(empty_content):
        plain, dotted = pair(empty_content, index)
        for side in Side:
            assert not coloured(plain, side).any()
            columns = np.nonzero(coloured(dotted, side))[1]
            assert columns.size > 0
            assert (columns.mean() < TILE[0] / 2) == (side is Side.RIGHT)


def test_pages_differ_in_height_only(content: SegmentedScan, empty_content: SegmentedScan) -> None:
    with_icac, without = draw_overview(content), draw_overview(empty_content)
    assert with_icac.width == without.width
    assert with_icac.height < without.height  # three slices in two rows; six in three


def test_more_warnings_take_more_room_up_to_a_limit(with_warnings: Callable[[int], SegmentedScan]) -> None:
    heights = [draw_overview(with_warnings(count)).height for count in (0, 1, 3, 4, 9)]
    assert heights[0] < heights[1] < heights[2] < heights[3] == heights[4]


def test_any_scan_name_can_be_drawn(content: SegmentedScan) -> None:
    name = "Ünicode-Schädel-" + "long" * 60
    scan = replace(content.scan, path=Path(name))
    assert draw_overview(replace(content, scan=scan)).size == draw_overview(content).size


def test_the_file_is_a_png(content: SegmentedScan, tmp_path: Path) -> None:
    path = write_overview(content, tmp_path / "overview.png")
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.mode == "RGB"
