from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from icac.network import build_network
from icac.network.bortsova2017.config import FcnConfig

NARROW = FcnConfig(width=2, position=True, artery=True)


def drawn(config):
    """A network with weights and statistics that were not left at 0 and 1."""
    torch.manual_seed(3)
    network = build_network(config)
    for name, values in network.state_dict().items():
        if values.ndim == 1:
            values.uniform_(0.5, 1.5) if name.endswith("var") else values.normal_(std=0.3)
    return network.eval()


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("choices", [{}, {"pyramid": True}, {"residual": False, "dropout": "before_second"}])
def test_a_wider_network_begins_with_the_same_output(choices, padded):
    narrow = drawn(replace(NARROW, **choices))
    wide = drawn(replace(narrow.config, width=5))
    x = torch.randn(1, narrow.config.inputs, 48, 96, 96) if padded else torch.randn(1, 6, 48, 148, 148)
    expected, heads = narrow.pad(padded)(x, auxiliary=True)
    before = wide.pad(padded)(x)
    wide.start_from(narrow)
    found, found_heads = wide(x, auxiliary=True)
    assert not torch.allclose(before, expected, atol=0.1)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    for mine, theirs in zip(found_heads, heads, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-4, rtol=1e-4)


def test_the_new_features_learn_and_the_old_ones_learn_to_take_them():
    wide = drawn(replace(NARROW, width=4))
    wide.start_from(drawn(NARROW))
    wide.pad(True).train()(torch.randn(1, 6, 8, 16, 16)).square().mean().backward()
    weights = wide.stages["B1"].first.conv.weight
    assert (weights[:2, 2:] == 0).all() and (weights[2:] != 0).all()
    assert (weights.grad[:2, 2:] != 0).any()


def test_an_output_that_the_narrow_network_lacks_stays_as_it_was_drawn():
    wide = drawn(replace(NARROW, width=4))
    last = wide.stages["classifier"].score.conv.weight
    before = last[1].clone()
    narrow = drawn(replace(NARROW, artery=False))
    wide.start_from(narrow)
    assert torch.equal(last[0, :2], narrow.stages["classifier"].score.conv.weight[0]) and (last[0, 2:] == 0).all()
    assert torch.equal(last[1], before)


def test_a_narrower_network_takes_no_weights():
    narrow = drawn(NARROW)
    with pytest.raises(ValueError, match=r"wider network \(4 features"):
        narrow.start_from(drawn(replace(NARROW, width=4)))
