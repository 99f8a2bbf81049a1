from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from icac.evaluation import CaseInput
from icac.geometry import Frame, Volume

#: Sheared as a gantry-tilted stack; the determinant is 0.5 * 0.5 * 2 = 0.5 mm3, the product of axis lengths is not.
SHEARED = Frame(np.array([[0.5, 0, 0, -5.0], [0, 0.5, 1.0, 3.0], [0, 0, 2.0, -7.0], [0, 0, 0, 1]]), (20, 12, 8))
CUBIC = Frame.regular((1.0, 1.0, 1.0), (20, 12, 8), origin=(-9.5, 0.0, 0.0))


@pytest.fixture
def sheared() -> Frame:
    return SHEARED


@pytest.fixture
def cubic() -> Frame:
    """Grid of 1 mm whose middle plane is x = 0, so that the midline fallback divides it in halves."""
    return CUBIC


@pytest.fixture
def make_case() -> Callable[..., CaseInput]:
    def make(name: str, frame: Frame, predicted: list[tuple], truth: list[tuple], **more: object) -> CaseInput:
        """Fill blocks given as (z, y, x) index expressions."""
        masks = []
        for blocks in (predicted, truth):
            mask = np.zeros(frame.shape, dtype=np.uint8)
            for block in blocks:
                mask[block] = 1
            masks.append(Volume(mask, frame))
        return CaseInput(name, *masks, **more)

    return make
