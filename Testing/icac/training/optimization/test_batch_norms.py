import pytest
import torch
from icac.network import FCN, FcnConfig
from icac.training.optimization.batch_norms import remeasure_batch_norm, set_training_mode


def test_batch_norm_statistics_are_the_mean_over_the_patches():
    network = torch.nn.Module()
    norm = torch.nn.BatchNorm3d(1, momentum=0.05)
    network.forward = lambda x, auxiliary: norm(x)
    network.add_module("norm", norm)
    patches = [torch.full((1, 1, 2, 2, 2), value) + torch.arange(8.0).reshape(1, 1, 2, 2, 2) for value in (0.0, 4.0)]
    remeasure_batch_norm(network, patches)
    assert norm.running_mean.item() == pytest.approx(5.5)
    assert norm.running_var.item() == pytest.approx(6.0)
    assert norm.momentum == 0.05 and not norm.training


def test_frozen_norms_learn_but_keep_their_statistics():
    network = FCN(FcnConfig(width=1, dropout="before_addition"))
    norm = network.stages["B1"].first.norm
    for frozen in (False, True):
        set_training_mode(network, frozen)
        assert network.training and network.stages["B4"].dropout.training
        before = norm.running_mean.clone()
        network(torch.randn(1, 1, 37, 85, 85)).sum().backward()
        assert torch.equal(norm.running_mean, before) is frozen
        assert norm.weight.grad is not None


def test_output_starts_from_the_prior() -> None:
    torch.manual_seed(0)
    network = FCN(FcnConfig(width=2, dropout="none"))
    network.start_at(0.02)
    with torch.no_grad():
        logits, heads = network.train()(torch.randn(1, 1, 39, 93, 93), auxiliary=True)
    for head in (logits, *heads):
        assert torch.sigmoid(head.mean()).item() == pytest.approx(0.02, abs=0.008)
        assert 1 < head.std().item() < 2.5
