"""Stacks of pieces of several scans, and single slices of an image that are not of their place."""

from __future__ import annotations

import numpy as np
import pytest
from icac.ct import read_ct, write_volume
from icac.ct.series.mixture import odd_slices, refuse_pieces
from icac.errors import InputError
from icac.geometry import Frame, Volume

COUNT, SHAPE = 48, (120, 132)
HEIGHTS = np.arange(COUNT) * 0.6


def head() -> np.ndarray:
    """A lopsided cone in air that leans from slice to slice, with noise."""
    z, y, x = np.indices((COUNT, *SHAPE))
    radius = np.hypot(x - 44 - 0.4 * z, 1.3 * (y - 50 + 0.25 * z)) / (30 + 0.35 * z)
    hu = np.select([radius < 0.8, radius < 1], [40.0, 800.0], -1000.0) + (x > 55) * (radius < 0.8) * 30
    return np.rint(hu + np.random.default_rng(2).normal(0, 8, hu.shape)).clip(-1024).astype(np.int16)


HEAD = head()


def moved(parts: slice | list[int]) -> np.ndarray:
    """The head with a part of its slices moved."""
    both = HEAD.copy()
    both[parts] = np.roll(HEAD, (9, -13), (1, 2))[parts]
    return both


def test_pieces_of_two_positions_are_refused_and_a_head_that_moved_is_told():
    assert refuse_pieces(HEAD, HEIGHTS, "x.nii") == ()
    pieces = [n for n in range(COUNT) if n // 6 % 2]
    with pytest.raises(InputError, match=r"x\.nii are pieces of several scans: at 8 places \(the first after "):
        refuse_pieces(moved(pieces), HEIGHTS, "x.nii")
    [doubt] = refuse_pieces(moved(slice(30, None)), HEIGHTS, "x.nii")
    assert "x.nii from number 31 of 48 from below on do not continue those below" in doubt
    with pytest.raises(InputError, match=r"are of two scans, the second from number 31 of 48"):
        refuse_pieces(moved(slice(30, None)), HEIGHTS * 5, "x.nii")


def test_slices_beside_a_gap_or_a_blank_one_need_not_continue_each_other():
    assert refuse_pieces(moved(slice(30, None)), HEIGHTS, "x.nii", gaps=[29]) == ()
    blank = HEAD.copy()
    blank[20:23] = -1024
    assert refuse_pieces(blank, HEIGHTS, "x.nii") == ()


def test_copies_and_lost_rows_of_an_image_are_told():
    assert odd_slices(HEAD, "x.nii") == ()
    copied, holed = HEAD.copy(), HEAD.copy()
    copied[20] = copied[19]
    holed[25, 60:] = 0
    [one], [other] = odd_slices(copied, "x.nii"), odd_slices(holed, "x.nii")
    assert "have the voxels of another one (such as number 20 of 48 from below)" in one
    assert "lack rows of their voxels (such as number 26 of 48 from below)" in other


def test_what_lies_below_the_scale_is_read_as_outside(tmp_path):
    frame = Frame.regular((0.5, 0.7, 0.6), HEAD.shape[::-1])
    padded = HEAD.copy()
    padded[:, :9] = -3024
    write_volume(Volume(padded, frame), tmp_path / "a.nii.gz")
    write_volume(Volume(np.maximum(padded, -1024), frame), tmp_path / "b.nrrd")
    padded, plain = read_ct(tmp_path / "a.nii.gz"), read_ct(tmp_path / "b.nrrd")
    assert padded.volume.array.min() == -1024 and padded.volume.array.dtype == np.int16
    assert padded.voxels_sha256 == plain.voxels_sha256
