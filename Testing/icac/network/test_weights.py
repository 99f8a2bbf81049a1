from __future__ import annotations

import pytest
from icac.network import FCN, FcnConfig
from icac.network.weights import weight_bytes, weight_shapes


@pytest.mark.parametrize("config", [
    FcnConfig(width=2), FcnConfig(width=3, residual=False, dropout="none"), FcnConfig(width=2, deep_supervision=False),
    FcnConfig(width=2, position=True, artery=True)], ids=str)
def test_names_and_shapes_are_those_of_torch(config):
    state = FCN(config).state_dict()
    assert weight_shapes(config) == {name: tuple(values.shape) for name, values in state.items()}
    assert weight_bytes(config) == sum(values.numel() * values.element_size() for values in state.values())
