from __future__ import annotations

import csv

import pytest
from icac.errors import InputError
from icac.models import ModelPackage
from icac.progress import Silent
from icac.study.unlabelled.report import write_unlabelled
from icac.study.unlabelled.study import ALL, LABELLED, PSEUDO, TEACHER, UnlabelledStudy
from icac.training.settings.read import read_config


@pytest.fixture
def study(cohort, tiny_settings, small_block, tmp_path) -> UnlabelledStudy:
    settings = {**tiny_settings, "sampling": {"output_size": (20, 20, 8)}}
    return UnlabelledStudy.of(read_config("release", settings), cohort, tmp_path / "study", 1, "cpu")


def test_rows_learn_from_the_same_scans_with_more_or_fewer_masks(study):
    """Three training cases are of two patients, and masks are taken of one of these."""
    made = {key: study.manifest(key) for key in (LABELLED, TEACHER, ALL)}
    chosen = {case.patient for case in made[LABELLED].of_split("train")}
    assert len(chosen) == 1 and not made[LABELLED].unlabelled and not made[ALL].unlabelled
    assert len(made[TEACHER].of_split("train")) == len(made[ALL].of_split("train")) == 3
    assert {case.patient for case in made[TEACHER].unlabelled}.isdisjoint(chosen)
    for split in ("validation", "test"):
        assert len({manifest.of_split(split) for manifest in made.values()}) == 1
    assert len({manifest.sha256 for manifest in made.values()}) == 3
    configs = {key: study.row_config(key) for key in study.keys}
    assert {config.steps_per_epoch for config in configs.values()} == {2}
    assert [key for key, config in configs.items() if config.unlabelled.method != "none"] == [TEACHER]


def test_rows_are_trained_scored_kept_and_reported(study):
    results = study.run(Silent())
    assert list(results) == [LABELLED, TEACHER, PSEUDO, ALL]
    made = [(study.runs.folder_of(key) / "row.json").stat().st_mtime_ns for key in results]
    assert study.run(Silent()) == results
    assert [(study.runs.folder_of(key) / "row.json").stat().st_mtime_ns for key in results] == made
    told = [ModelPackage.load(study.runs.folder_of(key) / "run" / "model").spec.training_data for key in results]
    without = len(study.manifest(TEACHER).unlabelled)
    assert f"{3 - without} simulated heads, {without} without a label" in told[1]
    assert f"{3 - without} simulated heads, {without} that a model marked" in told[2]
    assert "3 simulated heads (" in told[3]
    text = write_unlabelled(study, results).read_text(encoding="utf-8")
    assert "Simulated data" in text and "1 epochs of 2 steps" in text
    with (study.runs.folder / "unlabelled.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["method"] for row in rows] == list(results)
    assert [int(row["without_mask"]) for row in rows] == [0, without, without, 0]
    assert [int(row["with_mask"]) for row in rows] == [3 - without, 3 - without, 3 - without, 3]


def test_impossible_studies_are_refused(study, cohort, tiny_settings, tmp_path):
    config = read_config("release", tiny_settings)
    with pytest.raises(InputError, match="masks are taken of 1 to 2 patients of split train, not of 3"):
        UnlabelledStudy.of(config, cohort, tmp_path, 3)
    with pytest.raises(InputError, match="no training case would be without a mask"):
        UnlabelledStudy.of(config, cohort, tmp_path, None)
    with pytest.raises(InputError, match="no training case would be without a mask"):
        UnlabelledStudy.of(config, cohort, tmp_path, 2)
    with pytest.raises(InputError, match=r"ema=0\.99"):
        UnlabelledStudy.of(read_config("release", tiny_settings | {"ema": None}), cohort, tmp_path, 1)
