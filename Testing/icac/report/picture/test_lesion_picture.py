"""Key pictures of lesions: the right slice, the wall with the lesion above, and files that follow their numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from icac.report import write_results
from icac.report.picture.colors import SIDE_COLORS
from icac.report.picture.lesion_picture import CAPTION, GAP, TILE, draw_lesion
from icac.result import SegmentedScan


def tiles(content: SegmentedScan, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where the colour of its side is in the two pictures of a lesion, bool (height, width)."""
    lesion = content.lesions[number - 1]
    array = np.array(draw_lesion(content, lesion))[CAPTION:]
    colored = (array == SIDE_COLORS[lesion.side]).all(axis=-1)
    return colored[:, :TILE[0]], colored[:, TILE[0] + GAP:]


def test_both_pictures_outline_the_lesion_in_the_middle(any_frame_content: SegmentedScan) -> None:
    for lesion in any_frame_content.lesions:
        in_slice, along = tiles(any_frame_content, lesion.id)
        rows, columns = np.nonzero(in_slice)
        assert abs(rows.mean() - TILE[1] / 2) < 2
        assert abs(columns.mean() - TILE[0] / 2) < 2
        assert along.any()


def test_along_the_artery_the_lesion_lies_above_the_middle(content: SegmentedScan) -> None:
    # Lesion 1 lies up to 4 mm from the centreline; no dot of the lumen is farther than its radius of 2 mm, 21 pixels.
    _, along = tiles(content, 1)
    rows = np.nonzero(along)[0]
    assert rows.min() < TILE[1] / 2 - 30
    assert rows.max() < TILE[1] / 2 + 25


def test_pictures_are_written_on_request_and_go_with_their_lesions(content: SegmentedScan,
                                                                   empty_content: SegmentedScan,
                                                                   tmp_path: Path) -> None:
    def pictures() -> set[str]:
        return {path.name for path in tmp_path.glob("lesion-*.png")}

    written = write_results(tmp_path, content, lesion_pictures=True)
    assert pictures() == {"lesion-001.png", "lesion-002.png", "lesion-003.png"}
    assert written["lesion_2"].name == "lesion-002.png"
    (tmp_path / "lesion-mine.png").write_bytes(b"")
    write_results(tmp_path, empty_content, lesion_pictures=True)
    assert pictures() == {"lesion-mine.png"}
