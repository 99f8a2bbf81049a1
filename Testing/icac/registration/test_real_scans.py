"""Registration of the real scans, where they are at hand."""

from __future__ import annotations

import numpy as np
import pytest
from icac.ct import read_ct
from icac.geometry import Frame, Volume
from icac.reference import load_reference
from icac.registration import register
from scipy.spatial.transform import Rotation

REFERENCE = load_reference()
CAROTIDS = np.concatenate([course.points for course in REFERENCE.courses.values()])


def carotids(matrix: np.ndarray) -> np.ndarray:
    return CAROTIDS @ matrix[:3, :3].T + matrix[:3, 3]


@pytest.fixture(scope="module")
def patient(shared_data) -> Volume:
    return read_ct(shared_data / "head_ct_ge").volume


def test_both_scans_of_the_skull_phantom_get_the_same_anatomical_pose(shared_data):
    thin, tilted = (register(read_ct(shared_data / name).volume, REFERENCE)
                    for name in ("skull_phantom_philips_1mm", "skull_phantom_philips_tilted"))
    # The phantom was not moved between the scans by more than a few mm: its sella lies 83 mm behind and 736 mm above 0.
    for registration in (thin, tilted):
        assert np.abs(registration.reference_to_scan[:3, 3] - (-3.0, 82.5, 736.0)).max() < 2.0
    between = thin.reference_to_scan[:3, :3].T @ tilted.reference_to_scan[:3, :3]
    assert np.degrees(Rotation.from_matrix(between).magnitude()) < 2.5


def test_the_sella_of_the_patient_is_found(patient):
    registration = register(patient, REFERENCE)
    # Read off the image: the floor of the sella is in the midline above the rear half of the sphenoid sinus.
    assert np.linalg.norm(registration.reference_to_scan[:3, 3] - (-6.5, -16.0, 14.0)) < 9.0
    assert registration.warning is None


def test_a_turned_and_shifted_patient_gets_the_same_carotids(patient):
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_rotvec(np.radians([20, -10, 15])).as_matrix()
    matrix[:3, 3] = (40, -30, 60)
    turned = Volume(patient.array, Frame(matrix @ patient.frame.affine, patient.frame.size))
    expected = matrix @ register(patient, REFERENCE).reference_to_scan
    found = register(turned, REFERENCE).reference_to_scan
    assert np.linalg.norm(carotids(found) - carotids(expected), axis=1).mean() < 0.1
