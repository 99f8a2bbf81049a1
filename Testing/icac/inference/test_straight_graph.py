"""The second look in OpenVINO tells what it tells in torch."""

import numpy as np
import pytest
import torch
from icac.inference.openvino_silent import openvino
from icac.inference.straight_graph import build_straight_graph
from icac.network.straight.config import CHANNELS, StraightConfig
from icac.network.straight.network import StraightNetwork

SHAPE = (24, 16, 8)


@pytest.fixture
def network():
    torch.manual_seed(0)
    network = StraightNetwork(StraightConfig(4))
    for name, values in network.state_dict().items():
        if values.dtype.is_floating_point:
            random = torch.rand_like(values) + 0.5 if name.endswith("running_var") else torch.randn_like(values) / 3
            values.copy_(random)
    return network.eval()


def test_same_as_torch(network):
    shown = np.random.default_rng(1).normal(size=(1, len(CHANNELS), *SHAPE)).astype(np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(shown)).numpy()
    weights = {name: values.numpy() for name, values in network.state_dict().items()}
    graph = build_straight_graph(weights, network.config, SHAPE)
    found = openvino.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})([shown])[0]
    assert expected.std() > 0.1
    assert found == pytest.approx(expected, abs=1e-3)


def test_weights_are_those_that_the_configuration_names(network):
    found = {name: tuple(values.shape) for name, values in network.state_dict().items()}
    assert found == network.config.weight_shapes()


def test_it_begins_with_nothing_to_add():
    network = StraightNetwork(StraightConfig(4)).eval()
    with torch.no_grad():
        assert not network(torch.randn(1, len(CHANNELS), *SHAPE)).any()


@pytest.mark.parametrize("width", [0, 65, 8.0, True])
def test_a_width_that_cannot_be_is_refused(width):
    with pytest.raises(ValueError, match="width of the second look"):
        StraightConfig(width)
