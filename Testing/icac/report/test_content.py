from __future__ import annotations

import numpy as np
from icac.anatomy import Side
from icac.result import SegmentedScan


def test_masks_of_the_sides_split_the_mask(any_frame_content: SegmentedScan) -> None:
    content = any_frame_content
    right, left = content.mask_of(Side.RIGHT), content.mask_of(Side.LEFT)
    assert np.count_nonzero(right) == 3
    assert np.count_nonzero(left) == 7
    assert np.array_equal(right | left, content.mask)
    x_right = content.scan.volume.frame.to_lps(np.argwhere(right)[:, ::-1])[:, 0]
    assert (x_right < 0).all()


def test_a_run_without_icac_has_an_empty_mask(empty_content: SegmentedScan) -> None:
    assert not empty_content.mask.any()
    assert not empty_content.mask_of(Side.LEFT).any()
