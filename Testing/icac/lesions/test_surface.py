"""Surface area against solids whose area is known, on voxels of several forms, turned at random."""

from __future__ import annotations

import numpy as np
import pytest
from icac.geometry import Frame
from icac.lesions.surface import surface_of_voxels

AXES = {"even": np.diag([0.5, 0.5, 0.5]), "uneven": np.diag([0.4, 0.45, 1.0]),
        "tilted": np.array([[0.45, 0.0, 0.0], [0.0, 0.44, 0.3], [0.0, -0.1, 0.9]])}


def voxels_of(axes: np.ndarray, reach_mm: float, rng: np.random.Generator) -> tuple[Frame, np.ndarray]:
    """Return a frame that is turned and shifted at random, and where its voxels lie, (z, y, x, 3) mm."""
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    half = np.ceil(reach_mm / np.linalg.norm(axes, axis=0) * 1.3).astype(int) + 1
    affine = np.eye(4)
    affine[:3, :3] = turn @ axes
    affine[:3, 3] = -affine[:3, :3] @ (half + rng.uniform(-0.5, 0.5, 3))
    frame = Frame(affine, tuple(2 * half + 1))
    index = np.moveaxis(np.indices(frame.shape), 0, -1)[..., ::-1]
    return frame, frame.to_lps(index)


def ratios(axes: np.ndarray, inside, true_mm2: float, reach_mm: float, count: int = 12) -> np.ndarray:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(count):
        frame, points = voxels_of(axes, reach_mm, rng)
        found.append(surface_of_voxels(inside(points), frame).sum() / true_mm2)
    return np.array(found)


@pytest.mark.parametrize("axes", AXES.values(), ids=AXES)
@pytest.mark.parametrize(("radius", "spread"), [(1.0, 0.15), (1.5, 0.07), (3.0, 0.03)])
def test_spheres_are_at_most_7_percent_too_large(axes: np.ndarray, radius: float, spread: float) -> None:
    found = ratios(axes, lambda p: (p**2).sum(axis=-1) <= radius**2, 4 * np.pi * radius**2, radius)
    assert 0.96 <= found.mean() <= 1.08
    assert found.std() < spread


@pytest.mark.parametrize("axes", AXES.values(), ids=AXES)
@pytest.mark.parametrize("width", [3.0, 6.0])
def test_plates_of_1_mm_are_2_to_13_percent_too_small(axes: np.ndarray, width: float) -> None:
    def plate(p: np.ndarray) -> np.ndarray:
        return (np.abs(p) <= np.array([0.5, width / 2, width / 2])).all(axis=-1)

    found = ratios(axes, plate, 2 * width**2 + 4 * width, width)
    assert 0.87 <= found.mean() <= 0.99


def test_faces_on_the_border_of_the_block_count_and_an_empty_block_has_no_surface() -> None:
    frame = Frame.regular((1.0, 2.0, 3.0), (2, 1, 1))
    whole = surface_of_voxels(np.ones((1, 1, 2), bool), frame)
    assert whole.shape == (1, 1, 2)
    assert whole[0, 0, 0] == pytest.approx(whole[0, 0, 1])  # mirror images of each other
    # A box of 2 x 2 x 3 mm has 32 mm2; its edges are rounded.
    assert 0.7 * 32 < whole.sum() <= 32
    assert not surface_of_voxels(np.zeros((2, 2, 2), bool), frame).any()
