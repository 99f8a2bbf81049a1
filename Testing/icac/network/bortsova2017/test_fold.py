from __future__ import annotations

import copy

import pytest
import torch
from icac.network import FCN, FcnConfig
from icac.network.bortsova2017.fold import fold_network
from torch import nn


def trained(config: FcnConfig) -> FCN:
    """Return a network whose normalisations are far from the identity, as after training."""
    torch.manual_seed(3)
    network = FCN(config).eval()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm3d):
                module.running_mean.normal_(0, 0.5)
                module.running_var.uniform_(0.3, 3)
                module.weight.uniform_(-1.5, 1.5)
                module.bias.normal_(0, 0.5)
            elif isinstance(module, nn.Conv3d):
                module.bias.normal_(0, 0.5)
    return network


@pytest.mark.parametrize("config", [FcnConfig(3), FcnConfig(2, False, "before_second"), FcnConfig(2, True, "none")])
def test_folded_network_gives_the_same_output_and_heads(config):
    plain = trained(config).double()
    folded = copy.deepcopy(plain)
    fold_network(folded)
    x = torch.randn(1, 1, 39, 90, 87, dtype=torch.float64)
    with torch.inference_mode():
        expected, expected_heads = plain(x, auxiliary=True)
        output, heads = folded(x, auxiliary=True)
    assert torch.allclose(output, expected, atol=1e-9)
    assert all(torch.allclose(a, b, atol=1e-9) for a, b in zip(heads, expected_heads, strict=True))


def test_folding_removes_a_normalisation_from_every_block_and_classifier():
    network = trained(FcnConfig(2))
    before = sum(isinstance(m, nn.BatchNorm3d) for m in network.modules())
    fold_network(network)
    after = sum(isinstance(m, nn.BatchNorm3d) for m in network.modules())
    assert before - after == 9 + 7 - 2  # a split merge has two small ones for one large one


def test_a_network_in_training_is_not_folded():
    with pytest.raises(ValueError, match="eval"):
        fold_network(FCN(FcnConfig(1)).train())
