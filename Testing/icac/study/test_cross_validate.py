from __future__ import annotations

import csv

import numpy as np
import pytest
from icac.ct.images import read_image
from icac.errors import InputError
from icac.progress import Silent
from icac.study.cross_validate import CrossValidation
from icac.training.settings.read import read_config


@pytest.fixture
def study(cohort, tiny_settings, small_block, tmp_path) -> CrossValidation:
    return CrossValidation.of(read_config("bortsova2017", tiny_settings), cohort, 3, tmp_path / "run", "cpu")


def test_every_case_is_predicted_and_scored_once(study):
    assert study.unfinished() == [1, 2, 3]
    assert study.run_fold(2, Silent())
    assert study.unfinished() == [1, 3]
    weights = (study.folder / "fold-2" / "model" / "weights.safetensors").stat().st_mtime_ns
    for fold in (1, 2, 3):
        assert study.run_fold(fold, Silent())
    assert (study.folder / "fold-2" / "model" / "weights.safetensors").stat().st_mtime_ns == weights
    summary = study.score(Silent(), figures=False)
    with (summary.parent / "cases.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert sorted(row["case"] for row in rows) == [f"case{n}" for n in range(6)]
    assert {row["protocol"] for row in rows} == {"thin", "thick"}
    assert {row["sides_by"] for row in rows} == {"courses"}
    assert "## By protocol" in summary.read_text(encoding="utf-8")


def test_truth_lies_on_the_voxels_of_the_case(study, cohort):
    assert study.run_fold(1, Silent())
    name = next(case for case, fold in study.fold_of.items() if fold == 1)
    truth = read_image(study.folder / "out_of_fold" / "truth" / f"{name}.nii.gz", "nifti")[0]
    with np.load(cohort / f"{name}.npz") as file:
        label = file["label"]
    assert np.array_equal(truth.array > 0, label[12:22, 36:48, 24:56] > 0)
    # The lesion lies left of the middle column of the case: on the patient's right, LPS x below 0.
    index = np.argwhere(truth.array > 0)[:, ::-1]
    assert (truth.frame.to_lps(index)[:, 0] < 0).all()


def test_another_length_or_manifest_is_refused(study, cohort, tiny_settings):
    assert study.run_fold(1, Silent())
    longer = read_config("bortsova2017", {**tiny_settings, "epochs": 2.0})
    with pytest.raises(InputError, match="another length"):
        CrossValidation.of(longer, cohort, 3, study.folder, "cpu").run_fold(1, Silent())
    with pytest.raises(InputError, match="no fold 4 of 3"):
        study.run_fold(4, Silent())


def test_the_split_column_is_not_needed(cohort, tiny_settings, tmp_path):
    (cohort / "plain.csv").write_text("case,patient\ncase0,a\ncase1,b\ncase2,c\n")
    made = CrossValidation.of(read_config("release", tiny_settings), cohort / "plain.csv", 3, tmp_path, "cpu")
    assert sorted(made.fold_of.values()) == [1, 2, 3]
    lines = (tmp_path / "folds.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "case,patient,fold" and len(lines) == 4
