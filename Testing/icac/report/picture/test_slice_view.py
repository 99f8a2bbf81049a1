from __future__ import annotations

import numpy as np
import pytest
from icac.air import OUTSIDE_HU
from icac.geometry import Frame
from icac.report.picture.slice_view import Plane, SliceView, direction_letters

#: One patient, five ways to store the voxels: voxel axes as columns, LPS mm.
AXES = {
    "usual": [[1, 0, 0], [0, 1, 0], [0, 0, 2]],
    "right to left, front to back, top down": [[-1, 0, 0], [0, -1, 0], [0, 0, -2]],
    "rows along the patient": [[0, 1, 0], [-1, 0, 0], [0, 0, 2]],
    "sagittal layers": [[0, 0, 1], [1, 0, 0], [0, -2, 0]],
    "coronal layers": [[1, 0, 0], [0, 0, 1], [0, 2, 0]],
    "tilted, sheared": [[1, 0, 0], [0, 0.95, 0], [0, -0.31, 2]],
    "turned by 25 degrees": [[0.906, -0.423, 0], [0.423, 0.906, 0], [0, 0, 2]],
}
CENTER = np.array([3.0, -5.0, 40.0])


def make_frame(axes: list[list[float]]) -> Frame:
    affine = np.eye(4)
    affine[:3, :3] = axes
    size = np.where(np.abs(affine[2, :3]) > 1, 21, 61)
    affine[:3, 3] = CENTER - affine[:3, :3] @ ((size - 1) / 2)
    return Frame(affine, tuple(size))


@pytest.fixture(params=AXES)
def plane(request: pytest.FixtureRequest) -> Plane:
    return Plane(make_frame(AXES[request.param]))


def view_of(plane: Plane) -> SliceView:
    middle, _ = plane.project(CENTER[None])
    return SliceView(plane, middle[0] - 20, 4.0, (160, 160))


def spot(plane: Plane, shift: tuple[float, float, float]) -> tuple[np.ndarray, int]:
    """Return an array with one bright voxel at the centre plus a shift in LPS mm, and its slice."""
    array = np.zeros(plane.frame.shape, dtype=np.float32)
    index = np.round(plane.frame.to_index(CENTER + shift)).astype(int)
    array[tuple(index[::-1])] = 1000
    _, depth = plane.project(plane.frame.to_lps(index)[None])
    return array, round(depth[0])


def test_a_spot_on_the_right_and_in_front_is_seen_on_the_left_and_above(plane: Plane) -> None:
    array, index = spot(plane, (-10, -9, 0))
    picture = view_of(plane).sample(array, index, order=1)
    y, x = np.array(np.nonzero(picture > 500)).mean(axis=1)
    assert x < 75
    assert y < 75


def test_pixels_and_drawing_agree(plane: Plane) -> None:
    array, index = spot(plane, (12, 5, 0))
    view = view_of(plane)
    picture = view.sample(array, index, order=1)
    y, x = (np.array(np.nonzero(picture > 500)) + 0.5).mean(axis=1)
    where = plane.frame.to_lps(np.argwhere(array)[:, ::-1])
    uv, _ = plane.project(where)
    assert view.pixels(uv)[0] == pytest.approx((x, y), abs=0.05)
    assert plane.to_lps(uv[0], index) == pytest.approx(where[0], abs=1e-6)


def test_distances_are_true_in_both_directions(plane: Plane) -> None:
    uv, _ = plane.project(np.array([CENTER, CENTER + 10 * plane.right, CENTER + 10 * plane.down]))
    assert uv[1] - uv[0] == pytest.approx((10, 0), abs=1e-6)
    assert uv[2] - uv[0] == pytest.approx((0, 10), abs=1e-6)


def test_edges_are_lettered_in_radiological_convention(plane: Plane) -> None:
    letters = view_of(plane).edge_letters()
    assert letters["left"].startswith("R")
    assert letters["right"].startswith("L")
    assert letters["top"].startswith("A")
    assert letters["bottom"].startswith("P")


def test_a_leaning_direction_gets_two_letters() -> None:
    assert direction_letters(np.array([1, 0, 0])) == "L"
    assert direction_letters(np.array([-0.9, 0.45, 0])) == "RP"
    assert direction_letters(np.array([0, -0.5, 0.9])) == "SA"
    assert direction_letters(np.array([0, 0.95, -0.31])) == "P"


def test_the_view_holds_all_points_as_large_as_possible() -> None:
    plane = Plane(make_frame(AXES["usual"]))
    points = np.array([[0.0, 10.0], [40.0, 20.0]])
    view = SliceView.around(plane, points, 5.0, (100, 60))
    assert view.zoom == pytest.approx(2.0)  # 50 mm across in 100 pixels; 20 mm down would allow 3
    assert view.center_uv == pytest.approx((20, 15))
    assert view.pixels(points)[:, 0] == pytest.approx((10, 90))


def test_air_is_shown_beyond_the_scan_and_no_mask() -> None:
    plane = Plane(make_frame(AXES["usual"]))
    view = SliceView(plane, np.array([500.0, 500.0]), 1.0, (4, 3))
    array = np.ones(plane.frame.shape, dtype=np.int16)
    assert view.sample(array, 0, order=3) == pytest.approx(np.full((3, 4), OUTSIDE_HU))
    assert not view.sample(array, 0, order=0).any()
