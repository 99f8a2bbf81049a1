from __future__ import annotations

import numpy as np
import pytest
from icac.errors import DeviceError
from icac.inference import load_engine, predict_with
from icac.inference.load import importlib
from icac.inference.trial import is_same, make_piece
from icac.models import ModelPackage, ModelSpec, default_model, save_package
from icac.network import FCN, FcnConfig
from icac.reference.position import coarse_shape

openvino = pytest.mark.skipif(not importlib.util.find_spec("openvino"), reason="OpenVINO is not installed")


def native() -> bool:
    from icac.inference.openvino_silent import openvino, properties

    return "BF16" in openvino.Core().get_property("CPU", properties.device.capabilities())


def needs(bf16: bool) -> None:
    if native() != bf16:
        pytest.skip(f"this processor is {'not ' * bf16}made for bf16")


def stretched(folder, factor: float) -> ModelPackage:
    """Save the bundled model with log-odds of which even the smallest differences are ``factor`` times as large."""
    package = default_model()
    weights = FCN(package.spec.architecture).eval()
    weights.load_state_dict(package.load_network("cpu", fold=False).state_dict())
    weights.stages["classifier"].norm.weight.data *= factor
    spec = ModelSpec("stretched", "1", "for a test", package.spec.architecture, package.spec.intensity, "none", "none",
                     True)
    return save_package(folder / "stretched", spec, weights.state_dict())


@pytest.mark.parametrize("position", [True, False])
def test_the_piece_shows_plaques_and_bone_where_the_network_answers(position):
    piece = make_piece(FcnConfig(position=position))
    assert FcnConfig().geometry.output_shape(piece.hu.shape) == piece.dense.shape
    assert 0.02 < piece.dense.mean() < 0.98
    assert np.count_nonzero(piece.hu == 400) > 100
    assert piece.hu.min() < -100
    assert (piece.position is not None) == position
    assert not position or piece.position.shape[1:] == coarse_shape(piece.hu.shape)


@pytest.mark.parametrize(("change", "same"), [
    (lambda v: v, True), (lambda v: v + 0.001, True), (lambda v: v + 0.05, False), (lambda v: v * np.nan, False),
    (lambda v: np.where(np.arange(v.size).reshape(v.shape) == 5, v + 0.6, v), False)])
def test_another_volume_or_another_voxel_is_not_the_same(change, same):
    values = np.random.default_rng(3).normal(0, 2, (4, 6, 8))
    assert is_same(values, change(values), np.ones(values.shape, bool)) == same


def test_voxels_that_cannot_be_calcium_do_not_matter():
    values = np.zeros((2, 3, 4))
    dense = np.arange(24).reshape(2, 3, 4) < 12
    assert is_same(values, np.where(dense, values, 9), dense)


@openvino
def test_the_bundled_model_runs_in_bf16_where_the_processor_is_made_for_it():
    needs(bf16=True)
    package = default_model()
    engines = [load_engine(package, "openvino", "cpu", precision) for precision in ("float32", "auto", "bf16")]
    assert [engine.name.split()[-1] for engine in engines] == ["float32", "bf16", "bf16"]
    piece = make_piece(package.spec.architecture)
    exact, rounded, again = (predict_with(engine, piece.hu, package.spec.intensity, position=piece.position)
                             for engine in engines)
    assert 0 < np.abs(exact - rounded).max() < 0.1
    assert (rounded == again).all(), "the same every time"


@openvino
def test_a_model_that_bf16_changes_runs_in_float32(tmp_path):
    needs(bf16=True)
    package = stretched(tmp_path, 30.0)
    assert load_engine(package, "openvino", "cpu", "auto").name.endswith("float32")


@openvino
def test_other_processors_compute_in_float32_and_refuse_bf16():
    needs(bf16=False)
    assert load_engine(default_model(), "openvino", "cpu", "auto").name.endswith("float32")
    with pytest.raises(DeviceError, match="not made for bf16"):
        load_engine(default_model(), "openvino", "cpu", "bf16")


def test_pytorch_has_no_bf16():
    with pytest.raises(DeviceError, match="Only OpenVINO"):
        load_engine(default_model(), "torch", "cpu", "bf16")
