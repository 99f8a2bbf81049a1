from __future__ import annotations

import itertools

import pytest
import torch
from icac.network import FCN, FcnConfig
from icac.network.bortsova2017 import trace
from icac.network.bortsova2017.layout import HEADS
from torch import nn

GEOMETRY = FcnConfig().geometry

SMALL = (41, 93, 93)  # gives 6 x 12 x 12


@pytest.fixture(autouse=True)
def _repeatable():
    torch.manual_seed(5)


def positive_network(config: FcnConfig | None = None) -> FCN:
    """Return a network without cancellation: the gradient is positive wherever an input counts at all."""
    network = FCN(config or FcnConfig(width=1)).double().eval()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.Conv3d):
                module.weight.fill_(1 / module.weight[0].numel())
    return network


def random_network(config: FcnConfig | None = None) -> FCN:
    """Return a network with lively batch normalisations, as after training."""
    network = FCN(config or FcnConfig(width=2)).eval()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm3d):
                module.running_mean.normal_(0, 0.3)
                module.running_var.uniform_(0.5, 2)
                module.weight.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.3)
    return network


def seen(value: torch.Tensor, x: torch.Tensor) -> tuple[tuple[tuple[int, int], ...], bool]:
    """Return the bounding box of the input that ``value`` depends on, and whether it fills that box."""
    gradient = torch.autograd.grad(value, x, retain_graph=True)[0][0, 0] != 0
    box = tuple((int(i.min()), int(i.max())) for i in torch.nonzero(gradient, as_tuple=True))
    return box, int(gradient.sum()) == torch.Size([b - a + 1 for a, b in box]).numel()


@pytest.mark.parametrize("shape", [SMALL, (42, 95, 96)])
def test_receptive_field_of_every_phase_is_the_computed_window(shape):
    x = torch.ones(1, 1, *shape, dtype=torch.float64, requires_grad=True)
    y = positive_network()(x)
    every_phase = itertools.product((2, 3), (4, 5, 6, 7), (4, 5, 6, 7))
    for index in every_phase if shape == SMALL else [(0, 1, 2), (5, 11, 8)]:
        box, filled = seen(y[0, 0][index], x)
        assert filled
        assert box == GEOMETRY.window(index)
        assert [b - a + 1 for a, b in box] == [37, 85, 85]


def test_full_resolution_path_puts_an_output_voxel_on_its_input_voxel():
    network = positive_network(FcnConfig(width=2))
    with torch.no_grad():
        network.stages["merge2"].mix.conv.weight[:, :4] = 0  # cut the coarse path
    x = torch.ones(1, 1, *SMALL, dtype=torch.float64, requires_grad=True)
    y = network(x)
    for index in [(0, 0, 0), (1, 2, 3), (5, 11, 6)]:
        box, _ = seen(y[0, 0][index], x)
        center = [i + o for i, o in zip(index, GEOMETRY.offset, strict=True)]
        assert [(a + b) / 2 for a, b in box] == center


def test_heads_lie_on_the_output_voxels():
    x = torch.ones(1, 1, *SMALL, dtype=torch.float64, requires_grad=True)
    _, auxiliary = positive_network()(x, auxiliary=True)
    for block, logits in zip(HEADS, auxiliary, strict=True):
        # voxels of one coarse cell share a window: the head's own cell on the way down, the coarsest one after
        cell = trace.head_factor(block) if block < "B5" else GEOMETRY.grid
        for index in [(0, 0, 0), (1, 2, 3), (5, 11, 6)]:
            box, _ = seen(logits[0, 0][index], x)
            place = [i + o for i, o in zip(index, GEOMETRY.offset, strict=True)]
            off = [(a + b) / 2 - p for (a, b), p in zip(box, place, strict=True)]
            assert all(abs(d) <= c // 2 for d, c in zip(off, cell, strict=True))


@pytest.mark.parametrize("config", [FcnConfig(width=2), FcnConfig(2, False, "none", False)])
def test_layer_counts(config):
    network = FCN(config)
    main = [m for m in network.stages.modules() if isinstance(m, nn.Conv3d)]
    assert len(main) == 24
    assert sum(name.startswith("B") for name in network.stages) == 9
    assert len(network.heads) == 6 * config.deep_supervision
    assert all(m.padding == (0, 0, 0) for m in main)


def test_shapes_of_the_paper():
    network = FCN(FcnConfig(width=1)).eval()
    with torch.inference_mode():
        y, auxiliary = network(torch.zeros(1, 1, 98, 178, 178), auxiliary=True)
    assert y.shape == (1, 1, 62, 96, 96)
    assert [a.shape for a in auxiliary] == [y.shape] * 6


@pytest.mark.parametrize("shift", [(2, 0, 0), (0, 4, 0), (0, 0, 4), (4, 4, 8)])
def test_output_moves_with_the_input_at_the_stride(shift):
    whole = torch.randn(1, 1, 45, 101, 101)
    z, y, x = (slice(s, s + n) for s, n in zip(shift, SMALL, strict=True))
    network = random_network()
    with torch.inference_mode():
        all_, part = network(whole), network(whole[..., z, y, x])
    z, y, x = (slice(s, s + n) for s, n in zip(shift, part.shape[2:], strict=True))
    assert torch.allclose(all_[..., z, y, x], part, atol=1e-5)


def test_output_does_not_merely_ignore_a_shift_off_the_stride():
    whole = torch.randn(1, 1, 41, 93, 97)
    network = random_network()
    with torch.inference_mode():
        all_, part = network(whole), network(whole[..., 1:94])
    assert not torch.allclose(all_[..., 1:13], part, atol=1e-3)


def test_training_output_is_normalised_before_the_sigmoid():
    y = FCN(FcnConfig(width=2)).train()(torch.randn(1, 1, *SMALL))
    assert float(y.detach().mean()) == pytest.approx(0, abs=1e-4)
    assert float(y.detach().var(unbiased=False)) == pytest.approx(1, abs=1e-2)


def test_every_parameter_before_a_normalisation_learns():
    network = FCN(FcnConfig(width=2)).train()
    y, auxiliary = network(torch.randn(1, 1, *SMALL), auxiliary=True)
    loss = sum((out * torch.linspace(-1, 1, out.numel()).view_as(out)).mean() for out in (y, *auxiliary))
    loss.backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in network.parameters())
    weights = (p for name, p in network.named_parameters() if not name.endswith("bias"))
    assert all(p.grad.abs().max() > 0 for p in weights)


def test_plain_network_drops_the_shortcut_only():
    residual, plain = (random_network(FcnConfig(2, r, "none")) for r in (True, False))
    plain.load_state_dict(residual.state_dict())
    x = torch.randn(1, 1, *SMALL)
    with torch.inference_mode():
        assert not torch.allclose(residual(x), plain(x), atol=1e-3)
        block, cut = plain.stages["B4"], residual.stages["B4"]
        f = torch.randn(1, 8, 7, 8, 9)
        assert torch.allclose(cut(f), block(f) + f[..., 2:-2, 2:-2, 2:-2], atol=1e-5)


@pytest.mark.parametrize(("position", "place"), [
    ("before_first", "first.dropout"), ("before_second", "second.dropout"), ("before_addition", "dropout")])
def test_dropout_sits_where_it_should_and_acts_in_training_only(position, place):
    network = FCN(FcnConfig(2, True, position))
    active = {name: m.p for name, m in network.stages.named_modules() if isinstance(m, nn.Dropout) and m.p}
    assert active == {f"B{n}.{place}": p for n, p in zip(range(4, 9), (0.3, 0.3, 0.4, 0.4, 0.5), strict=True)}
    block, x = network.stages["B4"], torch.randn(1, 8, 7, 8, 9)
    assert not torch.equal(block.train()(x.clone()), block(x.clone()))
    assert torch.equal(block.eval()(x.clone()), block(x.clone()))


def test_without_deep_supervision_there_is_nothing_auxiliary():
    network = FCN(FcnConfig(width=1, deep_supervision=False)).eval()
    y, auxiliary = network(torch.zeros(1, 1, *SMALL), auxiliary=True)
    assert y.shape == (1, 1, 6, 12, 12)
    assert auxiliary == []


def test_weights_are_drawn_as_he_et_al():
    conv = FCN(FcnConfig(width=16)).stages["B4"].first.conv
    assert float(conv.weight.detach().std()) == pytest.approx((2 / (27 * 64)) ** 0.5, rel=0.02)
    assert not conv.bias.any()


def test_padded_network_gives_the_same_away_from_the_border():
    """Shifted so that the coarse voxels of both lie on the same places: output and heads agree."""
    network = random_network()
    x = torch.randn(1, 1, 88, 176, 172)
    shift = (0, 2, 2)
    with torch.no_grad():
        valid, valid_heads = network(x[..., shift[0]:, shift[1]:, shift[2]:], auxiliary=True)
        padded, padded_heads = network.pad(True)(x, auxiliary=True)
        again = network.pad(False)(x)
    assert padded.shape[2:] == x.shape[2:]
    assert again.shape == network(x).shape
    start = [s + o for s, o in zip(shift, GEOMETRY.offset, strict=True)]
    size = [min(n, m - s) for n, m, s in zip(valid.shape[2:], x.shape[2:], start, strict=True)]
    clear = [slice(max(o - s, 0), None) for o, s in zip(GEOMETRY.offset, start, strict=True)]
    for one, other in zip([valid, *valid_heads], [padded, *padded_heads], strict=True):
        z, y, w = (slice(s, s + n) for s, n in zip(start, size, strict=True))
        difference = (one[..., :size[0], :size[1], :size[2]] - other[..., z, y, w]).abs()
        # Zeros reach as far as the receptive field does from both ends.
        inner = tuple(slice(c.start, n - 20) for c, n in zip(clear, size, strict=True))
        assert difference[(..., *inner)].max() < 1e-4
