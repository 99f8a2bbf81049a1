from __future__ import annotations

import csv
from dataclasses import replace

import pytest
from icac.errors import InputError
from icac.models import ModelPackage
from icac.network import read_architecture
from icac.progress import Silent
from icac.study.methods.report import write_methods
from icac.study.methods.rows import ARCHITECTURES, LOSSES, Method, methods_of
from icac.study.methods.study import ENSEMBLE, MethodStudy
from icac.training.settings.read import read_config


@pytest.fixture
def study(cohort, tiny_settings, small_block, tmp_path) -> MethodStudy:
    settings = {**tiny_settings, "sampling": {"output_size": (20, 20, 8), "padded": True}, "loss": {"artery": 0.0}}
    return MethodStudy.of(read_config("release", settings), cohort, tmp_path / "study",
                          [Method("fcn", "ce-dice"), Method("pspnet", "lovasz")], device="cpu")


def test_methods_are_trained_scored_kept_joined_and_reported(study):
    results = study.run(Silent())
    *_, joined = results
    assert list(results) == ["fcn_ce-dice", "pspnet_lovasz", joined] and joined.startswith(ENSEMBLE)
    made = [(study.runs.folder_of(key) / "row.json").stat().st_mtime_ns for key in results]
    assert study.run(Silent()) == results
    assert [(study.runs.folder_of(key) / "row.json").stat().st_mtime_ns for key in results] == made
    ensemble = ModelPackage.load(study.runs.folder_of(joined) / "model").spec
    assert {member.kind for member in ensemble.architecture.members} == {"bortsova2017", "pspnet"}
    assert ensemble.metrics["validation"]["cases"] == 1
    assert results[joined]["parameters"] == sum(results[key]["parameters"] for key in list(results)[:2])
    text = write_methods(study, results).read_text(encoding="utf-8")
    assert "Simulated data" in text and "## Volume and calibration" in text and "The ensemble is the mean" in text
    with (study.runs.folder / "methods.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["method"] for row in rows] == list(results)
    assert float(rows[1]["dice_difference"]) == pytest.approx(
        float(rows[1]["mean_dice"]) - float(rows[0]["mean_dice"]), abs=1e-6)
    assert all(float(row["gmacs"]) > 0 and float(row["memory_gb"]) > 0 and row["ece"] for row in rows)
    with (study.runs.folder / "methods_calibration.csv").open(encoding="utf-8") as stream:
        judged = list(csv.DictReader(stream))
    assert [row["recalibration"] for row in judged] == ["none", "temperature", "temperature and shift"] * 3
    assert {row["thresholded_over_true"] for row in judged[:3]} == {judged[0]["thresholded_over_true"]}
    assert len({row["expected_over_true"] for row in judged[:3]}) == 3


def test_every_method_sees_the_same_but_its_network_and_loss():
    shared = read_config("release")
    found = {method.key: method.config(shared) for method in methods_of((), ())}
    assert len(found) == len(ARCHITECTURES) + len(LOSSES) - 1 >= 10
    for key, config in found.items():
        network = read_architecture(config.network)
        assert network.can_pad and network.position, key
        assert (config.sampling, config.schedule, config.seed) == (shared.sampling, shared.schedule, shared.seed)
        assert config.loss.artery == shared.loss.artery
    assert found["fcn_focal"].loss.focal == 1 and found["fcn_focal"].loss.cross_entropy == 0
    assert found["fcn_dice-batch"].loss.reduce == "batch" and found["fcn_ce"].loss.dice == 0


def test_what_is_not_there_is_refused(study):
    with pytest.raises(InputError, match="no loss called 'mse' to compare, only ce, focal"):
        methods_of(["fcn"], ["mse"])
    assert [one.key for one in methods_of(["unet"], ["ce", "dice"])] == ["unet_ce", "unet_dice"]
    assert [one.key for one in methods_of([], [], ["vnet_focal", "fcn-plain_dice-batch"])] == [
        "vnet_focal", "fcn-plain_dice-batch"]
    assert [one.key for one in methods_of(["unet"], [], ["fcn_ce", "unet_ce-dice"])] == ["unet_ce-dice", "fcn_ce"]
    for wrong, words in (("unet", "'unet' is no method"), ("unet_mse", "no loss called 'mse'"),
                         ("resnet_ce", "no architecture called 'resnet'")):
        with pytest.raises(InputError, match=words):
            methods_of([], [], [wrong])
    wrong = replace(study.config, network={**study.config.network, "widht": 3})
    with pytest.raises(InputError, match="no choice called 'widht'"):
        replace(study, config=wrong)
    with pytest.raises(InputError, match="2 to 2 of the methods, or of none"):
        MethodStudy(study.config, study.runs, study.methods, 3)
