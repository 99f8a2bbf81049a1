"""A second look in a package: kept, told of, and refused where it is damaged or missing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from icac.errors import ModelError
from icac.models import ModelPackage, export_model, import_model, save_package
from icac.models.card import model_card
from icac.models.second_look import SECOND_LOOK_FILE, SecondLookRecord
from icac.network.straight.config import StraightConfig
from icac.network.straight.network import StraightNetwork
from icac.training.second_look.train import weights_of


@pytest.fixture
def weights():
    torch.manual_seed(3)
    return weights_of(StraightConfig(4), StraightNetwork(StraightConfig(4)).state_dict())


@pytest.fixture
def again(package, spec, network, weights):
    """A package with a second look."""
    told = spec(second_look=SecondLookRecord(4, "0" * 64, 1, "three cases"))
    return save_package(package.folder, told, network.state_dict(), second_look=weights)


def test_it_comes_back(again, weights):
    back = ModelPackage.load(again.folder)
    assert back.second_look.config == StraightConfig(4)
    assert all(np.array_equal(value, weights.load()[name]) for name, value in back.second_look.load().items())
    assert back.spec.second_look.bytes == len(weights.data)
    assert back.spec.second_look.training_data == "three cases"


def test_it_goes_with_the_model(again, tmp_path, monkeypatch):
    monkeypatch.setenv("ICAC_MODELS", str(tmp_path / "mine"))
    imported = import_model(export_model(again.folder, tmp_path / "model.zip"))
    assert imported.second_look.data == again.second_look.data


def test_the_card_tells_of_it(again):
    card = model_card(again.spec)
    assert "three cases" in card and SECOND_LOOK_FILE in card and again.spec.second_look.sha256 in card


@pytest.mark.parametrize(("damage", "words"), [
    (lambda path: path.unlink(), "second_look.safetensors is missing"),
    (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), "second_look.safetensors is damaged"),
])
def test_damage_is_found(again, damage, words):
    damage(again.folder / SECOND_LOOK_FILE)
    with pytest.raises(ModelError, match=words):
        ModelPackage.load(again.folder)


@pytest.mark.parametrize("changed", [{"width": 5}, {"width": 1}, {"bytes": 10**12}, {"more": 1}])
def test_what_model_json_says_must_fit(again, changed):
    path = again.folder / "model.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"second_look": content["second_look"] | changed}))
    with pytest.raises(ModelError):
        ModelPackage.load(again.folder)


def test_weights_that_are_not_finite_are_refused(again):
    values = again.second_look.load()
    values["score.bias"][0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        weights_of(StraightConfig(4), {name: torch.tensor(value) for name, value in values.items()})


def test_its_weights_tell_it_from_the_model_without_it(again, package):
    assert again.spec.stored.sha256 == package.spec.stored.sha256
    assert package.spec.checksum == package.spec.stored.sha256
    assert again.spec.checksum != package.spec.checksum
    other = replace(again.spec, second_look=replace(again.spec.second_look, sha256="1" * 64))
    assert other.checksum != again.spec.checksum


def test_neither_goes_without_the_other(package, spec, network, weights, again):
    with pytest.raises(ValueError, match="needs both"):
        save_package(package.folder, spec(), network.state_dict(), second_look=weights)
    with pytest.raises(ValueError, match="needs both"):
        save_package(package.folder, replace(again.spec), network.state_dict())
