"""Registration of moved, noisy, cut and mislabelled heads, and refusal of what is no head."""

from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Side
from icac.errors import RegistrationError
from icac.geometry import Frame, Volume
from icac.phantom import sample_head
from icac.reference import load_reference
from icac.registration import register
from scipy.spatial.transform import Rotation

REFERENCE = load_reference()
CAROTIDS = np.concatenate([course.points for course in REFERENCE.courses.values()])


def rigid(axis, degrees, shift) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(np.radians(degrees) * np.array(axis) / np.linalg.norm(axis)).as_matrix()
    matrix[:3, 3] = shift
    return matrix


def moved(volume: Volume, matrix: np.ndarray, noise_hu: float = 10.0) -> Volume:
    """Move a volume by its frame and add noise."""
    noise = np.random.default_rng(0).normal(0, noise_hu, volume.array.shape)
    return Volume((volume.array + noise).astype(np.float32), Frame(matrix @ volume.frame.affine, volume.frame.size))


def cut(volume: Volume, low, high) -> Volume:
    """Cut out the box between two LPS points."""
    first = np.maximum(np.ceil(volume.frame.to_index(np.array(low, float))), 0).astype(int)
    end = np.array(volume.frame.size) - 1
    last = np.minimum(np.floor(volume.frame.to_index(np.array(high, float))), end).astype(int)
    block = volume.array[first[2]:last[2] + 1, first[1]:last[1] + 1, first[0]:last[0] + 1]
    return Volume(block.copy(), volume.frame.crop(tuple(first), tuple(last - first + 1)))


def place(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def carotid_error_mm(found: np.ndarray, true: np.ndarray) -> float:
    return float(np.linalg.norm(place(found, CAROTIDS) - place(true, CAROTIDS), axis=1).mean())


def turn_error_deg(found: np.ndarray, true: np.ndarray) -> float:
    return float(np.degrees(Rotation.from_matrix(found[:3, :3].T @ true[:3, :3]).magnitude()))


WHOLE = ((-300, -300, -300), (300, 300, 300))
SKULL_BASE_SLAB = ((-300, -300, -40), (300, 300, 30))
SMALL_FIELD = ((-60, -57, -55), (60, 63, 55))


@pytest.mark.parametrize(("axis", "degrees", "shift", "box"), [
    ((1, 0, 0), 30, (80, 0, 0), WHOLE),
    ((1, -2, 1), -28, (20, -60, 45), SKULL_BASE_SLAB),
    ((0, 1, 2), 25, (-40, 50, -45), SMALL_FIELD),
])
def test_a_moved_reference_is_found(axis, degrees, shift, box):
    true = rigid(axis, degrees, shift)
    registration = register(moved(cut(REFERENCE.volume, *box), true), REFERENCE)
    assert carotid_error_mm(registration.reference_to_scan, true) < 0.5
    assert turn_error_deg(registration.reference_to_scan, true) < 0.8
    assert registration.quality > 0.9


def test_thick_slices_of_another_head_are_found():
    head = sample_head(np.random.default_rng(3))
    frame = Frame.regular((1.0, 1.0, 5.0), (190, 240, 30), center=(0, 10, 30))
    true = rigid((1, 1, 0), 20, (10, -35, 600))
    registration = register(moved(Volume(head.render(frame).hu, frame), true), REFERENCE)
    for side, course in registration.scan_courses(REFERENCE.courses).items():
        wanted = head.courses[side].transformed(true)
        ends = [np.linalg.norm(course.points[i] - wanted.points[i]) for i in (0, -1)]
        assert np.mean(ends) < 7, "heads differ by their size and by the course of the carotids, but not by this much"
    assert registration.warning is None


def test_the_matrix_is_a_rotation_and_keeps_left_on_the_left():
    array = REFERENCE.volume.array.copy()
    left = np.ogrid[:122, :112, :90][2] > 70
    array[(array > 300) & left] = 30.0
    true = rigid((0, 0, 1), 15, (5, 5, 5))
    matrix = register(moved(REFERENCE.volume.like(array), true), REFERENCE).reference_to_scan
    assert np.linalg.det(matrix[:3, :3]) == pytest.approx(1.0, abs=1e-6)
    assert np.allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3), atol=1e-6)
    assert carotid_error_mm(matrix, true) < 0.8


def test_left_course_lies_on_the_patients_left_whatever_the_storage_order():
    flipped = REFERENCE.volume.frame.affine @ np.array(
        [[-1, 0, 0, 89], [0, -1, 0, 111], [0, 0, 1, 0], [0, 0, 0, 1]], float)
    stored = Volume(REFERENCE.volume.array[:, ::-1, ::-1].copy(), Frame(flipped, REFERENCE.volume.frame.size))
    courses = register(stored, REFERENCE).scan_courses(REFERENCE.courses)
    assert courses[Side.LEFT].points[:, 0].mean() > 10
    assert courses[Side.RIGHT].points[:, 0].mean() < -10


def test_a_wrong_patient_position_is_found_and_told():
    true = rigid((1, 0, 0), 180, (0, 20, 0))
    registration = register(moved(REFERENCE.volume, true), REFERENCE)
    assert carotid_error_mm(registration.reference_to_scan, true) < 0.5
    assert "patient position" in registration.warning


def test_a_table_does_not_matter():
    array = np.pad(REFERENCE.volume.array, ((0, 0), (0, 40), (0, 0)), constant_values=-1000.0)
    array[:, 125:130, :] = 300.0
    frame = REFERENCE.volume.frame.crop((0, 0, 0), array.shape[::-1])
    true = rigid((0, 0, 1), -10, (0, 30, 0))
    registration = register(moved(Volume(array, frame), true), REFERENCE)
    assert carotid_error_mm(registration.reference_to_scan, true) < 0.5


def test_carotids_outside_the_scan_are_told():
    partial = cut(REFERENCE.volume, (-300, -300, -8), (300, 300, 300))
    warning = register(partial, REFERENCE).warning
    assert "lie within the scan" in warning


def _abdomen() -> Volume:
    frame = Frame.regular((2.5, 2.5, 5), (140, 120, 60), center=(0, 0, 0))
    x, y, z = np.moveaxis(frame.to_lps(np.moveaxis(np.indices(frame.shape)[::-1], 0, -1)), -1, 0)
    body = np.where((x / 160)**2 + (y / 110)**2 < 1, 40.0, -1000.0)
    body[(x**2 + (y - 60)**2 < 20**2) & (np.abs(z % 35 - 17) > 3)] = 400.0
    body[(np.abs((x / 140)**2 + (y / 95)**2 - 1) < 0.08) & ((z + 0.3 * y) % 25 < 8)] = 600.0
    return Volume(body.astype(np.float32), frame)


def _water() -> Volume:
    z, y, x = np.ogrid[:60, :120, :120]
    return Volume(np.where((x - 60)**2 + (y - 60)**2 + 0 * z < 50**2, 0.0, -1000.0).astype(np.float32),
                  Frame.regular((2, 2, 3), (120, 120, 60)))


def _noise() -> Volume:
    noise = np.random.default_rng(1).normal(300, 500, (40, 80, 80)).astype(np.float32)
    return Volume(noise, Frame.regular((2.5, 2.5, 4), (80, 80, 40)))


def _vault() -> Volume:
    return cut(REFERENCE.volume, (-300, -300, 40), (300, 300, 300))


def _sliver() -> Volume:
    return cut(REFERENCE.volume, (-300, -300, -8), (300, 300, 8))


@pytest.mark.parametrize("garbage", [_abdomen, _water, _noise, _vault, _sliver])
def test_what_holds_no_skull_base_is_refused_in_one_sentence(garbage):
    with pytest.raises(RegistrationError) as raised:
        register(garbage(), REFERENCE)
    message = str(raised.value)
    assert message.endswith(".")
    assert message.count(". ") == 0
