"""Studies whose rows are cross-validated, and told by how much less they find in a test split."""

from __future__ import annotations

import csv
import json

import pytest
from icac.errors import InputError
from icac.models import ModelPackage
from icac.progress import Silent
from icac.study.ablation import Ablation
from icac.study.ablation_report import write_ablation
from icac.study.ablation_rows import TABLES, AblationTable
from icac.study.methods.report import write_methods
from icac.study.methods.rows import Method
from icac.study.methods.study import MethodStudy
from icac.training.settings.read import read_config

SETTINGS = {"sampling": {"output_size": (20, 20, 8), "padded": True}, "loss": {"artery": 0.0}}


@pytest.fixture
def one_patient_each(cohort, tmp_path):
    """Four cases to learn from, of four patients, and one of a test split."""
    rows = ["case,split,image,patient", *(f"case{n},{split},{cohort / f'case{n}.npz'},p{n}" for n, split in enumerate(
        ("train", "train", "train", "validation", "test")))]
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    return tmp_path / "manifest.csv"


def test_a_row_is_scored_on_each_case_once_and_on_the_test_split(
        one_patient_each, tiny_settings, small_block, tmp_path):
    config = read_config("release", {**tiny_settings, **SETTINGS})
    study = MethodStudy.of(config, one_patient_each, tmp_path / "study", [Method("fcn", "ce-dice")], None, "cpu", 3)
    results = study.run(Silent())
    assert list(results) == ["fcn_ce-dice"] and results["fcn_ce-dice"]["cases"] == 4
    home = study.runs.folder_of("fcn_ce-dice")
    with (home / "evaluation" / "cases.csv").open() as stream:
        assert sorted(row["case"] for row in csv.DictReader(stream)) == [f"case{n}" for n in range(4)]
    folds = [json.loads((home / f"fold-{fold}" / "row.json").read_text())["facts"] for fold in (1, 2, 3)]
    assert all(fold["cases"] == 1 for fold in folds)
    found = results["fcn_ce-dice"]
    assert found["test_mean_dice"] == pytest.approx(sum(fold["mean_dice"][0] for fold in folds) / 3)
    specs = [ModelPackage.load(home / f"fold-{fold}" / "run" / "model").spec for fold in (1, 2, 3)]
    assert found["threshold"] == pytest.approx(sum(spec.threshold for spec in specs) / 3)
    assert sum(spec.metrics["validation"]["cases"] for spec in specs) == 4
    made = (home / "row.json").stat().st_mtime_ns
    assert study.run(Silent()) == results and (home / "row.json").stat().st_mtime_ns == made
    text = write_methods(study, results, figures=False).read_text(encoding="utf-8")
    assert "of every row 3 networks" in text and "The ensemble" not in text
    with (study.runs.folder / "methods.csv").open() as stream:
        row = next(csv.DictReader(stream))
    drop = float(row["mean_dice"]) - float(row["test_mean_dice"])
    assert float(row["drop_mean_dice"]) == pytest.approx(drop, abs=1e-5)
    with pytest.raises(InputError, match="other settings"):
        MethodStudy.of(config, one_patient_each, tmp_path / "study", [Method("fcn", "ce-dice")], None, "cpu", 4).run(
            Silent())


def test_an_ablation_is_cross_validated_too(one_patient_each, tiny_settings, small_block, tmp_path):
    table = AblationTable(1, TABLES[0].title, TABLES[0].rows[:2])
    study = Ablation.of(read_config("release", {**tiny_settings, **SETTINGS}), one_patient_each, tmp_path / "study",
                        [table], "cpu", 3)
    results = study.run(Silent())
    text = write_ablation(study, results, figures=False).read_text(encoding="utf-8")
    assert "Cross-validated by patient" in text and "| drop |" in text
    with (tmp_path / "study" / "ablation.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["drop_mean_dice"]) for row in rows] == pytest.approx(
        [float(row["mean_dice"]) - float(row["test_mean_dice"]) for row in rows], abs=1e-5)


@pytest.mark.parametrize(("folds", "best", "words"), [
    (2, None, "at least 3 folds"), (5, None, "4 patients cannot be divided into 5 folds"), (3, 2, "no ensemble")])
def test_impossible_folds_are_refused(one_patient_each, tiny_settings, tmp_path, folds, best, words):
    methods = [Method("fcn", "ce"), Method("fcn", "dice")]
    with pytest.raises(InputError, match=words):
        MethodStudy.of(read_config("release", {**tiny_settings, **SETTINGS}), one_patient_each, tmp_path / "study",
                       methods, best, "cpu", folds)
