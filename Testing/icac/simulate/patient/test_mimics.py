from __future__ import annotations

import numpy as np
import pytest
from icac.simulate.patient.mimics import draw_mimics


@pytest.fixture(scope="module")
def drawn(uniform_head):
    head = uniform_head()
    return [draw_mimics(head, np.random.default_rng(seed)) for seed in range(600)]


def share(drawn, name: str) -> float:
    return float(np.mean([any(name in mimic.name for mimic in mimics) for mimics in drawn]))


def test_prevalences(drawn):
    assert share(drawn, "pineal") == pytest.approx(0.71, abs=0.06)
    assert share(drawn, "petroclinoid") == pytest.approx(0.18, abs=0.05)
    assert share(drawn, "choroid plexus") == pytest.approx(0.60, abs=0.06)
    assert share(drawn, "tentorium") == pytest.approx(0.05, abs=0.03)
    assert share(drawn, "dura beside") == pytest.approx(0.10, abs=0.04)
    assert share(drawn, "carotico-clinoid") == pytest.approx(1 - 0.78**2, abs=0.07)
    assert share(drawn, "vertebral artery") > 0.1
    vertebrobasilar = np.mean([any("vertebral" in m.name or "basilar" in m.name for m in mimics) for mimics in drawn])
    assert vertebrobasilar == pytest.approx(0.21, abs=0.06)


def test_paired_mimics_are_on_one_side_or_on_both(drawn):
    sides = [{np.sign(mimic.points[:, 0].mean()) for mimic in mimics if mimic.name == "choroid plexus"}
             for mimics in drawn]
    affected = [found for found in sides if found]
    assert np.mean([len(found) == 2 for found in affected]) == pytest.approx(0.8, abs=0.07)
    assert {-1.0} in affected
    assert {1.0} in affected


def test_ligaments_lie_beside_the_sella_on_either_side(drawn):
    sides = set()
    for mimics in drawn:
        for mimic in mimics:
            if mimic.name == "petroclinoid ligament":
                sides.add(np.sign(mimic.points[:, 0].mean()))
                assert 4 < np.abs(mimic.points[:, 0]).mean() < 20
    assert sides == {-1.0, 1.0}


def test_vertebrobasilar_calcium_goes_with_icac(uniform_head):
    head = uniform_head()

    def prevalence(score: float) -> float:
        return np.mean([any("artery" in mimic.name for mimic in draw_mimics(head, np.random.default_rng(seed), score))
                        for seed in range(300)])

    assert prevalence(2.0) > prevalence(-2.0) + 0.2
