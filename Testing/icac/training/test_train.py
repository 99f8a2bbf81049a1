import json

import pytest
import torch
from icac.errors import DeviceError, InputError
from icac.models import ModelPackage
from icac.progress import Silent
from icac.training.engine.checkpoint import load_checkpoint
from icac.training.settings.read import read_config
from icac.training.train import train


@pytest.fixture(scope="module")
def trained(tiny_data, tiny_settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return folder, train(read_config("release", tiny_settings), tiny_data, folder, Silent(), device="cpu")


@pytest.mark.quick
def test_package_loads_and_predicts(trained):
    folder, package = trained
    again = ModelPackage.load(folder / "model")
    network = again.load_network(fold=False)
    x = torch.randn(1, network.config.inputs, 39, 89, 93)
    assert network(x).shape == (1, 2, 4, 8, 12), "ICAC and the inside of the carotids"
    assert torch.equal(network(x), package.load_network(fold=False)(x))
    trained_values = load_checkpoint(folder / "best.pt")["network"]
    assert torch.equal(network.stages["stem"].weight, trained_values["stages.stem.weight"])


def test_package_tells_how_it_was_made(trained, tiny_data):
    spec = trained[1].spec
    assert spec.simulated and "3 simulated heads" in spec.training_data
    record = json.loads(json.dumps(spec.metrics))
    assert record["training"]["settings"]["sampling"]["output_size"] == [12, 8, 4]
    assert len(record["training"]["manifest_sha256"]) == 64
    assert 0 <= record["validation"]["dice"] <= 1
    assert 0 < spec.threshold < 1 and spec.temperature > 0


def test_training_goes_on_from_a_model(trained, tiny_data, tiny_settings, tmp_path):
    first = trained[1]
    settings = {**tiny_settings, "start_from": str(first.folder), "epochs": 0.01, "ema": None,
                "schedule": {"learning_rate": 0.0, "learning_rate_after": 0.0}}
    package = train(read_config("release", settings), tiny_data, tmp_path / "run", Silent(), device="cpu")
    same = package.load_network(fold=False).stages["stem"].weight
    assert torch.allclose(same, first.load_network(fold=False).stages["stem"].weight)
    assert package.spec.metrics["training"]["started_from_sha256"] == first.spec.weights.sha256


@pytest.mark.parametrize(("before", "after"), [(0.0, 0.3), (0.3, 0.0)])
def test_training_goes_on_from_a_model_with_or_without_the_carotids(tiny_data, tiny_settings, tmp_path, before, after):
    """What both have is the same; a new output is drawn anew."""
    still = {**tiny_settings, "epochs": 0.01, "ema": None, "recalibration_patches": 0,
             "schedule": {"learning_rate": 0.0, "learning_rate_after": 0.0}}
    first = train(read_config("release", still | {"loss": {"artery": before}}), tiny_data, tmp_path / "first", Silent(),
                  device="cpu")
    second = train(read_config("release", still | {"loss": {"artery": after}, "start_from": str(first.folder)}),
                   tiny_data, tmp_path / "second", Silent(), device="cpu")
    old, new = (package.load_network(fold=False) for package in (first, second))
    assert (old.config.artery, new.config.artery) == (before > 0, after > 0)
    for name, weight in old.named_parameters():
        fresh = new.get_parameter(name)
        assert torch.allclose(weight[:1], fresh[:1]) if "classifier" in name else torch.allclose(weight, fresh), name
    last = new.stages["classifier"].score.conv.weight
    assert last.shape[0] == 1 + (after > 0) and (last != 0).flatten(1).any(dim=1).all()


def test_an_output_that_nothing_teaches_is_refused(tiny_data, tiny_settings, tmp_path):
    settings = {**tiny_settings, "network": {"width": 1, "artery": True}, "loss": {"artery": 0.0}}
    with pytest.raises(InputError, match=r"network\.artery"):
        train(read_config("release", settings), tiny_data, tmp_path / "run", Silent(), device="cpu")


def test_another_kind_of_network_is_not_started_from(trained, tiny_data, tiny_settings, tmp_path):
    settings = {**tiny_settings, "start_from": str(trained[1].folder), "network": {"width": 2}}
    with pytest.raises(InputError, match="another kind of network"):
        train(read_config("release", settings), tiny_data, tmp_path / "run", Silent(), device="cpu")


def test_no_icac_is_refused(tiny_settings, tmp_path):
    import numpy as np

    for name in "ab":
        np.savez(tmp_path / f"{name}.npz", hu=np.zeros((4, 4, 4), np.int16), label=np.zeros((4, 4, 4), np.uint8))
    (tmp_path / "manifest.csv").write_text("case,split\na,train\nb,validation")
    with pytest.raises(InputError, match="no training case has ICAC"):
        train(read_config("release", tiny_settings), tmp_path, tmp_path / "run", Silent(), device="cpu")


def test_missing_device_is_refused(tiny_data, tiny_settings, tmp_path):
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(DeviceError, match="cuda"):
        train(read_config("release", tiny_settings), tiny_data, tmp_path / "run", Silent(), device="cuda")
