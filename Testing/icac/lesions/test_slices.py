from __future__ import annotations

import numpy as np
import pytest
from icac.geometry import Frame
from icac.lesions.slices import array_axis, face_areas_mm2, slice_axis, slice_increment_mm, slice_pixel_mm2


def test_axial_slices_lie_along_array_z() -> None:
    frame = Frame.regular((0.5, 0.6, 3.0), (4, 5, 6))
    assert (slice_axis(frame), array_axis(frame)) == (2, 0)
    assert slice_pixel_mm2(frame) == pytest.approx(0.3)
    assert slice_increment_mm(frame) == pytest.approx(3.0)
    assert face_areas_mm2(frame) == pytest.approx([1.8, 1.5, 0.3])


def test_slices_are_axial_even_if_the_file_stores_sagittal_layers() -> None:
    affine = np.eye(4)  # i runs down the body, j backwards, k to the left
    affine[:3, :3] = np.array([[0, 0, 2.0], [0, 0.5, 0], [-0.7, 0, 0]])
    frame = Frame(affine, (4, 5, 6))
    assert (slice_axis(frame), array_axis(frame)) == (0, 2)
    assert slice_pixel_mm2(frame) == pytest.approx(1.0)
    assert slice_increment_mm(frame) == pytest.approx(0.7)


def test_the_increment_of_a_tilted_stack_is_perpendicular_to_its_slices() -> None:
    tilt = np.deg2rad(18.5)
    affine = np.eye(4)
    affine[:3, 1] = (0, np.cos(tilt), -np.sin(tilt))  # slices tilted, table moves along z: sheared
    affine[:3, 2] = (0, 0, 4.0)
    frame = Frame(affine, (4, 5, 6))
    assert frame.is_sheared
    assert slice_increment_mm(frame) == pytest.approx(4.0 * np.cos(tilt))
    assert slice_pixel_mm2(frame) * slice_increment_mm(frame) == pytest.approx(frame.voxel_volume_mm3)
