from __future__ import annotations

import numpy as np
import pytest
from icac.geometry import Frame
from icac.lesions.contact import CLASSES, bone_contact, is_doubtful, touches_bone

FRAME = Frame.regular((0.5, 0.4, 3.0), (5, 4, 3))  # faces across x 1.2, y 1.5, z 0.2 mm2


def scene() -> tuple[np.ndarray, np.ndarray]:
    """A lesion of two voxels along x in the middle of soft tissue."""
    lesion = np.zeros((3, 4, 5), dtype=bool)
    lesion[1, 1, 1:3] = True
    hu = np.where(lesion, 300.0, 40.0)
    return lesion, hu


SURFACE = 2 * 1.2 + 4 * 1.5 + 4 * 0.2


def test_a_lesion_in_soft_tissue_touches_nothing() -> None:
    lesion, hu = scene()
    assert bone_contact(lesion, hu, FRAME) == 0


@pytest.mark.parametrize(("bone", "area"), [((1, 1, 3), 1.2), ((1, 2, 1), 1.5), ((0, 1, 2), 0.2)])
def test_each_face_counts_with_its_own_area(bone: tuple[int, int, int], area: float) -> None:
    lesion, hu = scene()
    hu[bone] = 130
    assert bone_contact(lesion, hu, FRAME) == pytest.approx(area / SURFACE)


def test_edges_and_corners_are_no_contact_and_129_hu_is_no_bone() -> None:
    lesion, hu = scene()
    hu[2, 2, 3] = hu[1, 2, 3] = 1000  # corner and edge neighbours
    hu[1, 1, 3] = 129
    assert bone_contact(lesion, hu, FRAME) == 0


def test_a_lesion_walled_in_by_bone_has_full_contact() -> None:
    lesion, hu = scene()
    assert bone_contact(lesion, np.full_like(hu, 900.0), FRAME) == pytest.approx(1)


def test_the_border_of_the_scan_is_surface_without_contact() -> None:
    lesion = np.zeros((1, 1, 2), dtype=bool)
    lesion[0, 0, 0] = True
    hu = np.full((1, 1, 2), 500.0)
    assert bone_contact(lesion, hu, FRAME) == pytest.approx(1.2 / (2 * (1.2 + 1.5 + 0.2)))


def test_faces_of_a_sheared_voxel_are_parallelograms() -> None:
    affine = np.eye(4)
    affine[:3, 2] = (0, 3, 4)  # face across x: |y x k| = 4; across y: |k x x| = 5; across z: 1
    frame = Frame(affine, (5, 4, 3))
    lesion, hu = scene()
    hu[1, 2, 1] = 500
    assert bone_contact(lesion, hu, frame) == pytest.approx(5 / (2 * 4 + 4 * 5 + 4 * 1))


def test_contact_is_judged_by_one_scale():
    assert not touches_bone(0.0) and not touches_bone(0.004) and touches_bone(0.01)
    assert not is_doubtful(0.29) and is_doubtful(0.3)
    assert tuple(sorted(CLASSES)) == CLASSES and {0.01, 0.3} <= set(CLASSES)
