import json

import pytest
import torch
from icac.errors import DeviceError, InputError
from icac.models import ModelPackage
from icac.progress import Silent
from icac.training.checkpoint import load_checkpoint
from icac.training.settings import read_config
from icac.training.train import train


@pytest.fixture(scope="module")
def trained(tiny_data, tiny_settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return folder, train(read_config("release", tiny_settings), tiny_data, folder, Silent(), device="cpu")


def test_package_loads_and_predicts(trained):
    folder, package = trained
    again = ModelPackage.load(folder / "model")
    network = again.load_network(fold=False)
    x = torch.randn(1, network.config.inputs, 39, 89, 93)
    assert network(x).shape == (1, 1, 4, 8, 12)
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
