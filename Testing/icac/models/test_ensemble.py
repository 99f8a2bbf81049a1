"""Ensembles: on which voxels the members answer, the mean, both engines, the package, and the command."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from icac.cli import main
from icac.errors import ModelError
from icac.inference import Device, load_engine, predict, predict_outputs
from icac.models import IntensityScaling, ModelPackage, ModelSpec, save_package
from icac.models.card import model_card
from icac.models.ensemble import ensemble_models, when_calibrated
from icac.network import FcnConfig, read_architecture
from icac.network.deepmedic.config import DeepMedic
from icac.network.ensemble import Ensemble
from icac.network.ensemble_network import mean_logit
from icac.network.pspnet.config import PspNet

from Testing.icac.network.small import needs_openvino, network_of

CPU = Device("cpu", "CPU")
SCALING = IntensityScaling(-200, 1000, 400, 600)
#: Of different kinds, margins, grids and channels; that of 2017 is not symmetric about its output.
MEMBERS = (FcnConfig(width=2, position=True, artery=True), DeepMedic(width=3), PspNet(width=3, slices=3))


@pytest.fixture(scope="module")
def packages(tmp_path_factory) -> list[ModelPackage]:
    folder = tmp_path_factory.mktemp("members")
    return [save_package(folder / config.kind, ModelSpec(
        config.kind, "1", "drawn at random", config, SCALING, f"nothing {n}", "none", n == 0, temperature=2.0 + n,
        threshold=0.3), network_of(config).state_dict()) for n, config in enumerate(MEMBERS)]


def scan(config, cells=(2, 3, 4)):
    rng = np.random.default_rng(6)
    geometry = config.geometry
    shape = geometry.input_shape(tuple(n * step for n, step in zip(cells, geometry.grid, strict=True)))
    shape = (shape[0] + 1, *shape[1:])
    return rng.integers(-1000, 2000, shape).astype(np.int16), rng.normal(size=(5, *shape)).astype(np.float32)


def test_the_mean_is_of_answers_on_the_same_voxels(packages, tmp_path):
    package = ensemble_models(packages, tmp_path / "all")
    config = package.spec.architecture
    hu, position = scan(config)
    found = predict_outputs(load_engine(package, "torch", "cpu"), hu, SCALING, position=position)
    alone = []
    for member in packages:
        # shift so that the member's cells begin where those in the ensemble do
        shift = [(o - m) % step for o, m, step in zip(config.geometry.offset, member.spec.architecture.geometry.offset,
                                                      member.spec.architecture.geometry.grid, strict=True)]
        z, y, x = (slice(s, None) for s in shift)
        part = config.geometry
        answers = predict_outputs(load_engine(member, "torch", "cpu"), hu[z, y, x], SCALING,
                                  position=np.ascontiguousarray(position[:, z, y, x])
                                  if member.spec.architecture.position else None)
        start = [o - s - m for o, s, m in zip(part.offset, shift, member.spec.architecture.geometry.offset,
                                              strict=True)]
        z, y, x = (slice(s, s + n) for s, n in zip(start, found.shape[1:], strict=True))
        alone.append(answers[:, z, y, x])
    assert found.shape == (2, *config.geometry.output_shape(hu.shape))
    np.testing.assert_allclose(found[0], np.mean([one[0] for one in alone], axis=0), atol=2e-5)
    np.testing.assert_allclose(found[1], alone[0][1], atol=2e-5)
    assert min(np.abs(found[0] - one[0]).max() for one in alone) > 0.01


@pytest.mark.slow
def test_mirrored_it_gives_the_mirrored_answer_for_the_mirrored_head(packages, tmp_path):
    package = ensemble_models(packages, tmp_path / "both", mirrored=True)
    config = package.spec.architecture
    assert config.geometry.offset[2] == config.geometry.after[2]
    hu, position = scan(config)
    engine = load_engine(package, "torch", "cpu")
    found, other = (predict_outputs(engine, np.ascontiguousarray(hu[..., ::step]), SCALING,
                                    position=np.ascontiguousarray(position[..., ::step])) for step in (1, -1))
    np.testing.assert_allclose(other[..., ::-1], found, atol=2e-5)
    assert np.abs(other - found).max() > 0.01


@pytest.mark.slow
def test_tiles_and_engines_agree(packages, tmp_path):
    package = ensemble_models(packages, tmp_path / "both", mirrored=True)
    hu, position = scan(package.spec.architecture)
    whole = predict(hu, package.load_network(), SCALING, CPU, position=position)
    tiled = predict(hu, package.load_network(), SCALING, CPU, position=position, tile=(4, 12, 8))
    np.testing.assert_allclose(tiled, whole, atol=2e-5)
    needs_openvino()
    ours = predict_outputs(load_engine(package, "openvino", "cpu"), hu, SCALING, position=position)
    assert np.abs(ours[0] - whole).max() < 1e-4 and whole.std() > 0.005


def test_the_mean_of_probabilities_is_exact_also_close_to_0_and_1():
    logits = torch.tensor([[-60.0, 60.0, 0.3], [-50.0, 50.0, -2.0]], dtype=torch.float64)
    mean = mean_logit(list(logits))
    assert mean[0].item() == pytest.approx(-50 - np.log(2), abs=1e-3)
    assert mean[1].item() == pytest.approx(50 + np.log(2), abs=1e-3)
    assert torch.sigmoid(mean[2]).item() == pytest.approx(torch.sigmoid(logits[:, 2]).mean().item())


def test_the_package_tells_its_members_and_begins_uncalibrated(packages, tmp_path):
    package = ensemble_models(packages, tmp_path / "all", mirrored=True)
    spec = ModelPackage.load(package.folder).spec
    assert (spec.name, spec.threshold, spec.temperature) == ("pspnet-ensemble", 0.5, 1.0)
    assert spec.architecture == read_architecture(spec.architecture.to_dict())
    assert spec.simulated and "research use only" in spec.notice and "not yet calibrated" in spec.notice
    assert when_calibrated(spec.notice) == packages[0].spec.notice
    assert [one["sha256"] for one in spec.metrics["members"]] == [one.spec.stored.sha256 for one in packages]
    assert spec.architecture.parameters() == sum(config.parameters() for config in MEMBERS)
    text = spec.architecture.describe()
    assert "Ensemble of 3 networks" in text and "mirrored" in text and "deepmedic" in text
    assert "kind deepmedic" in model_card(spec)


def test_what_cannot_be_joined_is_refused(packages, tmp_path):
    with pytest.raises(ModelError, match="at least two models, or one and --mirrored"):
        ensemble_models(packages[:1], tmp_path / "one")
    made = ensemble_models(packages[:2], tmp_path / "two")
    with pytest.raises(ModelError, match="cannot be a member of another"):
        ensemble_models([packages[0], made], tmp_path / "nested")
    other = ModelPackage(packages[1].folder, ModelSpec(**{
        **vars(packages[1].spec), "intensity": IntensityScaling(-100, 1000, 400, 600)}))
    with pytest.raises(ModelError, match="see different inputs"):
        ensemble_models([packages[0], other], tmp_path / "mixed")


@pytest.mark.parametrize(("values", "message"), [
    ({}, "list of members"), ({"members": []}, "1 to 50 members"), ({"members": [{"kind": "x"}]}, "no kind of network"),
    ({"members": [{"kind": "ensemble", "members": []}]}, "member of another"), ({"members": [{}], "x": 1}, "'x'"),
    ({"members": [{}], "mirrored": 1}, "true or false")])
def test_wrong_ensembles_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        read_architecture({"kind": Ensemble.kind, **values})


def test_the_command(packages, tmp_path, capsys):
    assert main(["model", "ensemble", *(str(one.folder) for one in packages[1:]), "-o", str(tmp_path / "made"),
                 "--name", "ours", "--mirrored"]) == 0
    assert "Wrote the ensemble 'ours' of 2 models" in capsys.readouterr().out
    assert ModelPackage.load(tmp_path / "made").spec.architecture.mirrored
