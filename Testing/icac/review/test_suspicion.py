from __future__ import annotations

from dataclasses import replace

import pytest
from icac.review.suspicion import FAR_MM, NEAR_MM, suspicion


@pytest.fixture
def lesion(session):
    return replace(session.lesion(2).measured, bone_contact=0.2, mean_probability=0.5, course_distance_mm=3.0)


def test_by_hand(lesion):
    assert suspicion(lesion) == pytest.approx(1 - 0.8 * 0.5)
    middle = replace(lesion, course_distance_mm=(NEAR_MM + FAR_MM) / 2)
    assert suspicion(middle) == pytest.approx(1 - 0.8 * 0.5 * 0.5)


@pytest.mark.parametrize("more", [{"bone_contact": 0.4}, {"mean_probability": 0.3}, {"course_distance_mm": 9.0}])
def test_every_sign_counts(lesion, more):
    assert suspicion(replace(lesion, **more)) > suspicion(lesion)


def test_the_wall_of_the_artery_is_not_suspicious(lesion):
    assert suspicion(replace(lesion, course_distance_mm=NEAR_MM)) == suspicion(lesion)


@pytest.mark.parametrize("sure", [{"bone_contact": 1.0}, {"mean_probability": 0.0}, {"course_distance_mm": 50.0}])
def test_one_strong_sign_is_enough(lesion, sure):
    assert suspicion(replace(lesion, **sure)) == 1


def test_without_probability_the_others_tell(lesion):
    assert suspicion(replace(lesion, mean_probability=float("nan"))) == pytest.approx(0.2)
