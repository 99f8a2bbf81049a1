from __future__ import annotations

import pytest
from icac.network import FCN, FcnConfig


@pytest.mark.parametrize("config", [
    FcnConfig(width=2), FcnConfig(width=3, residual=False, dropout="none"), FcnConfig(width=2, deep_supervision=False),
    FcnConfig(width=2, position=True, artery=True)], ids=str)
def test_names_and_shapes_are_those_of_torch(config):
    state = FCN(config).state_dict()
    assert config.weight_shapes() == {name: tuple(values.shape) for name, values in state.items()}
    assert config.weight_bytes() == sum(values.numel() * values.element_size() for values in state.values())
