"""Every kind of network: its geometry by gradient, what is known of it, both engines, and its package."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from icac.errors import ModelError
from icac.inference import Device, load_engine, predict, predict_outputs
from icac.models import IntensityScaling, ModelPackage, ModelSpec, save_package
from icac.network import FcnConfig, build_network, read_architecture
from icac.network.from_monai.vnet import MonaiVnet
from icac.network.interface.field import field_along, make_even, measured_field
from icac.network.interface.traced import traced_layers
from icac.reference.position import coarse_shape
from torch import nn

from Testing.icac.network.small import SMALL, VNET, name_of, needed_by, needs_openvino, network_of

CPU = Device("cpu", "CPU")
SCALING = IntensityScaling(-200, 1000, 400, 600)

every = pytest.mark.parametrize("config", SMALL, ids=name_of)


@pytest.fixture(autouse=True)
def _needs(request):
    needed_by(getattr(request.node, "callspec", None) and request.node.callspec.params.get("config"))


def package_of(config, folder) -> ModelPackage:
    spec = ModelSpec("tiny", "1", "drawn at random", config, SCALING, "none", "none", True)
    return save_package(folder / "tiny", spec, network_of(config).state_dict())


def scan_of(config, more=(0, 1, 3)):
    """CT numbers and positions for a few cells of output, of a size that is not on the grid."""
    rng = np.random.default_rng(6)
    shape = tuple(n + m for n, m in zip(config.geometry.input_shape((4, 8, 8)), more, strict=True))
    position = rng.normal(size=(5, *coarse_shape(shape))).astype(np.float32) if config.position else None
    return rng.integers(-1000, 2000, shape).astype(np.int16), position


@every
def test_the_gradient_shows_the_receptive_field_that_is_told(config):
    told, seen = config.geometry.receptive_field, measured_field(build_network(config))
    assert all(n <= most for n, most in zip(seen, told, strict=True))
    assert all(n >= most - 2 * step for n, most, step in zip(seen, told, config.geometry.grid, strict=True))


@every
def test_an_output_voxel_sees_its_window_and_lies_at_the_offset(config):
    network = build_network(config).eval()
    make_even(network)
    geometry, index = config.geometry, (1, 3, 6)
    x = torch.ones(1, config.inputs, *geometry.input_shape((4, 8, 8)), requires_grad=True)
    out = network(x)
    assert out.shape == (1, config.outputs, *geometry.output_shape(x.shape[2:]))
    out[(0, 0, *index)].backward()
    seen = x.grad[0].abs().amax(0).nonzero().numpy()
    for low, high, (first, last) in zip(seen.min(0), seen.max(0), geometry.window(index), strict=True):
        assert first <= low and high <= last
    middle = (seen.min(0) + seen.max(0)) / 2
    assert np.abs(middle - np.add(index, geometry.offset)).max() <= max(geometry.grid) / 2 + 3


@every
def test_tiles_give_what_one_pass_gives(config):
    hu, position = scan_of(config, (0, 0, 8))
    whole, tiled = (predict(hu, network_of(config), SCALING, CPU, position=position, **options)
                    for options in ({}, {"tile": (4, 8, 8)}))
    assert whole.std() > 0.005
    np.testing.assert_allclose(tiled, whole, atol=2e-5)


@every
def test_both_engines_give_the_same(config, tmp_path):
    needs_openvino()
    package = package_of(config, tmp_path)
    hu, position = scan_of(config)
    theirs, ours = (predict_outputs(load_engine(package, name, "cpu"), hu, SCALING, position=position)
                    for name in ("torch", "openvino"))
    assert ours.shape == (config.outputs, *config.geometry.output_shape(hu.shape))
    assert theirs[0].std() > 0.005
    assert np.abs(ours - theirs).max() < 1e-4


@every
@pytest.mark.quick
def test_what_is_told_without_weights_is_true(config):
    network = build_network(config)
    state = network.state_dict()
    assert config.weight_shapes() == {name: tuple(value.shape) for name, value in state.items()}
    assert config.parameters() == sum(value.numel() for value in network.parameters())
    assert read_architecture(config.to_dict()) == config
    shape = tuple(n + 1 for n in config.geometry.input_shape((12, 32, 48)))  # what is not a whole cell is cut off
    if config.kind != FcnConfig.kind:
        ran = traced_layers(config, shape)
        assert config.macs(shape) == sum(layer.weights * np.prod(layer.places) for layer in ran) > 0
    small, large = (config.forward_bytes(config.geometry.input_shape(shape)) for shape in ((32, 64, 64), (64, 128, 64)))
    assert 4 * config.inputs * np.prod(config.geometry.input_shape((32, 64, 64))) < small < large
    text = config.describe()
    assert "Receptive field" in text and f"{config.parameters():,}" in text and "GFLOP" in text


@every
def test_the_untrained_probability_is_the_prior(config):
    torch.manual_seed(2)
    network = build_network(config).eval()
    network.start_at(0.02)
    found = torch.sigmoid(network(torch.zeros(1, config.inputs, *config.geometry.input_shape((2, 4, 4)))))
    assert 0.005 < found.mean().item() < 0.08


@every
def test_padded_it_gives_the_same_away_from_the_border(config):
    """That of 2017 is shifted so that the coarse voxels of both lie on the same places."""
    network, geometry = network_of(config), config.geometry
    shape = geometry.input_shape((4, 8, 8))
    shape = tuple((-(-n // step) + 3) * step for n, step in zip(shape, geometry.grid, strict=True))
    z, y, w = shift = (0, 2, 2) if config.kind == FcnConfig.kind else (0, 0, 0)
    x = torch.randn(1, config.inputs, *shape)
    plain, padded = network.pad(False)(x[..., z:, y:, w:]), network.pad(True)(x)
    assert padded.shape[2:] == shape
    z, y, w = (slice(s + o, s + o + 4) for s, o in zip(shift, geometry.offset, strict=True))
    assert torch.allclose(padded[..., z, y, w], plain[..., :4, :4, :4], atol=1e-4)


def test_vnet_is_known_without_a_pass():
    pytest.importorskip("monai")
    assert VNET.parameters() == sum(np.prod(shape) for name, shape in VNET.weight_shapes().items()
                                    if "running" not in name and "num_batches" not in name)
    assert VNET.channels == 8 and MonaiVnet().channels == 1
    assert "V-Net of MONAI" in VNET.describe() and "which is averaged" in VNET.describe()


@pytest.mark.slow
def test_vnet_learns_and_sees_at_most_what_is_told():
    pytest.importorskip("monai")
    network = build_network(MonaiVnet()).train().pad(True)
    logits = network(torch.randn(2, 1, 16, 16, 16))
    nn.functional.binary_cross_entropy_with_logits(logits, torch.ones_like(logits)).backward()
    assert all(value.grad is not None and value.grad.abs().sum() > 0 for value in network.parameters())
    make_even(network.eval())
    told = MonaiVnet().geometry.receptive_field[0]
    assert told - 32 <= field_along(network, 0, [0]) <= told


@pytest.mark.slow
def test_vnet_gives_nearly_the_same_in_tiles():
    """Its padding reaches farther than is cut off; tiles that overlap leave less of it than tiles that do not."""
    pytest.importorskip("monai")
    rng = np.random.default_rng(6)
    hu = rng.normal(40, 30, (48, 48, 80)).astype(np.int16)
    hu[:, 18:26, 30:60] = 900
    position = rng.normal(size=(5, *coarse_shape(hu.shape))).astype(np.float32)
    whole, tiled, seams = (predict(hu, network_of(VNET), SCALING, CPU, position=position, **options) for options in (
        {}, {"tile": (16, 16, 32)}, {"tile": (16, 16, 16), "overlap": (0, 0, 0)}))
    assert whole.shape == (16, 16, 48) and whole.std() > 0.005
    assert 0 < np.abs(tiled - whole).max() < np.abs(seams - whole).max() < 0.05 * whole.std()


@pytest.mark.slow
def test_vnet_gives_the_same_in_openvino():
    pytest.importorskip("monai")
    needs_openvino()
    from icac.inference.openvino_silent import openvino
    from icac.inference.openvino_traced import TracedGraph

    network, x = network_of(VNET), torch.randn(1, 6, 48, 48, 48)
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    found = openvino.Core().compile_model(TracedGraph(network)((48, 48, 48)), "CPU", options)([x.numpy()])[0]
    expected = network(x).numpy()
    assert expected.shape == (1, 1, 16, 16, 16) and expected.std() > 0.01
    assert np.abs(found - expected).max() < 1e-3


@pytest.mark.parametrize(("kind", "values", "message"), [
    ("monai_unet", {"levels": 9}, "levels of a network must be a whole number from 2 to 5"),
    ("monai_dynunet", {"levels": 2}, "Deep supervision needs a network of at least 3 levels"),
    ("monai_vnet", {"dropout": 1.0}, "probability from 0 to below 1"),
    ("monai_vnet", {"width": 8}, "no choice called 'width'"),
    ("deepmedic", {"width": 0}, "whole number from 1 to 128"),
    ("pspnet", {"slices": 4}, "must be an odd number"), ("pspnet", {"artery": "yes"}, "must be true or false"),
    ("bortsova2017", {"dropped": "block", "dropout": "before_first"}, "only right before the addition"),
    ("bortsova2017", {"dropped": "all"}, "must be one of values, features, block"),
    ("bortsova2017", {"pyramid": 1}, "must be true or false")])
@pytest.mark.quick
def test_wrong_choices_are_refused(kind, values, message):
    with pytest.raises(ValueError, match=message):
        read_architecture({"kind": kind, **values})


def test_without_monai_its_packages_say_what_to_install(tmp_path, monkeypatch):
    pytest.importorskip("monai")
    package = package_of(SMALL[2], tmp_path)
    from icac.network.interface import traced

    for cached in (traced.shapeless, traced.traced_layers):
        cached.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "monai"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "monai", None)
    with pytest.raises(ModelError, match=r"MONAI's, which is not installed: run pip install .*in 3D Slicer"):
        ModelPackage.load(package.folder)


def test_choices_that_came_later_are_written_only_where_they_are_made():
    assert set(FcnConfig().to_dict()) == {"kind", "width", "residual", "dropout", "deep_supervision", "supervision",
                                          "position", "artery"}
    made = FcnConfig(pyramid=True, dropped="features").to_dict()
    assert made["pyramid"] is True and made["dropped"] == "features"


def test_a_dropped_block_is_dropped_whole_and_the_others_grow():
    from icac.network.bortsova2017.fcn import BlockDropout

    torch.manual_seed(1)
    x = torch.ones(400, 2, 2, 2, 2)
    out = BlockDropout(0.25).train()(x).flatten(1)
    assert out.unique().tolist() == pytest.approx([0.0, 4 / 3]) and bool((out == out[:, :1]).all())
    assert float(out.mean()) == pytest.approx(1.0, abs=0.1)
    assert torch.equal(BlockDropout(0.25).eval()(x), x)
