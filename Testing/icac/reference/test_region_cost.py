"""Which calcifications the tube around the courses costs. On rendered cases: Testing/benchmarks/box_cost.py."""

from __future__ import annotations

import numpy as np
from icac.reference import load_reference
from icac.reference.region import REACH_MM
from icac.simulate.cases.simulated_patient import draw_patient
from icac.simulate.cases.training_case import POSE_ERROR_DEG, POSE_ERROR_MM
from icac.simulate.scanner.acquisition import draw_pose

PATIENTS = 40


def lost_volumes(seed: int) -> tuple[float, float]:
    """Return the volume of a random patient's lesions, and how much of it lies too far from the registered courses."""
    rng = np.random.default_rng((seed, 77))
    patient = draw_patient(rng, "stroke")
    to_reference = np.linalg.inv(draw_pose(rng, POSE_ERROR_DEG, POSE_ERROR_MM))
    total = lost = 0.0
    for lesion in patient.calcification.lesions:
        points = lesion.bounding_points()[0] @ to_reference[:3, :3].T + to_reference[:3, 3]
        distance = np.min([course.nearest(points).distance_mm for course in load_reference().courses.values()], axis=0)
        total += lesion.volume_mm3
        lost += lesion.volume_mm3 * float((distance > REACH_MM).mean())
    return total, lost


def test_the_tube_costs_few_of_the_calcifications_of_random_heads():
    volumes = np.array([lost_volumes(seed) for seed in range(PATIENTS)])
    total, lost = volumes.sum(axis=0)
    losing = np.count_nonzero(volumes[:, 1] > 0)
    print(f"{lost:.0f} of {total:.0f} mm3 ({lost / total:.1%}) beyond {REACH_MM:g} mm, in {losing} of {PATIENTS} heads")
    assert lost / total < 0.01
    assert losing < PATIENTS / 10
