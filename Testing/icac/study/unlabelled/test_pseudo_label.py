from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from icac.cli import main
from icac.errors import InputError
from icac.models import IntensityScaling, ModelPackage, ModelSpec, save_package
from icac.network import FCN, FcnConfig
from icac.study.unlabelled.pseudo_label import Sure
from icac.trainingset.cases import IcacIndex, read_case
from icac.trainingset.manifest import read_manifest
from icac.trainingset.prepare import prepare_cases


def test_what_is_sure_is_marked_and_the_rest_with_its_rim_is_not_used():
    dense = np.zeros((3, 5, 9), bool)
    dense[1, 2, 2:8] = True
    probability = np.zeros(dense.shape)
    probability[1, 2, 1:8] = [0.99, 0.95, 0.9, 0.5, 0.11, 0.1, 0.0]
    label = Sure(0.9, 0.1).label(probability, dense)
    assert label[1, 2].tolist() == [0, 0, 1, 1, 255, 255, 0, 0, 0], "x = 1 is not dense"
    rim = {tuple(voxel) for voxel in np.argwhere(label == 255)} - {(1, 2, 4), (1, 2, 5)}
    near = {(1 + z, 2 + y, x + dx) for z in (-1, 0, 1) for y in (-1, 0, 1) for x in (4, 5) for dx in (-1, 0, 1)}
    assert rim == {voxel for voxel in near if not dense[voxel]}


@pytest.mark.parametrize("wrong", [(0.5, 0.5), (0.1, 0.9), (1.2, 0.1), (0.9, -0.1)])
def test_limits_that_are_none_are_refused(wrong):
    with pytest.raises(InputError, match="give two numbers from 0 to 1, the first above the second"):
        Sure(*wrong)


@pytest.fixture
def partly_drawn(cohort, tmp_path):
    rows = ["case,split,image,patient,drawn"]
    for number, (split, drawn) in enumerate([("train", ""), ("train", "none"), ("train", "none"), ("validation", "")]):
        rows.append(f"case{number},{split},{cohort / f'case{number}.npz'},p{number},{drawn}")
    (tmp_path / "partly.csv").write_text("\n".join(rows))
    return tmp_path / "partly.csv"


def model(folder, bias: float, calibrated: bool = True):
    """A model that gives every voxel the same probability."""
    config = FcnConfig(width=1)
    spec = ModelSpec("tiny", "1", "undecided", config, IntensityScaling(-200, 1000, 400, 600), "none", "none", True,
                     metrics={"calibration": {}} if calibrated else {})
    state = {name: value * 0 for name, value in FCN(config).state_dict().items()}
    state["stages.classifier.norm.bias"] += bias
    return save_package(folder, spec, state)


@pytest.mark.parametrize(("bias", "value"), [(4.0, 1), (0.0, 255), (-4.0, 0)])
def test_a_model_marks_the_cases_without_a_mask_and_training_takes_them(
        partly_drawn, small_block, tmp_path, capsys, bias, value):
    made = tmp_path / "marked"
    command = ["study", "pseudo-label", str(model(tmp_path / "tiny", bias).folder), "--data", str(partly_drawn), "-o",
               str(made), "--device", "cpu"]
    assert main(command) == 0
    assert "on 2 cases without a mask" in capsys.readouterr().out
    manifest = read_manifest(made)
    assert [case.drawn for case in manifest.cases] == ["", "model", "model", ""] and not manifest.unlabelled
    paths = prepare_cases(manifest.of_split("train"), tmp_path / "none", None)
    assert paths[1] == made / "case1.npz"
    case, before = read_case(paths[1]), read_case(partly_drawn.parent / manifest.cases[1].image)
    np.testing.assert_array_equal(case.hu, before.hu)
    inside = np.zeros(case.hu.shape, bool)
    inside[12:22, 36:48, 24:56] = True  # the block that is predicted here
    dense = case.hu >= 130
    inner = np.zeros_like(inside)
    inner[13:21, 37:47, 25:55] = True
    assert set(np.unique(case.label[inner & dense])) <= {value, 0} and (case.label[inner & dense] == value).any()
    assert not case.label[~inside & dense].any(), "beyond what is analysed there is no ICAC"
    assert bool(len(IcacIndex.of(paths).voxels[1])) is (value == 1)
    with (made / "pseudo_labels.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    volume = {255: "not_used_mm3", 1: "sure_icac_mm3", 0: "sure_none_mm3"}[value]
    assert float(rows[0][volume]) == pytest.approx(np.count_nonzero(dense & (case.label == value)) * 0.125)
    kept = (made / "case1.npz").stat().st_mtime_ns
    assert main(command) == 0
    assert (made / "case1.npz").stat().st_mtime_ns == kept, "what was marked is kept"
    assert main([*command, "--sure", "0.99"]) == 0
    assert (made / "case1.npz").stat().st_mtime_ns > kept, "other limits, other labels"


def test_a_model_that_was_not_calibrated_is_refused(partly_drawn, small_block, tmp_path, capsys):
    bare = model(tmp_path / "tiny", 0.0, calibrated=False)
    command = ["study", "pseudo-label", str(bare.folder), "--data", str(partly_drawn), "-o", str(tmp_path / "marked")]
    assert main(command) != 0
    assert "was not calibrated" in capsys.readouterr().err


def test_a_manifest_with_all_masks_leaves_nothing_to_mark(cohort, small_block, tmp_path, capsys):
    command = ["study", "pseudo-label", str(model(tmp_path / "tiny", 0.0).folder), "--data", str(cohort), "-o",
               str(tmp_path / "marked")]
    assert main(command) != 0
    assert "no case with none in the column 'drawn' to mark" in capsys.readouterr().err


def test_a_label_of_another_case_is_not_one_of_a_person(partly_drawn):
    cases = read_manifest(partly_drawn).cases
    assert not replace(cases[1], drawn="model").labelled


def test_an_ensemble_is_calibrated_and_marks_cases_as_other_models_do(partly_drawn, small_block, tmp_path):
    members = [str(model(tmp_path / f"of{bias}", bias, calibrated=False).folder) for bias in (-3.0, 1.0)]
    joined, fitted = tmp_path / "joined", tmp_path / "fitted"
    assert main(["model", "ensemble", *members, "-o", str(joined), "--mirrored"]) == 0
    assert main(["calibrate", str(joined), "--data", str(partly_drawn), "-o", str(fitted), "--device", "cpu"]) == 0
    spec = ModelPackage.load(fitted).spec
    assert spec.architecture.kind == "ensemble" and spec.architecture.mirrored
    assert "not yet calibrated" in ModelPackage.load(joined).spec.notice and "calibrated" not in spec.notice
    assert spec.metrics["calibration"]["cases"] == 1 and len(spec.metrics["members"]) == 2
    assert spec.course_prior is not None and spec.stored.sha256 == ModelPackage.load(joined).spec.stored.sha256
    assert main(["study", "pseudo-label", str(fitted), "--data", str(partly_drawn), "-o", str(tmp_path / "marked"),
                 "--device", "cpu"]) == 0
    assert len(read_manifest(tmp_path / "marked").of_split("train")) == 3
