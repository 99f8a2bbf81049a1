from __future__ import annotations

import numpy as np
import pytest
from icac.correct import Patch

BOX = (slice(1, 3), slice(2, 5), slice(0, 4))


def patch() -> Patch:
    before, after = np.zeros((2, 2, 3, 4), dtype=bool)
    before[0, 0, :3] = True
    after[0, 0, 2:] = True  # clears x 0 and 1, sets x 3
    return Patch(BOX, before, after)


def test_a_patch_counts_and_places_its_changes() -> None:
    mask = np.zeros((4, 6, 5), dtype=bool)
    mask[1, 2, :3] = True
    patch().apply(mask)
    assert np.argwhere(mask).tolist() == [[1, 2, 2], [1, 2, 3]]
    assert patch().changed == 3 and not patch().is_empty
    assert patch().removed.sum() == 2 and patch().added.sum() == 1


def test_other_lesions_in_the_box_are_left_alone() -> None:
    mask = np.zeros((4, 6, 5), dtype=bool)
    mask[2, 4, 3] = True  # another lesion: unset in both before and after
    patch().apply(mask)
    assert mask[2, 4, 3]


def test_arrays_must_fill_the_box() -> None:
    with pytest.raises(ValueError, match="shape"):
        Patch(BOX, np.zeros((2, 3, 4), dtype=bool), np.zeros((2, 3, 5), dtype=bool))
