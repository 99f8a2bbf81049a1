from __future__ import annotations

import numpy as np
import pytest
from icac.anatomy import Segment, Side
from icac.geometry import Frame
from icac.simulate.patient.burden import LARGEST_MM3, burden_score, draw_burden
from icac.simulate.patient.calcification import LN_SIZE_MEAN, LN_SIZE_SD, draw_calcification, draw_hu, fit_extents
from icac.simulate.patient.lesions import plate_volume
from icac.simulate.scanner.paint import Canvas, bounds


@pytest.fixture(scope="module")
def patients(courses):
    return [draw_calcification(courses, np.random.default_rng(seed), "rotterdam") for seed in range(300)]


def volumes(protocol: str, n: int = 6000) -> np.ndarray:
    return np.array([draw_burden(np.random.default_rng((seed, 5)), protocol).total_mm3 for seed in range(n)])


def test_rotterdam_volumes_have_the_published_prevalence_and_median():
    drawn = volumes("rotterdam")
    assert np.mean(drawn > 0) == pytest.approx(0.822, abs=0.015)
    assert np.median(drawn) == pytest.approx(44, rel=0.12)
    assert drawn.max() <= LARGEST_MM3


def test_stroke_volumes_have_the_published_quartiles():
    quartiles = np.percentile(volumes("stroke"), [25, 50, 75])
    np.testing.assert_allclose(quartiles, [18.9, 87.1, 254.6], rtol=0.15)


def test_nearly_all_patients_are_calcified_on_both_sides():
    drawn = [draw_burden(np.random.default_rng(seed), "stroke", 50.0) for seed in range(2000)]
    assert np.mean([min(burden.volume_mm3.values()) > 0 for burden in drawn]) == pytest.approx(0.94, abs=0.02)
    assert np.mean([burden.pattern == "medial" for burden in drawn]) == pytest.approx(0.48, abs=0.04)


def test_scores_are_normal_quantiles_of_all_patients():
    scores = [burden_score(volume, "rotterdam") for volume in volumes("rotterdam", 3000)]
    assert np.mean(scores) == pytest.approx(0.0, abs=0.06)
    assert np.std(scores) == pytest.approx(1.0, abs=0.1)
    assert burden_score(44.0, "rotterdam") == pytest.approx(0.0, abs=0.05)


def test_lesions_have_the_published_morphometry(patients):
    lesions = [lesion for patient in patients for lesion in patient.lesions]
    per_artery = [sum(lesion.side is side for lesion in patient.lesions) for patient in patients for side in Side]
    arteries = [group for patient in patients for side in Side
                if (group := [lesion for lesion in patient.lesions if lesion.side is side])]
    arcs = np.percentile([np.mean([lesion.arc_deg for lesion in artery]) for artery in arteries], [25, 50, 75])
    np.testing.assert_allclose(arcs, [32.3, 43.5, 53.2], rtol=0.15)
    sections = [np.mean([lesion.cross_section_mm2 for lesion in artery]) for artery in arteries]
    np.testing.assert_allclose(np.percentile(sections, [25, 50, 75]), [1.2, 1.8, 2.7], rtol=0.1)
    np.testing.assert_allclose(np.percentile([n for n in per_artery if n], [25, 50, 75]), [2, 4, 6], atol=0.5)
    in_c4 = np.mean([lesion.segment is Segment.C4 for lesion in lesions])
    assert in_c4 == pytest.approx(0.56, abs=0.04)
    assert {lesion.kind for lesion in lesions} == {"dot", "short arc", "long arc", "ring", "track"}


def test_densities_are_log_normal_and_rise_with_size():
    rng = np.random.default_rng(0)
    size = np.exp(rng.normal(LN_SIZE_MEAN, LN_SIZE_SD, 4000))
    hu = np.array([draw_hu(volume, rng) for volume in size])
    assert hu.min() >= 140
    assert hu.max() <= 1500
    assert np.median(hu) == pytest.approx(350, rel=0.05)
    assert np.diff(np.log(np.percentile(hu, [25, 75])))[0] == pytest.approx(1.35 * 0.55, rel=0.08)
    assert np.corrcoef(np.log(hu), np.log(size))[0, 1] == pytest.approx(0.35, abs=0.06)


def test_same_seed_same_lesions(courses):
    first, second = (draw_calcification(courses, np.random.default_rng(4), "stroke", 80.0) for _ in range(2))
    other = draw_calcification(courses, np.random.default_rng(5), "stroke", 80.0)
    assert [lesion.hu for lesion in first.lesions] == [lesion.hu for lesion in second.lesions]
    assert [lesion.hu for lesion in first.lesions] != [lesion.hu for lesion in other.lesions]


@pytest.mark.parametrize("volume", [0.3, 2.0, 20.0, 120.0])
def test_extents_reach_the_wanted_volume(volume):
    length, arc, thickness = fit_extents(volume, 2.3, np.radians(44), 1.0, 14.0, 2.0)
    assert plate_volume(length, arc * 2.3, thickness, arc >= 2 * np.pi) == pytest.approx(volume, rel=0.02)


def test_painted_lesions_lie_in_the_vessel_wall_and_have_their_volume(courses):
    ratios = []
    for seed in range(6):
        for lesion in draw_calcification(courses, np.random.default_rng(seed), "stroke", 60.0).lesions:
            low, high = bounds([lesion], lambda points: points)
            frame = Frame.regular((0.2,) * 3, tuple(np.ceil((high - low) / 0.2).astype(int) + 1), origin=tuple(low))
            canvas = Canvas.blank(frame)
            canvas.paint(lesion, 0)
            filled = np.argwhere(canvas.occupancy > 0.5)[:, ::-1]
            if len(filled):
                nearest = courses[lesion.side].nearest(frame.to_lps(filled))
                depth = nearest.distance_mm - courses[lesion.side].radius_mm[nearest.sample]
                assert depth.min() > -1.6
                assert depth.max() < 1.6
            ratios.append(canvas.occupancy.sum() * 0.008 / lesion.volume_mm3)
    assert np.median(ratios) == pytest.approx(1.0, abs=0.06)
