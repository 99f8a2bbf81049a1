from __future__ import annotations

import csv

import numpy as np
import pytest
from icac.errors import InputError
from icac.evaluation import evaluate
from icac.evaluation.statistics.bootstrap import bootstrap, bootstrap_ratio
from icac.evaluation.statistics.missed import lesion_classes
from icac.evaluation.statistics.quarters import quarters
from icac.evaluation.statistics.two_runs import paired_tests
from icac.geometry import Volume

pytest.importorskip("sklearn", reason="needs the 'evaluate' extra")


def read(path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def metrics(folder) -> dict[str, str]:
    return {f"{row['group']}: {row['metric']}": row["value"] for row in read(folder / "metrics.csv")}


@pytest.fixture
def cohort(make_case, cubic):
    """Two cases without ICAC, one of them with a false lesion, and six with 2 to 12 voxels of which half is found."""
    cases = [make_case("empty", cubic, [], []), make_case("false", cubic, [np.s_[1, 1, 1:3]], [])]
    return cases + [make_case(f"case{n}", cubic, [np.s_[2, 3, :n]], [np.s_[2, 3, :2 * n]]) for n in range(1, 7)]


def test_metrics_by_hand(cohort, tmp_path):
    evaluate(cohort).save(tmp_path, figures=False)
    found = metrics(tmp_path)
    dice = 2 * 1 / 3  # of every case with ICAC: n found of 2 n
    assert float(found["Overlap: Dice, mean"]) == pytest.approx((1 + 0 + 6 * dice) / 8)
    assert float(found["Overlap: Dice, mean, with ICAC"]) == pytest.approx(dice)
    assert float(found["Overlap: Dice, pooled (absolute)"]) == pytest.approx(2 * 21 / (42 + 23))
    assert float(found["Overlap: Sensitivity, pooled"]) == 0.5
    assert float(found["Overlap: PPV, pooled"]) == pytest.approx(21 / 23)
    assert float(found["Lesions: PPV"]) == pytest.approx(6 / 7)
    assert float(found["Lesions: False lesions per scan"]) == 1 / 8
    assert float(found["Volume: Bias (predicted - true)"]) == pytest.approx((23 - 42) / 8)
    assert float(found["Volume: Bias, per cent of mean true volume"]) == pytest.approx(-100 * 19 / 42)
    assert float(found["Volume: Absolute volume difference, mean"]) == pytest.approx(23 / 8)
    # Scores 0, 2 without ICAC and 1 to 6 with: 6 + 4 + half of 1 of 12 pairs.
    assert float(found["ROC: AUC, any ICAC in the patient"]) == pytest.approx(10.5 / 12)


def test_quarters_with_and_without_empty_scans(cohort):
    cases = evaluate(cohort).cases
    every = quarters(cases)
    assert [(q.cases, q.empty) for q in every] == [(2, 2), (2, 0), (2, 0), (2, 0)]
    assert [q.dice.value for q in every] == pytest.approx([0.5, 2 / 3, 2 / 3, 2 / 3])
    nonempty = quarters([case for case in cases if case.overlap.truth_mm3])
    assert [(q.cases, q.low_mm3, q.high_mm3) for q in nonempty] == [(2, 2, 4), (2, 6, 8), (1, 10, 10), (1, 12, 12)]


def test_classes_of_missed_lesions(make_case, cubic):
    evaluation = evaluate([make_case("a", cubic, [np.s_[2, 3, 0]], [np.s_[2, 3, 0:4], np.s_[6, 3, 0:6]])])
    small, medium = lesion_classes(evaluation.lesions)
    assert (small.label, small.lesions, small.found) == ("1 to below 5", 1, 1)
    assert (medium.label, medium.lesions, medium.found) == ("5 to below 20", 1, 0)
    assert medium.sensitivity.low == 0
    assert medium.sensitivity.high == pytest.approx(3.841459 / 4.841459)  # Wilson: z^2 / (n + z^2)


def test_comparison_with_another_run(cohort, make_case, cubic, tmp_path):
    evaluate(cohort).save(tmp_path / "other", figures=False)
    better = cohort[:2] + [make_case(f"case{n}", cubic, [np.s_[2, 3, :2 * n - (n > 3)]], [np.s_[2, 3, :2 * n]])
                           for n in range(1, 7)]
    evaluate(better).save(tmp_path / "this", tmp_path / "other", figures=False)
    dice = read(tmp_path / "this/comparison.csv")[0]
    assert (dice["quantity"], dice["n"]) == ("Dice", "8")
    values = [1.0, 1, 1, 14 / 15, 18 / 19, 22 / 23]
    assert float(dice["difference"]) == pytest.approx((sum(values) - 6 * 2 / 3) / 8)
    differences = np.array([0, 0, *(v - 2 / 3 for v in values)])
    from scipy import stats

    assert float(dice["t_test_p"]) == pytest.approx(stats.ttest_1samp(differences, 0).pvalue)
    assert float(dice["wilcoxon_p"]) == pytest.approx(stats.wilcoxon(differences).pvalue)
    # A later evaluation without comparison must not leave the old one behind.
    evaluate(better).save(tmp_path / "this", figures=False)
    assert not (tmp_path / "this/comparison.csv").exists()


def test_runs_on_other_cases_are_not_compared(cohort, tmp_path):
    evaluate(cohort).save(tmp_path / "other", figures=False)
    with pytest.raises(InputError, match="7 of 7 are in both runs"):
        evaluate(cohort[1:]).save(tmp_path / "this", tmp_path / "other")
    with pytest.raises(InputError, match="not the output folder"):
        evaluate(cohort).save(tmp_path / "this", tmp_path)
    assert not (tmp_path / "this").exists()


def test_equal_runs_have_no_p_value(tmp_path):
    row = {"case": "a", "dice": "0.5", "sensitivity": "", "ppv": "", "absolute_difference_mm3": "1",
           "false_lesions": "0", "assd_mm": ""}
    dice, sensitivity, *_ = paired_tests([row], {"a": row}, tmp_path)
    assert dice.difference.value == 0 and np.isnan(dice.t_test_p) and np.isnan(dice.wilcoxon_p)
    assert sensitivity.n == 0 and np.isnan(sensitivity.difference.value)


@pytest.mark.parametrize("names", [["empty"], ["empty", "other"], ["full"]])
def test_degenerate_cohorts_are_saved(make_case, cubic, tmp_path, names):
    pytest.importorskip("matplotlib", reason="needs the 'evaluate' extra")
    cases = [make_case(name, cubic, *([[np.s_[1, 1, 1]]] * 2 if name == "full" else [[], []])) for name in names]
    files = evaluate(cases).save(tmp_path)
    assert all(path.is_file() for path in files.values())
    assert float(metrics(tmp_path)["Overlap: Dice, mean"]) == 1
    assert metrics(tmp_path)["Volume: ICC(2,1) absolute agreement, volume"] == ""


def test_everything_that_a_run_can_have(make_case, cubic, tmp_path):
    pytest.importorskip("matplotlib", reason="needs the 'evaluate' extra")
    rng = np.random.default_rng(2)
    hu = Volume(rng.integers(0, 600, cubic.shape).astype(np.int16), cubic)
    cases = [make_case(f"case{n}", cubic, [np.s_[2, 3, :n]], [np.s_[2, 3, 2:2 * n]], ct=hu, protocol=f"p{n % 2}",
                       probability=Volume(rng.random(cubic.shape, dtype=np.float32), cubic)) for n in range(1, 9)]
    files = evaluate(cases).save(tmp_path)
    assert {"summary", "metrics", "cases", "lesions", "territories", "quarters", "lesion_classes", "protocols",
            "reliability", "roc"} <= set(files)
    assert {"volumes", "agreement", "quarters", "reliability", "missed_lesions", "roc", "examples"} == {
        role.removeprefix("figure_") for role in files if role.startswith("figure_") and not role.endswith("_pdf")}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in files.values())
    text = files["summary"].read_text(encoding="utf-8")
    assert "not comparable with simulated" in text and "nan" not in text


def test_bootstrap_is_repeatable_and_covers_the_value():
    top, below = np.arange(20.0), np.full(20, 19.0)
    found = bootstrap_ratio(top, below)
    assert found == bootstrap_ratio(top, below)
    assert found.value == pytest.approx(0.5)
    assert 0.3 < found.low < 0.45 and 0.55 < found.high < 0.7  # 0.5 -+ 1.96 * 0.303 / sqrt(20)
    assert np.isnan(bootstrap_ratio(np.zeros(3), np.zeros(3)).value)
    assert np.isnan(bootstrap(lambda index: 1.0, 1).low)
