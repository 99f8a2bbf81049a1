import numpy as np
import pytest
import torch
from icac.cli import main
from icac.errors import ModelError
from icac.models import ModelPackage, save_package
from icac.models.average import average_models


@pytest.fixture
def other(tmp_path, network, spec) -> ModelPackage:
    """The same network with weights three times as large."""
    tripled = {name: 3 * value if value.is_floating_point() else value for name, value in network.state_dict().items()}
    return save_package(tmp_path / "made" / "other", spec(version="1.3", threshold=0.2), tripled)


def test_weights_are_averaged_and_counters_are_not(package, other, tmp_path, capsys):
    assert main(["model", "average", str(package.folder), str(other.folder), "-o", str(tmp_path / "mean")]) == 0
    assert "calibrate it before use" in capsys.readouterr().out
    made, first = ModelPackage.load(tmp_path / "mean"), package.load_weights()
    for name, values in made.load_weights().items():
        factor = 2 if np.issubdtype(values.dtype, np.floating) else 1
        np.testing.assert_allclose(values, factor * first[name], rtol=1e-6)
    assert made.spec.version == "1.3-mean" and made.spec.threshold == 0.2
    assert made.spec.metrics == {}, "figures of one of them are not those of the mean"
    assert "the mean of tiny 1.2 and tiny 1.3" in made.spec.training_data


def test_a_mean_does_not_take_the_place_of_one_of_its_models(package, other, capsys):
    assert main(["model", "average", str(package.folder), str(other.folder), "-o", str(other.folder)]) == 7
    assert "the results would take its place" in capsys.readouterr().err
    assert ModelPackage.load(other.folder).spec.version == "1.3"


def test_the_mean_of_a_model_with_itself_is_that_model(package, tmp_path):
    made = average_models([package, package], tmp_path / "mean")
    image = torch.randn(1, 1, 37, 85, 85, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        torch.testing.assert_close(made.load_network()(image), package.load_network()(image))


def test_different_networks_have_no_mean(package, tmp_path, spec, network):
    from icac.models import IntensityScaling

    other = save_package(tmp_path / "made" / "other", spec(intensity=IntensityScaling(-100, 1000, 400, 600)),
                         network.state_dict())
    with pytest.raises(ModelError, match="different networks or see different inputs"):
        average_models([package, other], tmp_path / "mean")
    with pytest.raises(ModelError, match="at least two"):
        average_models([package], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()
