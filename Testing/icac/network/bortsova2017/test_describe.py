from __future__ import annotations

import pytest
from icac.network import FCN, FcnConfig, describe
from icac.network.bortsova2017.describe import count_macs, count_parameters
from torch import nn


@pytest.mark.parametrize(("width", "main", "all_", "gflop"), [
    (8, 174_035, 174_389, 64.5), (16, 693_283, 693_973, 255.3), (32, 2_767_427, 2_768_789, 1016)])
def test_counts_of_the_published_widths(width, main, all_, gflop):
    config = FcnConfig(width=width)
    assert count_parameters(config, with_heads=False) == main
    assert count_parameters(config) == all_
    assert 2 * count_macs(config) / 1e9 == pytest.approx(gflop, rel=1e-3)


@pytest.mark.parametrize("config", [
    FcnConfig(), FcnConfig(5, False, "none"), FcnConfig(12, deep_supervision=False)])
def test_counted_parameters_are_those_of_the_network(config):
    network = FCN(config)
    assert count_parameters(config) == sum(p.numel() for p in network.parameters())
    assert count_parameters(config, with_heads=False) == sum(p.numel() for p in network.stages.parameters())


def test_counted_operations_are_those_that_run():
    import torch

    config, shape, counted = FcnConfig(width=2), (39, 90, 87), []

    def count(module, inputs, output):
        counted.append(output.numel() * module.weight[0].numel())

    network = FCN(config).eval()
    for module in network.modules():
        if isinstance(module, nn.Conv3d):
            module.register_forward_hook(count)
    with torch.inference_mode():
        network(torch.zeros(1, 1, *shape))
    assert count_macs(config, shape) == sum(counted)


def test_text_names_layers_sizes_and_choices():
    text = describe(FcnConfig(16, False, "before_second"))
    lines = text.splitlines()
    assert "Plain FCN of width 16, dropout before_second" in lines[0]
    assert sum(line[:2].strip().isdigit() for line in lines) == 24
    assert next(line for line in lines if "down2" in line).split() == [
        "9", "down2", "32>64", "3x3x3", "2x2x2", "4x4x2", "29x29x13", "38x38x43"]
    assert next(line for line in lines if "B8 conv2" in line).endswith("0.5 before")
    assert "85 x 85 x 37" in text and "693,283" in text and "Heads on         B1, B3, B4, B5, B7, B8" in text


def test_too_small_an_input_is_refused():
    with pytest.raises(ValueError, match="too small"):
        describe(shape=(30, 85, 85))
