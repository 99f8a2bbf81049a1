"""A network of another kind: padded convolutions, its border cut off, run by what runs every network."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pytest
import torch
from icac.errors import DeviceError, ModelError
from icac.inference import Device, load_engine, predict, predict_with
from icac.models import IntensityScaling, ModelPackage, ModelSpec, save_package
from icac.network import Architecture, FcnConfig, build_network, read_architecture
from icac.network.interface.geometry import PaddedGeometry
from icac.network.interface.network import Network
from icac.network.kinds import KINDS, Kind
from icac.network_region import plan_region
from torch import nn
from torch.nn import functional

CPU = Device("cpu", "CPU")
SCALING = IntensityScaling(-200, 1000, 400, 600)


@dataclass(frozen=True)
class TwoLevels(Architecture):
    """One level down and up again, coarser in plane only; ``cut`` coarse voxels of the border are left out."""

    kind = "two_levels"
    spacing_mm = (0.5, 0.5, 0.5)

    width: int = 3
    cut: int = 4
    supervision: str = "all"
    position: bool = False
    artery: bool = True

    @property
    def geometry(self) -> PaddedGeometry:
        # 3 + 2 (down) + 4 (coarse) + 2 (up) in plane, and a cell of two; 3 + 2 + 2 + 2 across, and a cell of two.
        return PaddedGeometry((9 + 1, 11 + 1, 11 + 1), (2, 2, 2), (2 * self.cut,) * 3)

    def to_dict(self):
        return {"kind": self.kind, **asdict(self)}

    @classmethod
    def from_dict(cls, values):
        return cls(**{name: value for name, value in values.items() if name != "kind"})

    def weight_shapes(self):
        return {name: tuple(value.shape) for name, value in TwoLevelNetwork(self).state_dict().items()}

    def parameters(self):
        return sum(np.prod(shape) for shape in self.weight_shapes().values())

    def macs(self, shape):
        return int(np.prod(shape)) * self.parameters()

    def forward_bytes(self, shape):
        return 4 * 6 * self.width * int(np.prod(shape))

    def describe(self):
        return "two levels"


class TwoLevelNetwork(Network):
    def __init__(self, config: TwoLevels) -> None:
        super().__init__()
        self.config, w = config, config.width
        self.stem = nn.Conv3d(config.inputs, w, 3, padding=1)
        self.down = nn.Conv3d(w, w, 3, (1, 2, 2), padding=1)
        self.coarse = nn.Conv3d(w, w, 3, padding=1)
        self.up = nn.Conv3d(2 * w, w, 3, padding=1)
        self.last = nn.Conv3d(w, config.outputs, 1)

    def forward(self, x, auxiliary=False):
        x = x[..., :x.shape[2] // 2 * 2, :x.shape[3] // 2 * 2, :x.shape[4] // 2 * 2]
        fine = torch.tanh(self.stem(x))
        coarse = torch.tanh(self.coarse(torch.tanh(self.down(fine))))
        raised = functional.interpolate(coarse, scale_factor=(1, 2, 2), mode="nearest")
        out = self.last(torch.tanh(self.up(torch.cat((raised, fine), 1))))
        z, y, w = self.config.geometry.offset
        out = out[..., z:out.shape[2] - z, y:out.shape[3] - y, w:out.shape[4] - w]
        return (out, []) if auxiliary else out

    def start_at(self, prior):
        nn.init.constant_(self.last.bias, np.log(prior / (1 - prior)))


@pytest.fixture(autouse=True)
def _known(monkeypatch):
    monkeypatch.setitem(KINDS, TwoLevels.kind, Kind(TwoLevels, TwoLevelNetwork, lambda network: None))


def network_of(config: TwoLevels) -> Network:
    torch.manual_seed(4)
    return build_network(config).eval().requires_grad_(False)


def make_package(folder, config: TwoLevels) -> ModelPackage:
    spec = ModelSpec("two", "1", "a test", config, SCALING, "nothing", "none", True)
    return save_package(folder, spec, network_of(config).state_dict())


@pytest.mark.parametrize("index", [(0, 0, 0), (1, 2, 3), (5, 4, 1)])
def test_an_output_voxel_sees_its_window_and_lies_at_the_offset(index):
    network, geometry = network_of(TwoLevels()), TwoLevels().geometry
    x = torch.randn(1, 1, 24, 26, 28, requires_grad=True)
    out = network(x)
    assert out.shape[2:] == geometry.output_shape((24, 26, 28))
    out[(0, 0, *index)].backward()
    seen = x.grad[0, 0].nonzero().numpy()
    place = np.add(index, geometry.offset)
    assert (seen.min(0) <= place).all() and (seen.max(0) >= place).all()
    for low, high, (first, last) in zip(seen.min(0), seen.max(0), geometry.window(index), strict=True):
        assert first <= low <= high <= last
        assert high - low + 1 >= last - first - 4  # the window of a cell, not a box around everything


def test_tiles_give_what_one_pass_gives_where_the_padding_is_cut_off():
    config = TwoLevels()
    assert config.geometry.overlap == (0, 0, 0)
    hu = np.random.default_rng(1).integers(-300, 1500, (45, 61, 72)).astype(np.int16)
    whole = predict(hu, network_of(config), SCALING, CPU)
    tiled = predict(hu, network_of(config), SCALING, CPU, tile=(8, 16, 16))
    assert whole.shape == config.geometry.output_shape(hu.shape)
    assert whole.std() > 0.01
    np.testing.assert_allclose(tiled, whole, atol=1e-5)


def test_tiles_overlap_where_the_padding_is_not_cut_off():
    config = TwoLevels(cut=1)
    assert config.geometry.overlap == (2 * (5 - 2), 2 * (6 - 2), 2 * (6 - 2))
    hu = np.random.default_rng(1).integers(-300, 1500, (45, 61, 72)).astype(np.int16)
    network = network_of(config)
    whole, tiled, seams = (predict(hu, network, SCALING, CPU, **options) for options in (
        {}, {"tile": (16, 24, 24)}, {"tile": (16, 24, 24), "overlap": (2, 2, 2)}))
    assert 0 < np.abs(tiled - whole).max() < np.abs(seams - whole).max()


def test_margins_lay_the_output_on_the_box():
    geometry = TwoLevels().geometry
    for shape in ((4, 6, 8), (5, 7, 9)):
        around = geometry.margins(shape)
        wide = tuple(n + before + after for n, (before, after) in zip(shape, around, strict=True))
        assert wide == geometry.input_shape(shape)
        assert all(n <= out < n + 2 for n, out in zip(shape, geometry.output_shape(wide), strict=True))
    with pytest.raises(ValueError, match="too small"):
        geometry.output_shape((17, 40, 40))


def test_a_grid_that_is_odd_is_refused():
    with pytest.raises(ValueError, match="must be even"):
        PaddedGeometry((3, 3, 3), (1, 2, 2), (0, 0, 0))


def test_its_package_is_loaded_and_run_by_torch_only(tmp_path):
    package = make_package(tmp_path / "two", TwoLevels(artery=False))
    assert read_architecture(package.spec.architecture.to_dict()) == package.spec.architecture
    hu = np.random.default_rng(1).integers(-300, 1500, (30, 32, 34)).astype(np.int16)
    engine = load_engine(package, "auto", "cpu")
    assert engine.name.startswith("PyTorch") and "OpenVINO" not in engine.name
    np.testing.assert_array_equal(predict_with(engine, hu, SCALING),
                                  predict(hu, network_of(package.spec.architecture), SCALING, CPU))
    with pytest.raises(DeviceError, match="'two_levels' run in PyTorch only: choose '--engine torch'"):
        load_engine(package, "openvino", "cpu")


def test_its_package_is_refused_where_the_kind_is_not_known(tmp_path, monkeypatch):
    package = make_package(tmp_path / "two", TwoLevels())
    monkeypatch.delitem(KINDS, TwoLevels.kind)
    with pytest.raises(ModelError, match="of the kind 'two_levels', which this version of the software does not have"):
        ModelPackage.load(package.folder)


def test_weights_of_other_choices_do_not_fit(tmp_path):
    package = make_package(tmp_path / "two", TwoLevels())
    path = package.folder / "model.json"
    path.write_text(path.read_text().replace('"width": 3', '"width": 4'))
    with pytest.raises(ModelError, match="do not belong to the network"):
        ModelPackage.load(package.folder)


def test_the_region_is_planned_by_its_own_margins():
    config = TwoLevels(artery=False)
    region = plan_region("carotid", config)
    assert region.wide_frame.shape == config.geometry.input_shape(region.frame.shape)
    covered = np.zeros(region.frame.shape, dtype=bool)
    for part in region.parts:
        covered[part.output] = True
    assert covered[region.counted].all()
    usual = plan_region("carotid", FcnConfig())
    assert region.inner(np.ones(region.wide_frame.shape, bool)).shape == region.frame.shape
    np.testing.assert_allclose(region.frame.to_lps(np.array(region.frame.size) // 2),
                               usual.frame.to_lps(np.array(usual.frame.size) // 2), atol=2.0)


def test_a_kind_that_cannot_be_padded_says_so():
    network = network_of(TwoLevels())
    assert network.pad(False) is network
    with pytest.raises(ValueError, match="'two_levels' cannot be padded"):
        network.pad(True)
    network.start_at(0.02)
    assert float(torch.sigmoid(network.last.bias)[0]) == pytest.approx(0.02)
